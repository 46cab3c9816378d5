"""Plain NDJSON files in ranges, which can be read apart from one another, and by other processes.

A range ends behind a line end, so that every line lies in one range whole. Which number its first line has is known
only once the lines of all ranges before it are counted; whoever reads a range counts its own.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

import msgspec

from mapper.intake.blocks import BLOCK, GZIP, reading_fails
from mapper.intake.detect import BOM, WINDOW, foreign, layout
from mapper.intake.lines import Cut, cut_lines
from mapper.intake.sources import STANDARD_INPUT, Source
from mapper.intake.unfinished import LINE, OnUnfinished
from mapper.intake.unwrap import unwrapped
from mapper.records.line import Line

RANGE: Final = 4 * 1024 * 1024
"""Most bytes of a range, but for a longer line, which is a range by itself."""


class Range(msgspec.Struct, frozen=True, array_like=True):
    """Some lines of a file.

    Attributes:
        name: The file's, for :attr:`Line.file`.
        start: Where the range begins, in bytes.
        size: Its bytes.
        limit: Most bytes of a call.
        first: The number of its first line; None: the one that comes after the range before.
        single: It is one line at most, of whatever length.
        last: No range of the file follows.
        fault: Why no more of the file can be read, or None.
    """

    name: str
    start: int
    size: int
    limit: int
    first: int | None
    single: bool = False
    last: bool = False
    fault: str | None = None


class Handle:
    """A file that is open for as long as somebody holds this."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __del__(self) -> None:
        os.close(self.descriptor)


class Stretch(NamedTuple):
    """A range, and the file it is of."""

    range: Range
    file: Handle


# -- dividing ----------------------------------------------------------------------------------------------------------


def ranges(
    source: Source,
    *,
    max_line_bytes: int,
    from_line: int = 1,
    size: int = RANGE,
    on_unfinished: OnUnfinished | None = None,
) -> Iterator[Stretch] | None:
    """Divide a file; None where its lines must be read one after another.

    That is so where it is no plain file, is packed, no NDJSON or no longer than a block, and where its first line may
    be all there is.

    Args:
        source: The file.
        max_line_bytes: Most bytes of one call.
        from_line: Leave out lines before this one.
        size: Most bytes of a range.
        on_unfinished: Called instead of a last line that has no end and is not whole; None: that is a line like others.
    """
    file = _opened(source.path, size)
    if file is None:
        return None
    try:
        begin = _begin(_read(file, 0, len(BOM) + WINDOW))
    except OSError:
        return None  # whoever reads the lines says so
    if begin is None:
        return None
    return _divided(Range(source.name, begin[0], size, max_line_bytes, begin[1]), file, from_line, on_unfinished)


