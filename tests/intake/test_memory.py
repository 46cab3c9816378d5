"""Memory stays flat: a value is kept up to its limit, a stream in blocks."""

from __future__ import annotations

import io
import tracemalloc
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

import pytest

from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.records.line import Line

MIB = 1024 * 1024


class Stream(io.RawIOBase):
    """A pipe's reading end: bytes made while they are read."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return next(self._parts, b"")


def repeat(first: bytes, part: bytes, times: int, last: bytes) -> Iterator[bytes]:
    yield first
    for _ in range(times):
        yield part
    yield last


def gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def measured(parts: Iterable[bytes], limit: int = 1_000_000) -> tuple[list[Line], int]:
    """Read it all; give the first faulty lines, the last line, and the peak of memory in bytes."""
    kept: list[Line] = []
    last = None
    tracemalloc.start()
    try:
        stream = cast(BinaryIO, Stream(parts))
        for last in read_lines(Source("-", "-"), stdin=stream, max_line_bytes=limit):
            if last.fault is not None and len(kept) < 5:
                kept.append(last)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return kept if last is None or last in kept else [*kept, last], peak


def flat(parts: Iterable[bytes], most: int) -> list[Line]:
    lines, peak = measured(parts)
    assert peak < most
    return lines


FILL = b"x" * 256 * 1024
TIMES = 400  # 100 MiB


def test_a_line_of_100_megabytes() -> None:
    over, last = flat(repeat(b'{"a":1}\n{"b":"', FILL, TIMES, b'"}\n{"c":3}\n'), 6 * MIB)
    assert (over.number, over.fault) == (2, f"line of {TIMES * len(FILL) + 8} bytes exceeds the limit of 1000000 bytes")
    assert over.raw == b'{"b":"' + b"x" * 194
    assert (last.number, last.raw) == (3, b'{"c":3}')


def test_an_item_of_100_megabytes() -> None:
    over, last = flat(repeat(b'[{"a":1},\n{"b":"', FILL, TIMES, b'"},{"c":3}]'), 6 * MIB)
    assert (over.number, over.fault) == (2, f"item of {TIMES * len(FILL) + 8} bytes exceeds the limit of 1000000 bytes")
    assert (last.number, last.raw) == (3, b'{"c":3}')


SPREAD = b" " * 31
ROW = b'{"a":"' + b"x" * 54 + b'"}\n'


@pytest.mark.parametrize("fill", [b"\n", b" ", b'"' + SPREAD, ROW, b"," + SPREAD, b"\\", b'\\"', b"\0"])
@pytest.mark.parametrize("first", [b"", b"[1,", b'{\n"a":', b'{\n"a":"', b'{"b":{"batch":1},"a":"'])
def test_anything_without_end(first: bytes, fill: bytes) -> None:
    """Three times as much of it takes no more memory."""
    same_memory(first, fill)


@pytest.mark.long
def test_brackets_without_end() -> None:
    same_memory(b"[1,", b"[")


def same_memory(first: bytes, fill: bytes) -> None:
    part = fill * (8192 // len(fill))
    _, some = measured(repeat(first, part, 12, b""), limit=20_000)
    _, more = measured(repeat(first, part, 36, b""), limit=20_000)
    assert more < 1.1 * some + 30_000


@pytest.mark.parametrize("row", [b"x" * 1024, b'{"a":"' + b"x" * 1015 + b'"}\n'])
def test_a_gzip_bomb(row: bytes) -> None:
    assert flat(gzipped(repeat(b"", row * 256, TIMES, b"")), 6 * MIB)


def test_an_envelope_beyond_its_limit() -> None:
    start = b'{"writeKey":"sesame","batch":["'
    (over,) = flat(repeat(start, FILL, TIMES, b'"]}'), 200 * MIB)
    size = TIMES * len(FILL) + len(start) + 3
    assert over.fault == f"envelope of {size} bytes exceeds the limit of 64000000 bytes"
    assert over.raw.startswith(b'{"writeKey":"******","batch":["xxx')


def test_a_long_stream_of_good_lines() -> None:
    row = b'{"type":"track","x":"' + b"y" * 100 + b'"}\n'
    (last,) = flat((row * 2000 for _ in range(100)), 4 * MIB)
    assert last.number == 200_000
