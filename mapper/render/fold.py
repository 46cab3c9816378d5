"""Running text broken into lines for a terminal."""

from __future__ import annotations

import re
from typing import Final

from mapper.render.cells import width as columns

_CODE: Final = re.compile(r"(?<![\w`])`(?:[^`]{1,2}|[^`\s][^`]*[^`\s])`")
"""Code: a backtick alone, such as one in a value that is shown, neither opens nor closes any."""
_WORD: Final = re.compile(" *[^ ]+")
_GLUE: Final = "\x00"
"""Stands for a blank at which no line is broken; no text that is shown has one."""


def folded(text: str, width: int | None, *, indent: str = "") -> list[str]:
    """The text as lines of at most `width` columns; one line where `width` is None.

    Words, and code between backticks, are kept whole, so that they can be copied; those that are longer stand out.

    Args:
        text: Without control characters.
        width: Columns.
        indent: What each line begins with.
    """
    if width is None:
        return [indent + text]
    room = max(width, len(indent) + 20)
    lines: list[str] = []
    column = room  # of the line that is being filled
    for word in _WORD.findall(_CODE.sub(lambda code: code[0].replace(" ", _GLUE), text)):
        column += columns(word)
        if lines and column <= room:
            lines[-1] += word
        else:
            lines.append(indent + (word.lstrip(" ") if lines else word))
            column = columns(lines[-1])
    return [line.replace(_GLUE, " ") for line in lines] or [""]
