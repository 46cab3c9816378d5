"""What is known of the results of functions, and of their arguments where they are true."""

from __future__ import annotations

from typing import Final

from mapper.expressions.code.value import FILLED, ISO_DATE, JSON, NAMED, Known
from mapper.expressions.functions import Function

_FACTS: Final = {"unnest": frozenset({NAMED}), "flatten": frozenset({NAMED})}
IMPLIES: Final = {
    "is_iso_date": frozenset({ISO_DATE, FILLED}),
    "present_text": frozenset({FILLED}),
    "matches": frozenset[str](),
}
"""Functions that are true of nothing but text, and what else is known of the text then."""


def returned(function: Function) -> Known:
    """What is known of a function's result."""
    if "any" in function.returns:
        return Known(JSON)
    return Known(frozenset(function.returns), _FACTS.get(function.name, frozenset()))
