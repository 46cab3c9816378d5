"""Cutting NDJSON into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mapper.intake.blocks import Blocks
from mapper.intake.hold import Hold, beginning
from mapper.intake.unwrap import Batch, may_wrap
from mapper.records.line import Line


def cut_lines(file: str, blocks: Iterable[bytes], source: Blocks, limit: int, first_line: int) -> Iterator[Batch]:
    r"""Cut at ``\n`` or ``\r\n``; blank lines are left out but count in the numbers.

    Args:
        file: For :attr:`Line.file`.
        blocks: The text, cut anywhere.
        source: Says after the last block whether the text ended too early; its last line is faulty then.
        limit: Most bytes of a line; of a longer one only the first bytes are kept, however long it is.
        first_line: Number of the first line.

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
        if b"\r" in rest:
            rest = rest.replace(b"\r\n", b"\n")
        parts = rest.split(b"\n")
        hold.add(parts.pop())
        lines = [
            Line(raw, n, file) if len(raw) <= limit else _too_long(raw, n, file, limit)
            for n, raw in enumerate(parts, number)
            if raw and not raw.isspace()
        ]
        yield Batch(lines, may_wrap(rest))
        number += len(parts)
    if source.fault is not None:
        yield Batch([Line(beginning(hold.take()[0]), number, file, source.fault)], suspicious=False)
    else:
        yield _held(hold, number, file)


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
