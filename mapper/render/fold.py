"""Running text broken into lines for a terminal."""

from __future__ import annotations

import re
import textwrap
from typing import Final

_CODE: Final = re.compile(r"(?<![\w`])`(?:[^`]{1,2}|[^`\s][^`]*[^`\s])`")
"""Code: a backtick alone, such as one in a value that is shown, neither opens nor closes any."""
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
    lines = textwrap.wrap(
        _CODE.sub(lambda code: code[0].replace(" ", _GLUE), text),
        room,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_GLUE, " ") for line in lines] or [""]
