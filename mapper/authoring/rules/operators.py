"""Operators that other languages write as words."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}


def operator_for(name: str) -> str | None:
    """How the operator is written that a word is elsewhere, for a help."""
    written = _WORDS.get(name.lower())
    return written and f"the operator `{name}` is written `{written}`"
