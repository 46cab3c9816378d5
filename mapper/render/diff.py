"""Two texts as a diff for people."""

from __future__ import annotations

import difflib
from typing import Final

from mapper.render.cells import cut
from mapper.render.paint import CYAN, GREEN, RED, paint

MAX_TEXT: Final = 1_000_000
"""Longer texts, in characters, are not compared line by line: it would take minutes."""
_TINTS: Final = {"-": RED, "+": GREEN, "@": CYAN}


def diff(old: str, new: str, *, color: bool, context: int = 3, room: int | None = None) -> list[str]:
    """The lines that differ and some around them, each with ``-``, ``+``, a blank, or ``@@`` where a part begins.

    Args:
        old: Text before; an empty one makes every line of `new` an added one.
        new: Text after.
        color: Red for what goes, green for what comes.
        context: Lines shown around what differs.
        room: Columns to cut lines to; None leaves them whole.
    """
    if max(len(old), len(new)) > MAX_TEXT:
        return ["the texts are too long to show what differs"]
    found = difflib.unified_diff(old.splitlines(), new.splitlines(), n=context, lineterm="")
    return [_line(line, color, room) for line in list(found)[2:]]


def _line(line: str, color: bool, room: int | None) -> str:
    shown = cut(line, room)
    tint = _TINTS.get(line[:1])
    return paint(tint, shown, color) if tint else shown
