"""Cutting NDJSON into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mapper.intake.blocks import Faulty
from mapper.intake.hold import Hold, beginning
from mapper.intake.unfinished import LINE, PACKED, OnUnfinished, is_whole
from mapper.intake.unwrap import Batch, may_wrap
from mapper.records.line import Line

_STEP: Final = 500
"""Lines of a cut text that are made at a time, so that they are used while a processor still has them at hand."""


def cut_lines(
    file: str,
    blocks: Iterable[bytes],
    source: Faulty,
    limit: int,
    first_line: int,
    on_unfinished: OnUnfinished | None = None,
) -> Iterator[Batch]:
    r"""Cut at ``\n`` or ``\r\n``; blank lines are left out but count in the numbers.

    Args:
        file: For :attr:`Line.file`.
        blocks: The text, cut anywhere.
        source: Says after the last block whether the text ended too early; its last line is faulty then.
        limit: Most bytes of a line; of a longer one only the first bytes are kept, however long it is.
        first_line: Number of the first line.
        on_unfinished: Called instead of a last line that has no end and is not whole, or where the source is cut off;
            None: that is a line like others.

    Yields:
        The lines of one block, in order.
    """
    hold = Hold(limit, "line")
    number = first_line
    for block in blocks:
        head, newline, rest = block.partition(b"\n") if hold.size else (b"", b"\n", block)
        hold.add(head)
        if not newline:
            continue
        if hold.size:
            yield _held(hold, number, file)
            number += 1
        parts = _split(rest)
        hold.add(parts.pop())
        yield Batch(_numbered(parts, number, file, limit), may_wrap(rest))
        number += len(parts)
    if on_unfinished is not None and source.cut_off:
        on_unfinished(file, PACKED)
        return
    if source.fault is not None:
        yield Batch([Line(beginning(hold.take()[0]), number, file, source.fault)], suspicious=False)
        return
    last = _held(hold, number, file)
    if on_unfinished is not None and last.lines and not is_whole(last.lines[0]):
        on_unfinished(file, LINE)
    else:
        yield last


class Cut:
    """A text cut into lines like those of :func:`cut_lines`, of which only the last may lack its line end.

    Attributes:
        ends: How many line ends it has.
    """

    def __init__(self, text: bytes) -> None:
        self._suspicious = may_wrap(text)
        self._parts = _split(text)
        self._rest = self._parts.pop()
        self.ends = len(self._parts)

    def numbered(self, first: int, file: str, limit: int) -> Iterator[Batch]:
        """The lines, some at a time, once it is known which number the first one has."""
        for at in range(0, self.ends, _STEP):
            yield Batch(_numbered(self._parts[at : at + _STEP], first + at, file, limit), self._suspicious)
        if self._rest:
            hold = Hold(limit, "line")
            hold.add(self._rest)
            yield _held(hold, first + self.ends, file)


def _split(text: bytes) -> list[bytes]:
    return (text.replace(b"\r\n", b"\n") if b"\r" in text else text).split(b"\n")


def _numbered(parts: list[bytes], first: int, file: str, limit: int) -> list[Line]:
    return [
        Line(raw, number, file) if len(raw) <= limit else _too_long(raw, number, file, limit)
        for number, raw in enumerate(parts, first)
        if raw and not raw.isspace()
    ]


def _held(hold: Hold, number: int, file: str) -> Batch:
    raw, fault = hold.take()
    raw = raw.removesuffix(b"\r")
    lines = [Line(raw, number, file, fault)] if raw and not raw.isspace() else []
    return Batch(lines, may_wrap(raw))


def _too_long(raw: bytes, number: int, file: str, limit: int) -> Line:
    """The fault of a long line, unless it is a wrapper, whose limit is its own."""
    hold = Hold(limit, "line")
    hold.add(raw)
    kept, fault = hold.take()
    return Line(kept, number, file, fault)
