"""A table of names and figures, each line in green or red."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mapper.render.cells import cut, width
from mapper.render.paint import BOLD, GREEN, RED, paint

ALL: Final = "100 %"


def table(rows: Sequence[Sequence[str]], *, color: bool, room: int | None) -> list[str]:
    """Rows whose cells stand below each other, all but the first at the right.

    Args:
        rows: A head first. A row is green where it ends with ``100 %``.
        color: Use ANSI colours.
        room: Columns of the terminal, for which names are cut; None leaves them whole.
    """
    wide = [max(map(width, column)) for column in zip(*rows, strict=True)]
    if room is not None:
        wide[0] = min(wide[0], max(room - sum(wide[1:]) - 2 * len(wide[1:]), 1))
    lines = []
    for row in rows:
        name = cut(row[0], wide[0])
        figures = (f"  {cell:>{columns}}" for cell, columns in zip(row[1:], wide[1:], strict=True))
        tint = BOLD if row is rows[0] else GREEN if row[-1] == ALL else RED
        lines.append(paint(tint, (name + " " * (wide[0] - width(name)) + "".join(figures)).rstrip(), color))
    return lines


def percent(part: int, total: int) -> str:
    """Such as ``99.9 %``; ``100 %`` only where nothing is missing."""
    return ALL if part == total else f"{part * 1000 // total / 10:.1f} %"
