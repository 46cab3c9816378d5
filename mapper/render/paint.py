"""Colours and styles of a terminal."""

from __future__ import annotations

from typing import Final

BOLD: Final = "1"
DIM: Final = "2"
RED: Final = "31"
GREEN: Final = "32"
YELLOW: Final = "33"
CYAN: Final = "36"
BOLD_RED: Final = "1;31"
BOLD_YELLOW: Final = "1;33"
BOLD_BLUE: Final = "1;34"
BOLD_CYAN: Final = "1;36"


def paint(tint: str, text: str, color: bool) -> str:
    """The text in a colour or a style, where colours are wanted."""
    return f"\x1b[{tint}m{text}\x1b[0m" if color else text
