"""Whether a file is still the one that was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mapper.app.resume import Begin, begin_of, identify, positions
from mapper.delivery.queue import Position
from mapper.intake.sources import IntakeError, Source
from mapper.records.line import Line

LINE = b'{"n": %06d, "filled": "' + b"x" * 70 + b'"}\n'


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """A file longer than the part that tells it from others."""
    (tmp_path / "calls").write_bytes(lines(0, 1_000))
    return Source("calls", str(tmp_path / "calls"))


def lines(first: int, count: int) -> bytes:
    return b"".join(LINE % number for number in range(first, first + count))


def read_while_it_grows(source: Source) -> Position:
    """Looked at with 1,000 lines, read up to the last of 1,500."""
    identity = identify(source)
    with Path(source.path).open("ab") as file:
        file.write(lines(1_000, 500))
    (position,) = positions([Line(LINE, 1_500, source.name)], {source.name: identity})
    return position


def test_a_file_that_grew_while_it_was_read_is_gone_on_with(source: Source) -> None:
    known = read_while_it_grows(source)
    assert begin_of(source, identify(source), known) == Begin(1_501, 0)


@pytest.mark.parametrize("left", [1_499, 1_200, 1_000])
def test_a_file_cut_short_is_refused_though_it_is_as_long_as_it_was_when_reading_began(
    left: int, source: Source
) -> None:
    known = read_while_it_grows(source)
    os.truncate(source.path, left * len(LINE % 0))
    with pytest.raises(IntakeError, match="calls: not the file of which 1,500 lines were read before"):
        begin_of(source, identify(source), known)


def test_a_file_that_is_gone_before_all_of_it_is_queued(source: Source) -> None:
    identity = identify(source)
    Path(source.path).unlink()
    (position,) = positions([Line(LINE, 1_000, source.name)], {source.name: identity})
    assert position.size == identity.size


def test_a_longer_file_that_begins_alike_is_another_one_all_the_same(source: Source, tmp_path: Path) -> None:
    """A log that was rotated: what it goes on with was never read, and what was read is not in it."""
    known = read_while_it_grows(source)
    other = tmp_path / "other"
    other.write_bytes(lines(0, 1_000) + lines(5_000, 1_000))
    other.replace(source.path)
    with pytest.raises(IntakeError, match="calls: not the file of which 1,500 lines were read before"):
        begin_of(source, identify(source), known)
