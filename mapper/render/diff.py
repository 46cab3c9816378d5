"""Two texts as a diff for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from mapper.render.cells import visible, width

ELLIPSIS: Final = "…"
MAX_TEXT: Final = 1_000_000
"""Longer texts, in characters, are not compared line by line: it would take minutes."""
_TINTS: Final = {"-": "31", "+": "32", "@": "36"}


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


def cut(text: str, room: int | None) -> str:
    """A line that holds no control character, cut to its room."""
    shown = visible(text)
    if room is None or width(shown) <= room:
        return shown
    return "".join(_fitting(shown, room - 1)) + ELLIPSIS


def cut_start(text: str, room: int | None) -> str:
    """The same, cut at its start: of a path the end tells more."""
    shown = visible(text)
    if room is None or width(shown) <= room:
        return shown
    return ELLIPSIS + "".join(_fitting(shown[::-1], room - 1))[::-1]


def paint(tint: str, text: str, color: bool) -> str:
    """The text in a colour or a style, where colours are wanted."""
    return f"\x1b[{tint}m{text}\x1b[0m" if color else text


def _fitting(text: str, room: int) -> Iterator[str]:
    """The characters for which there is room."""
    for character in text:
        room -= width(character)
        if room < 0:
            return
        yield character


def _line(line: str, color: bool, room: int | None) -> str:
    shown = cut(line, room)
    tint = _TINTS.get(line[:1])
    return paint(tint, shown, color) if tint else shown
