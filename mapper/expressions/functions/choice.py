"""Choosing a value by what it is."""

from __future__ import annotations

from typing import Any, Final

from mapper.expressions.functions.convert import KINDS, boolean
from mapper.expressions.functions.model import Example, Function, Parameter


def choose(condition: Any, then: Any, otherwise: Any = None) -> Any:
    """`then` where the condition is true in JMESPath's sense (0 is), else `otherwise`."""
    return then if condition or type(condition) is int or type(condition) is float else otherwise


def only(value: Any, kind: Any) -> Any:
    """The value if it is of the named kind, else None."""
    test = KINDS.get(kind) if type(kind) is str else None
    return value if test is not None and test.holds(value) else None


def present(value: Any) -> Any:
    """The value; None where it is blank or empty. False and 0 are values."""
    kind = type(value)
    if kind is str:
        return value if value and not value.isspace() else None
    if kind is dict or kind is list:
        return value or None
    return value if kind is bool or kind is int or kind is float else None


FUNCTIONS: Final = (
    Function(
        name="if",
        parameters=(
            Parameter("condition", ("any",)),
            Parameter("then", ("any",)),
            Parameter("else", ("any",), optional=True),
        ),
        returns=("any",),
        doc="`then` where the condition is true, `else` (or null) where it is null, false or empty; 0 is true.",
        examples=(
            Example("if(plan == 'free', 'trial', 'paid')", {"plan": "free"}, "trial"),
            Example("if(seats, 'team', 'solo')", {"seats": 0}, "team"),
            Example("if(name, 'named')", {"name": ""}, None),
        ),
        group="choice",
        call=choose,
        lazy=True,
    ),
    Function(
        name="only",
        parameters=(Parameter("value", ("any",)), Parameter("type", ("string",))),
        returns=("any",),
        doc="The value where it is of that type (string, number, integer, boolean, array, object), else null.",
        examples=(
            Example("only(phone, 'string')", {"phone": "+49 30 1"}, "+49 30 1"),
            Example("only(phone, 'string')", {"phone": 4930}, None),
            Example("only(seats, 'integer')", {"seats": 3.0}, 3.0),
            Example("only(seats, 'nonsense')", {"seats": 3}, None),
        ),
        group="choice",
        call=only,
    ),
    Function(
        name="present",
        parameters=(Parameter("value", ("any",)),),
        returns=("any",),
        doc="The value; null where it is null, a blank string, an empty array or an empty object. False and 0 stay.",
        examples=(
            Example("present(plan) || tier", {"plan": "  ", "tier": "gold"}, "gold"),
            Example("present(active)", {"active": False}, False),
            Example("present(tags)", {"tags": []}, None),
        ),
        group="choice",
        call=present,
    ),
    Function(
        name="to_boolean",
        parameters=(Parameter("value", ("any",)),),
        returns=("boolean", "null"),
        doc="A boolean, or one written as text (`true`, ` FALSE `).",
        examples=(
            Example("to_boolean(active)", {"active": " True "}, True),
            Example("to_boolean(active)", {"active": False}, False),
            Example("to_boolean(active)", {"active": "yes"}, None),
            Example("to_boolean(active)", {"active": 1}, None),
        ),
        group="choice",
        call=boolean,
    ),
)
