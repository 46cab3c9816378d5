"""A line of source with marks below what is meant."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from mapper.render.cells import ELLIPSIS, cells, width

MIN_ROOM: Final = 20
"""A line is cut to no fewer columns than this, however narrow the terminal is."""


def underline(line: str, *, column: int, length: int, mark: str, room: int) -> tuple[str, str]:
    """Show a line and what stands under it.

    Args:
        line: One line of source without its end.
        column: 1-based, in characters; one past the end of the line is fine.
        length: Characters to underline, at least 1.
        mark: The character to underline with.
        room: Columns of the terminal; a longer line is cut around the marks.

    Returns:
        The line, tabs expanded and control characters visible, and its marks, neither with blanks at the end.
    """
    shown = cells(line)
    edges = [0, *accumulate(width(part) for part in shown)]
    first = min(column - 1, len(shown))
    start = edges[first]
    stop = max(edges[min(first + length, len(shown))], start + 1)
    left, right = _window(edges[-1], start, stop, max(room, MIN_ROOM))
    pieces = zip(shown, edges, edges[1:], strict=False)
    parts = [part for part, edge, after in pieces if left <= edge and after <= right]
    offset = next((edge for edge in edges if edge >= left), left)
    head, tail = ELLIPSIS * (left > 0), ELLIPSIS * (right < edges[-1])
    marks = " " * (start - offset + len(head)) + mark * (min(stop, max(right, start + 1)) - start)
    return f"{head}{''.join(parts)}{tail}".rstrip(), marks


def _window(total: int, start: int, stop: int, room: int) -> tuple[int, int]:
    """The columns to show: all, or what there is room for around the marks beside an ellipsis at each cut."""
    end = max(total, stop)
    if end <= room:
        return 0, end
    if stop < room:
        return 0, room - 1
    left = start - max(room - 2 - (stop - start), 0) // 2
    if left + room - 1 >= end:
        return end - (room - 1), end
    return left, left + room - 2
