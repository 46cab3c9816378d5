"""What somebody is still writing is left where it is; a last line that is whole without a line end is not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.intake.ranges import ranges
from mapper.intake.read import read_lines
from mapper.intake.sources import Source
from mapper.intake.unfinished import ARRAY, CALL, LINE, PACKED
from mapper.records.line import Line
from tests.intake.test_ranges import read
from tests.support.awkward_files import LIMIT, awkward_files

WHOLE = b'{"type":"track","event":"e","userId":"u"}'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unfinished") / "calls"


def told(file: Path, content: bytes, begin: tuple[int, int] = (1, 0)) -> tuple[list[Line], list[tuple[str, str]]]:
    """The lines that are read, from one on, and what is said of what was left."""
    file.write_bytes(content)
    left: list[tuple[str, str]] = []
    lines = read_lines(
        Source("name", str(file)),
        max_line_bytes=LIMIT,
        from_line=begin[0],
        from_part=begin[1],
        on_unfinished=lambda name, part: left.append((name, part)),
    )
    return list(lines), left


def growing(file: Path, content: bytes) -> tuple[list[bytes], bool]:
    """The lines that are read, and whether the last one was left."""
    lines, left = told(file, content)
    assert left in ([], [("name", LINE)], [("name", CALL)], [("name", ARRAY)])
    return [line.raw for line in lines], bool(left)


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
    found = ranges(
        Source("name", str(file)), max_line_bytes=LIMIT, size=size, on_unfinished=lambda _, part: left.append(part)
    )
    if found is not None:
        stretches = list(found)
        assert [line.raw for line in read(stretches)] == lines
        assert bool(left) == was_left
        assert [each.range.last for each in stretches] == [each is stretches[-1] for each in stretches]


CALLS: list[dict[str, Any]] = [{"type": "track", "event": f"e{number}", "deep": [{"n": number}]} for number in range(6)]
PRETTY = json.dumps(CALLS, indent=1).encode()
DOCUMENTS = {
    "an array": (PRETTY, {ARRAY}),
    "an array on one line": (json.dumps(CALLS).encode(), {ARRAY}),
    "one after another": (b"\n".join(json.dumps(call, indent=1).encode() for call in CALLS), {CALL, LINE}),
    "with faults between": (PRETTY.replace(b" },\n {", b" }\n }, {"), {ARRAY}),
    "with strays between": (b"\nstray\n".join(json.dumps(call, indent=1).encode() for call in CALLS), {CALL, LINE}),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_that_grows_is_gone_on_with(kind: str, file: Path) -> None:
    """Wherever it was cut when it was read: both readings together give what one of all of it does."""
    content, parts = DOCUMENTS[kind]
    wanted, left = told(file, content)
    assert left == []
    assert sum(line.fault is None for line in wanted) == len(CALLS)
    seen = set[str]()
    for at in range(len(content)):
        first, left = told(file, content[:at])
        second, _ = told(file, content, behind(first))
        assert [line.raw for line in first + second if line.fault is None] == [
            line.raw for line in wanted if line.fault is None
        ], at
        assert len(first + second) == len(wanted), at
        seen.update(part for _, part in left)
    assert seen == parts


def behind(lines: list[Line]) -> tuple[int, int]:
    """Where to go on, as a queue has it."""
    if not lines:
        return 1, 0
    return (lines[-1].number, lines[-1].part + 1) if lines[-1].more else (lines[-1].number + 1, 0)


@pytest.mark.parametrize("content", [(WHOLE + b"\n") * 40, PRETTY], ids=["lines", "an array"])
def test_gzip_that_grows_is_gone_on_with(content: bytes, file: Path) -> None:
    packed = gzip.compress(content[:99]) + gzip.compress(content[99:])
    wanted, left = told(file, packed)
    assert left == []
    for at in range(2, len(packed)):
        first, _ = told(file, packed[:at])
        assert not any(line.fault for line in first)
        second, _ = told(file, packed, behind(first))
        assert [line.raw for line in first + second] == [line.raw for line in wanted], at
    assert told(file, packed[:-3])[1] == [("name", PACKED)]


def test_gzip_that_is_damaged_is_not_waited_for(file: Path) -> None:
    packed = bytearray(gzip.compress(WHOLE + b"\n"))
    packed[-6] ^= 1
    lines, left = told(file, bytes(packed))
    assert left == []
    assert "does not match" in str(lines[-1].fault)
