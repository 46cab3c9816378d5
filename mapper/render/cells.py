"""Text as a terminal shows it: how wide each character is, and a stand-in for those that would not be seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

TAB_SIZE: Final = 4
ELLIPSIS: Final = "…"
_ZERO_WIDTH_JOINER: Final = "\u200d"
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def cells(text: str) -> list[str]:
    """What is shown for each character: itself, blanks for a tab, a visible stand-in for a control character."""
    shown: list[str] = []
    column = 0
    for character in text:
        part = " " * (TAB_SIZE - column % TAB_SIZE) if character == "\t" else _visible(character)
        shown.append(part)
        column += width(part)
    return shown


def visible(text: str) -> str:
    """One line that holds no control character, so that a text from a file can't move the cursor or hide a part."""
    return "".join(map(_visible, text))


def width(text: str) -> int:
    """Columns that a text without control characters takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


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


def _visible(character: str) -> str:
    if " " <= character <= "~" or character == _ZERO_WIDTH_JOINER or unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fitting(text: str, room: int) -> Iterator[str]:
    """The characters for which there is room."""
    for character in text:
        room -= width(character)
        if room < 0:
            return
        yield character


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or character == _ZERO_WIDTH_JOINER:
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
