"""A last line that somebody is still writing is left where it is; one that is whole without a line end is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.intake.ranges import ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from tests.intake.test_ranges import read
from tests.support.awkward_files import LIMIT, awkward_files

WHOLE = b'{"type":"track","event":"e","userId":"u"}'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unfinished") / "calls"


def growing(file: Path, content: bytes) -> tuple[list[bytes], bool]:
    """The lines that are read, and whether one was left."""
    file.write_bytes(content)
    left: list[str] = []
    lines = read_lines(Source("name", str(file)), max_line_bytes=LIMIT, on_unfinished=left.append)
    return [line.raw for line in lines], left == ["name"]


LAST = [
    (b"", False),
    (b"  ", False),
    (WHOLE, False),
    (WHOLE + b" ", False),
    (b"[1, 2]", False),
    (WHOLE[:-1], True),
    (b'{"a":"}', True),
    (b'{"a":{}', True),
    (b"{", True),
    (b"12", True),
    (b'"text"', True),
    (b"no json", True),
    (b"}", True),
    (b'{"a":"' + b"x" * LIMIT, True),
]
BEFORE = (b"", WHOLE + b"\n", (WHOLE + b"\n") * 3, b"no json\n")
IS_NDJSON = [(*last, before) for last in LAST for before in BEFORE if before or last[0].startswith(b"{")]


@pytest.mark.parametrize(("last", "left", "before"), IS_NDJSON)
def test_last_lines(last: bytes, left: bool, before: bytes, file: Path) -> None:
    lines, was_left = growing(file, before + last)
    assert was_left == left
    taken = [] if left else [last.strip()] if last.strip() else []
    assert [line.strip() for line in lines] == [*before.split(b"\n")[:-1], *taken]


@given(content=awkward_files, at=st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_nothing_is_taken_that_would_be_another_line_once_the_rest_is_there(
    file: Path, content: bytes, at: int
) -> None:
    """However far a file has been written when it is read: what is read then is what stands there in the end."""
    content = WHOLE + b"\n" + content.replace(b"\r", b"")  # one that begins with a call is NDJSON
    lines, _ = growing(file, content[: len(WHOLE) + 1 + at])
    in_the_end, _ = growing(file, content + b"\n")
    if b"batch" not in content:  # an envelope is opened
        assert lines == in_the_end[: len(lines)]


@given(content=awkward_files, size=st.integers(1, 400))
@settings(max_examples=200, deadline=None)
def test_in_ranges_as_from_one_end_to_the_other(file: Path, content: bytes, size: int) -> None:
    lines, was_left = growing(file, content)
    left: list[str] = []
    found = ranges(Source("name", str(file)), max_line_bytes=LIMIT, size=size, on_unfinished=left.append)
    if found is not None:
        stretches = list(found)
        assert [line.raw for line in read(stretches)] == lines
        assert bool(left) == was_left
        assert [each.range.last for each in stretches] == [each is stretches[-1] for each in stretches]
