"""A file read in ranges gives the lines that it gives when it is read from one end to the other."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.intake.ranges import Handle, Reading, Stretch, ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.records.line import Line
from tests.support.awkward_files import LIMIT, awkward_files

CALL = b'{"type":"track","event":"e","userId":"u"}'
ROWS = b"\n".join([CALL] * 20)
MIB = 1024 * 1024


def divided(file: Path, size: int = 100, from_line: int = 1) -> list[Stretch] | None:
    found = ranges(Source("name", str(file)), max_line_bytes=LIMIT, from_line=from_line, size=size)
    return None if found is None else list(found)


def read(stretches: Sequence[Stretch], order: Sequence[int] | None = None) -> list[Line]:
    """Read in this order, number from the first one on."""
    readings = {at: Reading(*stretches[at]) for at in order or range(len(stretches))}
    lines: list[Line] = []
    number = 0
    for at, stretch in enumerate(stretches):
        number = number if stretch.range.first is None else stretch.range.first
        lines += readings[at].lines(number)
        number += readings[at].ends
    return lines


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranges") / "calls"


@pytest.mark.long
@given(content=awkward_files, size=st.integers(1, 400), from_line=st.integers(1, 12), seed=st.integers(0, 99))
@settings(max_examples=400, deadline=None)
def test_the_same_lines(file: Path, content: bytes, size: int, from_line: int, seed: int) -> None:
    file.write_bytes(content)
    stretches = divided(file, size, from_line)
    if stretches is not None:
        order = random.Random(seed).sample(range(len(stretches)), len(stretches))
        alone = list(read_lines(Source("name", str(file)), max_line_bytes=LIMIT, from_line=from_line))
        assert read(stretches, order) == alone


@given(content=awkward_files, size=st.integers(1, 400))
@settings(max_examples=100, deadline=None)
def test_ranges_are_whole_lines_and_leave_nothing_out(file: Path, content: bytes, size: int) -> None:
    file.write_bytes(content)
    found = [each.range for each in divided(file, size) or ()]
    assert [one.start + one.size for one in found[:-1]] == [other.start for other in found[1:]]
    for each in found:
        text = content[each.start : each.start + each.size]
        assert text.endswith(b"\n") or each is found[-1]
        assert each.size <= size or (each.single and text.count(b"\n") <= 1)
    assert [each.last for each in found] == [each is found[-1] for each in found]
    if found:
        assert not content[: found[0].start].removeprefix(b"\xef\xbb\xbf").strip()
        assert found[-1].start + found[-1].size == len(content)


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(ROWS, mtime=0),
        b"[" + ROWS.replace(b"\n", b",\n") + b"]",
        ROWS.replace(b",", b",\n"),
        ROWS.decode().encode("utf-16"),
        b'{"batch":[' + ROWS.replace(b"\n", b",") + b"]}\n\n \n",
        CALL[:60],
        b" \n" * 200,
    ],
    ids=["gzip", "array", "pretty", "UTF-16", "an envelope that is all there is", "short", "blank"],
)
def test_what_is_read_from_one_end_to_the_other(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert divided(file, size=10) is None


def test_what_is_no_plain_file_is_not_even_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert divided(tmp_path / "pipe") is None
    assert divided(tmp_path / "missing") is None
    assert divided(tmp_path) is None
    assert ranges(Source("-", "-"), max_line_bytes=LIMIT) is None


def test_files_are_open_as_long_as_their_ranges_are_held(file: Path) -> None:
    def still_open() -> int:
        return sum(each.resolve() == file for each in Path("/proc/self/fd").iterdir())

    file.write_bytes(ROWS)
    stretches = divided(file)
    assert stretches is not None and len(stretches) > 5
    assert still_open() == 1
    del stretches[1:]
    assert still_open() == 1
    stretches.clear()
    assert still_open() == 0


def test_a_line_of_any_length_takes_no_memory(file: Path) -> None:
    with file.open("wb") as out:
        out.write(CALL + b"\n" + CALL + b"\n")
        out.truncate(100 * MIB)
        out.seek(100 * MIB)
        out.write(b"\n" + CALL)
    tracemalloc.start()
    try:
        stretches = divided(file, size=MIB)
        assert stretches is not None
        lines = read(stretches)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert lines[2].fault == f"line of {100 * MIB - 84} bytes exceeds the limit of {LIMIT} bytes"


def test_what_was_cut_off_meanwhile_is_not_there(file: Path) -> None:
    file.write_bytes(ROWS)
    stretches = divided(file)
    assert stretches is not None
    os.truncate(file, 3 * (len(CALL) + 1) + 10)
    assert [line.raw for line in read(stretches)] == [CALL, CALL, CALL, CALL[:10]]


def unreadable(file: Handle) -> None:
    """From now on reading fails: it is a directory."""
    folder = os.open("/", os.O_RDONLY)
    os.dup2(folder, file.descriptor)
    os.close(folder)


def test_a_range_that_can_not_be_read(file: Path) -> None:
    file.write_bytes(ROWS)
    stretches = divided(file)
    assert stretches is not None
    unreadable(stretches[0].file)
    [line] = read([stretches[0]])
    assert (line.raw, line.number, line.fault) == (b"", 1, "reading fails: Is a directory")


def test_a_file_that_can_not_be_divided_to_its_end(file: Path) -> None:
    file.write_bytes(ROWS)
    found = ranges(Source("name", str(file)), max_line_bytes=LIMIT, size=100)
    assert found is not None
    first = next(found)
    lines = list(Reading(*first).lines(1))
    unreadable(first.file)
    [second] = found
    assert second.range.last
    [line] = Reading(*second).lines(3)
    assert [each.raw for each in lines] == [CALL, CALL]
    assert (line.raw, line.number, line.fault) == (b"", 3, "reading fails: Is a directory")
