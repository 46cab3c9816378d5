"""The live view: whoever connects to the socket beside the queue is told what happens."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, cast

import msgspec

from mapper.app.tail import Tail
from mapper.app.tail_entries import address_of, with_payload
from mapper.base.json import encode
from mapper.records.tail import TailEntry, Wanted
from mapper.server.log import log

_BUFFER: Final = 256_000
"""Bytes kept for one who reads slowly."""
_MOST_LISTENERS: Final = 16
_LONGEST_REQUEST: Final = 64_000
_wanted = msgspec.json.Decoder(Wanted)


@asynccontextmanager
async def listening(tail: Tail, path: Path) -> AsyncIterator[None]:
    """Let people listen at a socket, which only the owner of this process can open."""
    try:
        bound = _bind(path)
    except OSError as error:
        log("nobody can watch", "warning", because=error.strerror or str(error), socket=str(path))
        yield
        return
    server = await asyncio.get_running_loop().create_unix_server(lambda: Listener(tail), sock=bound)
    try:
        yield
    finally:
        server.close()
        for listener in [each for each in tail.listeners if isinstance(each, Listener)]:
            listener.close()
        with suppress(OSError):
            path.unlink()


class Listener(asyncio.Protocol):
    """One who listens: says in a line of JSON what is wanted, and gets a line that says what there is to choose from,
    and then entries, a line each.

    What is not read in time is left out, and how much that was is said as soon as there is room again.
    """

    def __init__(self, tail: Tail) -> None:
        self._tail = tail
        self._transport: asyncio.Transport | None = None
        self._asked = b""
        self._wanted: Wanted | None = None
        self._full = False
        self._missed = 0

    def tell(self, entry: TailEntry, call: bytes | None, body: bytes | None) -> None:
        """Something happened."""
        if self._wanted is None or self._transport is None or not self._wanted.takes(entry):
            return
        if self._full:
            self._missed += 1
            return
        if self._wanted.payload and call is not None:
            entry = with_payload(entry, call, body, self._tail.mask)
        self._transport.write(encode(entry) + b"\n")

    def close(self) -> None:
        """No more comes."""
        if self._transport is not None:
            self._transport.close()

    # -- what the loop calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody came."""
        transport = cast(asyncio.Transport, transport)  # uvloop's are none by type
        if len(self._tail.listeners) >= _MOST_LISTENERS:
            transport.abort()
            return
        transport.set_write_buffer_limits(high=_BUFFER)
        self._transport = transport
        self._tail.listeners.append(self)

    def data_received(self, data: bytes) -> None:
        """Part of what is wanted."""
        if self._wanted is not None or self._transport is None:
            return
        self._asked += data
        line, end, _ = self._asked.partition(b"\n")
        try:
            if end:
                self._wanted = _wanted.decode(line)
                self._transport.write(encode(self._tail.known()) + b"\n")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._transport.abort()
        if len(self._asked) > _LONGEST_REQUEST:
            self._transport.abort()

    def pause_writing(self) -> None:
        """The buffer is full."""
        self._full = True

    def resume_writing(self) -> None:
        """There is room again."""
        self._full = False
        missed, self._missed = self._missed, 0
        if missed and self._transport is not None:
            entry = TailEntry(at=self._tail.now(), outcome="missed", count=missed)
            self._transport.write(encode(entry) + b"\n")

    def connection_lost(self, _error: Exception | None) -> None:
        """They went away."""
        self._transport = None
        if self in self._tail.listeners:
            self._tail.listeners.remove(self)


def _bind(path: Path) -> socket.socket:
    """Take the place of a socket that a killed server left; the queue is ours, hence so is the path."""
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(path) as address:
            found.bind(address)
        path.chmod(0o600)  # before anybody can connect, which takes `listen`
    except OSError:
        found.close()
        raise
    return found
