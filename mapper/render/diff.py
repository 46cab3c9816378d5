"""Two texts as a diff for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from itertools import chain, groupby, pairwise
from typing import Final

from mapper.base.window import windows
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
    lines = list(found)[2:]
    return [_line(line, color, room) for line in (lines if room is None else _parting(lines, room))]


def _parting(lines: Sequence[str], room: int) -> Iterator[str]:
    """The lines, those that take each other's place from where they part."""
    groups = [list(group) for _, group in groupby(lines, key=lambda line: line[:1])]
    for old, new in pairwise(groups):
        if old[0][0] == "-" and new[0][0] == "+" and len(old) == len(new):
            for at, (gone, come) in enumerate(zip(old, new, strict=True)):
                one, other = windows(gone[1:], come[1:], room - 1)
                old[at], new[at] = f"-{one}", f"+{other}"
    return chain.from_iterable(groups)


def _line(line: str, color: bool, room: int | None) -> str:
    shown = cut(line, room)
    tint = _TINTS.get(line[:1])
    return paint(tint, shown, color) if tint else shown
