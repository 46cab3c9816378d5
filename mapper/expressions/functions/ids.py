"""Picking a usable identifier or text from several places."""

from __future__ import annotations

from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import integer_text


def first_id(*values: Any) -> str | None:
    """The first non-blank string as it came, or integral number as its digits."""
    for value in values:
        kind = type(value)
        if kind is str:
            if value and not value.isspace():
                return str(value)
        elif (kind is int or kind is float) and (digits := integer_text(value)) is not None:
            return digits
    return None


def first_text(*values: Any) -> str | None:
    """The first non-blank string as it came."""
    for value in values:
        if type(value) is str and value and not value.isspace():
            return value
    return None


FUNCTIONS: Final = (
    Function(
        name="id",
        first_of=True,
        parameters=(Parameter("values", ("any",), variadic=True),),
        returns=("string", "null"),
        doc="The first argument that can be an id: a non-blank string as it came, or an integral number as its digits.",
        examples=(
            Example("id(userId, anonymousId)", {"userId": " ", "anonymousId": "a-1"}, "a-1"),
            Example("id(userId)", {"userId": 42.0}, "42"),
            Example("id(userId)", {"userId": 12.5}, None),
            Example("id(userId)", {}, None),
        ),
        group="ids",
        call=first_id,
    ),
    Function(
        name="present_text",
        first_of=True,
        parameters=(Parameter("values", ("any",), variadic=True),),
        returns=("string", "null"),
        doc="The first argument that is a non-blank string, as it came.",
        examples=(
            Example("present_text(name, title)", {"name": "", "title": "Pricing"}, "Pricing"),
            Example("present_text(name, title)", {"name": 7, "title": " Plans "}, " Plans "),
            Example("present_text(name)", {"name": 7}, None),
        ),
        group="ids",
        call=first_text,
    ),
)
