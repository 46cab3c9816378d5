"""A process that maps. It begins while the first one still reads the mappings, and ends as soon as that one does."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Final

import msgspec

import mapper.app.dry_run
import mapper.app.warming
import mapper.compiler.compiled  # noqa: F401 - imported while there is time, for work that needs them
from mapper.app.mapping import CHUNK
from mapper.app.messages import HEAD, head_of, size_of
from mapper.app.parallel import Work
from mapper.base.garbage import collect_rarely
from mapper.intake.ranges import Handle, Range, Reading
from mapper.records.line import Line

_encode: Final = msgspec.msgpack.Encoder().encode
_number: Final = msgspec.msgpack.Decoder(int).decode
_range: Final = msgspec.msgpack.Decoder(Range).decode
_lines: Final = msgspec.msgpack.Decoder(list[Line]).decode


def main(descriptor: int) -> None:
    """Do what is asked through a socket: first comes the work, then lines or ranges of files to do it with.

    With each job comes a file for what is made of it; its sizes are all that is sent back.
    """
    collect_rarely()
    with socket.socket(fileno=descriptor) as channel, suppress(EOFError, OSError, MemoryError):
        packed, _ = _receive(channel)
        work: Work = pickle.loads(packed)
        _send(channel, b"")
        while True:
            lines, slot = _job(channel)
            with open(slot.descriptor, "wb", closefd=False) as out:
                out.seek(0)
                sizes = []
                while chunk := list(islice(lines, CHUNK)):
                    sizes.append([out.write(piece) for piece in work(chunk)])
            _send(channel, _encode(sizes))


def _job(channel: socket.socket) -> tuple[Iterator[Line], Handle]:
    """The lines of the next job, and where to write. Those of a range are counted before we are told their numbers."""
    packed, [slot, *files] = _receive(channel)
    if not files:
        return iter(_lines(packed)), slot
    reading = Reading(_range(packed), files[0])
    _send(channel, _encode(reading.ends))
    first, _ = _receive(channel)
    return reading.lines(_number(first)), slot


def _send(channel: socket.socket, body: bytes) -> None:
    channel.sendall(head_of(body) + body)


def _receive(channel: socket.socket) -> tuple[bytearray, list[Handle]]:
    """The next message, and the files that come with it.

    Raises:
        EOFError: the other side has ended.
    """
    head, files, _, _ = socket.recv_fds(channel, HEAD, 2)
    handles = [Handle(file) for file in files]
    head += _exactly(channel, HEAD - len(head))
    return _exactly(channel, size_of(head)), handles


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = channel.recv_into(left)
        if not count:
            raise EOFError
        left = left[count:]
    return data
