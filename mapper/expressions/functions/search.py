"""Looking for text in text."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import utf8, whole


def find_first(value: Any, part: Any, start: Any = 0, end: Any = sys.maxsize) -> int | None:
    """Where `part` first stands in the slice from `start` to `end`, counted in the whole text."""
    found = str.find(*bounds) if (bounds := _bounds(value, part, start, end)) else -1
    return None if found < 0 else found


def find_last(value: Any, part: Any, start: Any = 0, end: Any = sys.maxsize) -> int | None:
    """Where `part` last stands in the slice from `start` to `end`, counted in the whole text."""
    found = str.rfind(*bounds) if (bounds := _bounds(value, part, start, end)) else -1
    return None if found < 0 else found


def matches(value: Any, pattern: Any) -> bool | None:
    """Whether the pattern occurs anywhere in the text."""
    if type(value) is not str or type(pattern) is not str or (compiled := _compiled(pattern)) is None:
        return None
    return compiled.search(utf8(value)) is not None


def _bounds(value: Any, part: Any, start: Any, end: Any) -> tuple[str, str, int, int] | None:
    if type(value) is not str or type(part) is not str or not value or not part:
        return None
    first, last = whole(start), whole(end)
    return None if first is None or last is None else (value, part, first, last)


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> Any | None:
    import re2  # at first use: most mappings have no pattern

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(utf8(pattern), options)
    except re2.error:
        return None


_STRINGS = (Parameter("text", ("string",)), Parameter("part", ("string",)))
_RANGE = (Parameter("start", ("number",), optional=True), Parameter("end", ("number",), optional=True))

FUNCTIONS: Final = (
    Function(
        name="find_first",
        parameters=(*_STRINGS, *_RANGE),
        returns=("number", "null"),
        doc="The position, from 0, where the part first occurs in the text or in its slice; null where it does not.",
        examples=(
            Example("find_first(email, '@')", {"email": "ana@acme.example"}, 3),
            Example("find_first(path, '/', `1`)", {"path": "/a/b/c"}, 2),
            Example("find_first(email, '@')", {"email": "ana"}, None),
            Example("find_first(email, '@')", {"email": 3}, None),
        ),
        group="text",
        call=find_first,
    ),
    Function(
        name="find_last",
        parameters=(*_STRINGS, *_RANGE),
        returns=("number", "null"),
        doc="The position, from 0, where the part last occurs in the text or in its slice; null where it does not.",
        examples=(
            Example("find_last(path, '/')", {"path": "/a/b/c"}, 4),
            Example("find_last(path, '/', `0`, `4`)", {"path": "/a/b/c"}, 2),
            Example("find_last(path, '')", {"path": "/a"}, None),
        ),
        group="text",
        call=find_last,
    ),
    Function(
        name="matches",
        parameters=(Parameter("text", ("string",)), Parameter("pattern", ("string",))),
        returns=("boolean", "null"),
        doc="Whether the regular expression (RE2 syntax) matches anywhere in the text; null where it is no pattern.",
        examples=(
            Example("matches(email, '@acme[.]example$')", {"email": "ana@acme.example"}, True),
            Example("matches(email, '^acme')", {"email": "ana@acme.example"}, False),
            Example("matches(email, '(')", {"email": "ana@acme.example"}, None),
            Example("matches(email, 'a')", {"email": 5}, None),
        ),
        group="text",
        call=matches,
    ),
)
