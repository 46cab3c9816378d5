"""How the shape check names keys and values in its messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mapper.records.diagnostic import Route

_MAX_SHOWN = 40
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "boolean": "true or false",
}
_PLAIN_KEY = re.compile(r"[\w$-]+")


def path(route: Route) -> str:
    """A route as people write it: ``skip[0].when``; "" for the whole file."""
    text = ""
    for step in route:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step) and len(step) <= _MAX_SHOWN:
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


def word(text: str) -> str:
    """A text from the file in backticks, on one line and of bounded length."""
    plain = text.isprintable() and "`" not in text and text.strip() == text != "" and len(text) <= _MAX_SHOWN
    return f"`{text if plain else _quoted(text)}`"


def words(texts: Iterable[str], joint: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``, each in backticks."""
    shown = [word(text) for text in texts]
    return f" {joint} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def kind(value: Any) -> str:
    """What a value is, in an author's words; never the value itself."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "text" if value.strip() else "empty text" if not value else "blanks"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return "keys and values"


def number(value: float) -> str:
    """A number or truth value as it is, where it is short."""
    shown = str(value)
    return shown if len(shown) <= _MAX_SHOWN else "a long number"


def expected(schema: Mapping[str, Any]) -> str:
    """What a schema asks for: ``expected a list of call types``."""
    if "errorMessage" in schema:
        return str(schema["errorMessage"])
    if schema.get("type") == "object":
        needed: Sequence[str] = schema.get("required", ())
        keys = f"the key{'s' if len(needed) > 1 else ''} {words(needed)}" if needed else "keys and values"
        return f"expected {keys}"
    return f"expected {type_name(schema['type'])}"


def type_name(name: str) -> str:
    """What a value of a type of JSON Schema is: ``a whole number``."""
    return _TYPES[name]


def _quoted(text: str) -> str:
    """As a JSON string, backticks told from our own."""
    cut = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
    return json.dumps(cut, ensure_ascii=not cut.isprintable()).replace("`", "'")
