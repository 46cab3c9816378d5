"""gzip: several members, cut off, damaged, and far larger than it looks."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from collections.abc import Callable

import pytest

from mapper.intake.blocks import Blocks
from mapper.records.line import Line

Read = Callable[..., list[Line]]

RANDOM = random.Random(7)
ROWS = [b'{"type":"track","id":"%032x"}' % RANDOM.getrandbits(128) for _ in range(20_000)]
TEXT = b"\n".join(ROWS) + b"\n"
PACKED = gzip.compress(TEXT)
CUT_OFF = "the gzip data is cut off: it ends too early"


def test_members_one_after_another(read: Read) -> None:
    parts = [TEXT[:1000], b"", TEXT[1000:5000], TEXT[5000:]]
    for padding in (b"", b"\0" * 700):
        lines = read(b"".join(gzip.compress(part) + padding for part in parts))
        assert [line.raw for line in lines] == ROWS


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_what_is_whole_before_the_cut_is_read(read: Read, share: float) -> None:
    packed = PACKED[: int(len(PACKED) * share)]
    there = zlib.decompressobj(31).decompress(packed)
    *lines, last = read(packed)
    assert [line.raw for line in lines] == there.split(b"\n")[:-1]
    assert (last.number, last.raw, last.fault) == (len(lines) + 1, there.split(b"\n")[-1], CUT_OFF)


def test_a_cut_in_the_header_or_the_trailer(read: Read) -> None:
    assert [(line.raw, line.fault) for line in read(PACKED[:2])] == [(b"", CUT_OFF)]
    assert [(line.raw, line.fault) for line in read(PACKED[:9])] == [(b"", CUT_OFF)]
    *lines, last = read(PACKED[:-1])
    assert [line.raw for line in lines] == ROWS
    assert (last.number, last.fault) == (len(ROWS) + 1, CUT_OFF)


def test_a_wrong_checksum_loses_no_line(read: Read) -> None:
    *lines, last = read(PACKED[:-8] + bytes(4) + PACKED[-4:])
    assert [line.raw for line in lines] == ROWS
    assert last.fault == "the gzip checksum does not match: the file is damaged, lines read before may be too"


def test_damage_in_the_middle_keeps_what_came_before(read: Read) -> None:
    middle = len(PACKED) // 2
    *lines, last = read(PACKED[:middle] + b"\xff" * 64 + PACKED[middle + 64 :])
    before = zlib.decompressobj(31).decompress(PACKED[:middle]).count(b"\n")
    assert [line.raw for line in lines[:before]] == ROWS[:before]
    assert before > 5000
    assert last.fault is not None
    assert "gzip" in last.fault


def test_text_after_the_gzip_data(read: Read) -> None:
    *lines, last = read(PACKED + b"hello")
    assert [line.raw for line in lines] == ROWS
    assert last.fault == "after the gzip data stands something that is no gzip"


def test_a_cut_array_is_one_fault(read: Read) -> None:
    whole = gzip.compress(b"[" + b",".join(ROWS) + b"]")
    *lines, last = read(whole[: len(whole) // 2])
    assert [line.raw for line in lines] == ROWS[: len(lines)]
    assert len(lines) > 5000
    assert last.fault == CUT_OFF


@pytest.mark.long
def test_nothing_waits_inside_when_the_input_is_all_read() -> None:
    packed = gzip.compress(b"{}\n" * 400_000)
    for end in range(100, len(packed)):
        there = zlib.decompressobj(31).decompress(packed[:end])
        assert sum(map(len, Blocks(io.BytesIO(packed[:end])))) == len(there)
