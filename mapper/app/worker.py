"""A process that maps. It begins while the first one still reads the mappings, and ends as soon as that one does."""

from __future__ import annotations

import pickle
import socket
from contextlib import suppress
from typing import Final

import msgspec

import mapper.app.dry_run
import mapper.app.warming
import mapper.compiler.compiled  # noqa: F401 - imported while there is time, for work that needs them
from mapper.app.mapping import CHUNK
from mapper.app.messages import HEAD, head_of, pieces_of, size_of
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

    What comes of a chunk is sent at once, to be read while the next one is mapped; an empty message ends a job.
    """
    collect_rarely()
    with socket.socket(fileno=descriptor) as channel, suppress(EOFError, ConnectionError, MemoryError):
        [packed], _ = _receive(channel)
        work: Work = pickle.loads(packed)
        _send(channel)
        while True:
            lines = _job(channel)
            for at in range(0, len(lines), CHUNK):
                _send(channel, *work(lines[at : at + CHUNK]))
            _send(channel)


def _job(channel: socket.socket) -> list[Line]:
    """The lines of the next job. Those of a range are counted, and then we are told the number of the first one."""
    [packed], file = _receive(channel)
    if file is None:
        return _lines(packed)
    reading = Reading(_range(packed), file)
    _send(channel, _encode(reading.ends))
    [first], _ = _receive(channel)
    return reading.lines(_number(first))


def _send(channel: socket.socket, *pieces: bytes) -> None:
    parts = [head_of(pieces), *pieces]
    sent = channel.sendmsg(parts)
    if sent < sum(map(len, parts)):  # a signal may cut it short
        channel.sendall(b"".join(parts)[sent:])


def _receive(channel: socket.socket) -> tuple[list[memoryview], Handle | None]:
    """The next message.

    Raises:
        EOFError: the other side has ended.
    """
    head, files, _, _ = socket.recv_fds(channel, HEAD, 1)
    head += _exactly(channel, HEAD - len(head))
    body = _exactly(channel, size_of(head))
    return pieces_of(head, body), Handle(files[0]) if files else None


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = channel.recv_into(left)
        if not count:
            raise EOFError
        left = left[count:]
    return data
