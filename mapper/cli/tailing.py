"""What ``mapper tail`` does: ask a server, and print what it tells."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import msgspec

from mapper.app.tail_entries import address_of, socket_of
from mapper.base.json import encode
from mapper.base.suggest import did_you_mean
from mapper.cli.awaiting import await_input
from mapper.cli.console import colored, fail, note, say, wrapping
from mapper.delivery.durable.view import holder_of
from mapper.records.tail import Known, TailEntry, Wanted
from mapper.render.tail import lines_of

_BYTES: Final = 65_536
_entry: Final = msgspec.json.Decoder(TailEntry)
_known: Final = msgspec.json.Decoder(Known)
_MOST_NAMED: Final = 12


def watch(queue: Path, wanted: Wanted, *, limit: int | None, as_json: bool) -> None:
    """Print what happens, until the server ends or as much as was asked for has been printed."""
    with _connected(queue) as server:
        lines = _lines(server, wanted)
        if (first := next(lines, None)) is not None:  # from here on nothing is missed
            say(f"watching {queue}; end with Ctrl-C")
            note_unknown(wanted, _known.decode(first) if first.strip() else Known())  # an older server says nothing
        for number, line in enumerate(lines, 1):
            show(line, as_json)
            if number == limit:
                return
    say("the server has ended")


def _connected(queue: Path) -> socket.socket:
    with ExitStack() as undone:
        found = undone.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        try:
            with address_of(socket_of(queue)) as address:
                found.connect(address)
        except PermissionError:
            fail(f"{queue}: its server is another user's", "run this as the user that the server runs as")
        except OSError:
            fail(*_why_not(queue))
        undone.pop_all()
    return found


def _why_not(queue: Path) -> tuple[str, str]:
    if not queue.exists():
        return f"{queue}: no such file", "name the queue that `mapper serve` has"
    if (holder := holder_of(queue)) is not None:
        return f"{queue}: process {holder} has it, and is no server that can be watched", "`mapper status` shows it"
    return f"{queue}: no server has it", f"start one: mapper serve --queue {queue}"


def _lines(server: socket.socket, wanted: Wanted) -> Iterator[bytes]:
    """What a server tells, until it ends."""
    begun = b""
    with suppress(ConnectionError):
        server.sendall(encode(wanted) + b"\n")
        while part := _part(server):
            *lines, begun = (begun + part).split(b"\n")
            for line in lines:
                yield line + b"\n"


def _part(server: socket.socket) -> bytes:
    await_input(server)
    return server.recv(_BYTES)


def show(line: bytes, as_json: bool) -> None:
    """Print an entry."""
    if as_json:
        text = line.decode()
    else:
        lines = lines_of(_entry.decode(line), color=colored(sys.stdout), room=wrapping(sys.stdout))
        text = "".join(f"{each}\n" for each in lines)
    sys.stdout.write(text)
    sys.stdout.flush()


def note_unknown(wanted: Wanted, known: Known, who: str = "the server has no") -> None:
    """Say which names nobody knows. It goes on all the same: mappings change, and what waits may be of older ones."""
    mappings = None if known.mappings is None else known.mappings | {each.partition("/")[2] for each in known.mappings}
    for option, kind, asked, there, shown in (
        ("source", "source or webhook", wanted.sources, known.sources, known.sources),
        ("destination", "destination", wanted.destinations, known.destinations, known.destinations),
        ("mapping", "mapping", wanted.mappings, mappings, known.mappings),
    ):
        for name in sorted(asked - there) if there is not None else ():
            help_ = did_you_mean(name, there or ()) or _names(sorted(shown or ()))
            note(f"--{option}: {who} {kind} `{name}`{help_ and f': {help_}'}")


def _names(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"there are {', '.join(names[:_MOST_NAMED])}{more}"
