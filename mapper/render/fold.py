"""Running text broken into lines for a terminal."""

from __future__ import annotations

import textwrap


def folded(text: str, width: int | None, *, indent: str = "") -> list[str]:
    """The text as lines of at most `width` columns, words kept whole; one line where `width` is None."""
    if width is None:
        return [indent + text]
    room = max(width, len(indent) + 20)
    lines = textwrap.wrap(
        text, room, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return lines or [""]