def _opened(path: str, size: int) -> Handle | None:
    try:
        found = os.stat(path) if path != STANDARD_INPUT else None  # noqa: PTH116 - a path is a text here
        if found is None or not stat.S_ISREG(found.st_mode) or found.st_size <= min(size, BLOCK):
            return None
        return Handle(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except (OSError, ValueError):
        return None


def _begin(head: bytes) -> tuple[int, int] | None:
    """Where the text begins, in bytes and lines; None where it is not known to be two lines of NDJSON or more."""
    if head.startswith(GZIP):
        return None
    bare = head.removeprefix(BOM)
    text = bare.lstrip()
    if foreign(text) or layout(text, whole=False) != "lines" or not text.partition(b"\n")[2].strip():
        return None
    return len(head) - len(text), 1 + bare.count(b"\n", 0, len(bare) - len(text))


def _divided(whole: Range, file: Handle, from_line: int, on_unfinished: OnUnfinished | None) -> Iterator[Stretch]:
    at, first = whole.start, whole.first
    try:
        if first is not None and first < from_line:
            at, first = _behind(file, at, from_line - first), from_line
        while at < (end := os.fstat(file.descriptor).st_size):
            single = False
            if end > at + whole.size:
                end, single = _end(file, at, whole.size)
            last = end >= os.fstat(file.descriptor).st_size
            if last and on_unfinished is not None and (finished := _finished(file, at, end, whole.limit)) < end:
                on_unfinished(whole.name, LINE)
                end = finished
            yield Stretch(_part(whole, at, end, first, single=single, last=last), file)
            if last:
                return
            at, first = end, None
    except OSError as error:
        fault = reading_fails(error)
        yield Stretch(_part(whole, at, at + whole.size, first, single=True, last=True, fault=fault), file)


def _part(
    whole: Range, at: int, end: int, first: int | None, *, single: bool, last: bool, fault: str | None = None
) -> Range:
    return Range(whole.name, at, end - at, whole.limit, first, single, last, fault)


def _end(file: Handle, at: int, size: int) -> tuple[int, bool]:
    """Behind the last line end within so many bytes, or behind the first line end after them, which says True."""
    end = at + size
    while end > at:
        start = max(end - WINDOW, at)
        newline = _read(file, start, end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1, False
        end = start
    end = at + size
    while block := _read(file, end, BLOCK):
        newline = block.find(b"\n")
        if newline >= 0:
            return end + newline + 1, True
        end += len(block)
    return end, True


def _finished(file: Handle, at: int, end: int, limit: int) -> int:
    """Where what is whole ends: behind the last line end, or at the end where the last line is whole without one."""
    begin = end
    while begin > at:
        start = max(begin - WINDOW, at)
        newline = _read(file, start, begin - start).rfind(b"\n")
        if newline >= 0:
            begin = start + newline + 1
            break
        begin = start
    left: list[str] = []
    source = _Blocks(Range("", begin, end - begin, limit, None, single=True), file)
    deque(cut_lines("", source, source, limit, 1, lambda _, part: left.append(part)), maxlen=0)
    return begin if left else end


def _behind(file: Handle, at: int, lines: int) -> int:
    """Where the text goes on behind so many line ends; its end, where it has fewer."""
    while block := _read(file, at, BLOCK):
        found = block.count(b"\n")
        if found >= lines:
            end = 0
            for _ in range(lines):
                end = block.index(b"\n", end) + 1
            return at + end
        lines -= found
        at += len(block)
    return at


def _read(file: Handle, at: int, size: int) -> bytes:
    return b"".join(_blocks(file.descriptor, at, size, size))


def _blocks(descriptor: int, at: int, size: int, most: int) -> Iterator[bytes]:
    while size and (block := os.pread(descriptor, min(size, most), at)):
        yield block
        at += len(block)
        size -= len(block)


# -- reading -----------------------------------------------------------------------------------------------------------


class Reading:
    """A range that is read, so that its lines can be counted first and numbered then.

    Attributes:
        ends: How many line ends it has.
    """

    def __init__(self, found: Range, file: Handle) -> None:
        self._range = found
        self._source = _Blocks(found, file)
        self._blocks: Iterable[bytes] = self._source
        self._cut: Cut | None = None
        self.ends = 1
        if not found.single:
            text = b"".join(self._source)
            if self._source.fault is None:
                self._cut = Cut(text)
                self.ends = self._cut.ends
            else:
                self._blocks = [text]
                self.ends = text.count(b"\n")

    def lines(self, first: int) -> Iterator[Line]:
        """The calls, given the number of the first line."""
        name, limit = self._range.name, self._range.limit
        if self._cut is not None:
            batches = self._cut.numbered(first, name, limit)
        else:
            batches = cut_lines(name, self._blocks, self._source, limit, first)
        return chain.from_iterable(unwrapped(batch, limit) for batch in batches)


class _Blocks:
    """The bytes of a range; of a single line not all at once, for it may be too long to be kept."""

    cut_off = False

    def __init__(self, found: Range, file: Handle) -> None:
        self._range = found
        self._file = file
        self.fault = found.fault

    def __iter__(self) -> Iterator[bytes]:
        most = BLOCK if self._range.single else self._range.size
        try:
            yield from _blocks(self._file.descriptor, self._range.start, self._range.size, most)
        except OSError as error:
            self.fault = reading_fails(error)
