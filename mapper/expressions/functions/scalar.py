"""Text of single JSON values, and the limit on the text our functions make."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from mapper.base.json import encode

_SURROGATE: Final = re.compile("[\ud800-\udfff]")

LONGEST: Final = 1 << 20
"""Most characters that padding and replacing may add; a call holds at most about as many."""


def scalar_text(value: Any) -> str | None:
    """Text of a string (as it is), a finite number (2.0 is ``2``) or a boolean; None for anything else."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return integer_text(value)
    return integer_text(value) or json_text(value) if kind is float and value - value == 0 else None


def json_text(value: Any) -> str:
    """A value as compact JSON text."""
    try:
        return encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate, which only a literal in an expression can hold
        return utf8(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).decode()


def integer_text(value: float) -> str | None:
    """Decimal digits of a number that is integral, exact at any size; None for a fraction or a number not finite."""
    if type(value) is float:
        return str(int(value)) if value.is_integer() else None
    try:
        return str(value)
    except ValueError:  # more digits than Python turns into text
        return None


def is_blank(text: str) -> bool:
    """Whether a text is empty or whitespace only."""
    return not text or text.isspace()


def whole(value: Any) -> int | None:
    """The integer that a number stands for (2 and 2.0 are 2); None for anything else."""
    if type(value) is int:
        return value
    return int(value) if type(value) is float and value.is_integer() else None


def utf8(text: str) -> bytes:
    """UTF-8, a lone surrogate as U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text).encode()
