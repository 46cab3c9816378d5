"""Text with values put in."""

from __future__ import annotations

import re
from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import scalar_text

_MARK: Final = re.compile(r"(\{\{|\}\}|\{\})")
_BRACES: Final = {"{{": "{", "}}": "}"}


def fill(template: Any, *values: Any) -> str | None:
    """The template with each ``{}`` exchanged for the next value; None where a value is lacking or no scalar.

    ``{{`` and ``}}`` stand for single braces; a brace alone stays as it is. Values beyond the last ``{}`` count for
    nothing.
    """
    if type(template) is not str:
        return None
    pieces: list[str] = []
    following = iter(values)
    for piece in _MARK.split(template):
        if piece == "{}":
            text = scalar_text(next(following, None))
            if text is None:
                return None
            pieces.append(text)
        else:
            pieces.append(_BRACES.get(piece, piece))
    return "".join(pieces)


FUNCTIONS: Final = (
    Function(
        name="format",
        parameters=(Parameter("template", ("string",)), Parameter("values", ("any",), optional=True, variadic=True)),
        returns=("string", "null"),
        doc="The template with each `{}` exchanged for the next value's text; null where a value is null or no scalar.",
        examples=(
            Example("format('/v1/{}/{}', account, user)", {"account": "a1", "user": 7}, "/v1/a1/7"),
            Example("format('{{{}}}', name)", {"name": "x"}, "{x}"),
            Example("format('Viewed {} Page', name)", {"name": None}, None),
            Example("format('{} {}', name)", {"name": "x"}, None),
        ),
        group="text",
        call=fill,
    ),
)
