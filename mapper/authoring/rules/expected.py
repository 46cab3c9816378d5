"""What a schema asks of a value, in an author's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import jsonschema_rs

from mapper.authoring.schemas import Schema
from mapper.authoring.shape_words import word

_KINDS: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_MAX_CHOICES: Final = 8


def accepts(schema: Schema, value: Any) -> bool:
    """Whether a value fits a schema; True where the schema itself can't be used."""
    try:
        return jsonschema_rs.Draft202012Validator(dict(schema)).is_valid(value)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return True


def accepts_kind(schema: Schema, kind: str) -> bool:
    """Whether values of a JSON type may fit at all, as far as `type`, `const`, `enum` and `allOf` say."""
    types = schema.get("type")
    if types is not None and kind not in ([types] if isinstance(types, str) else types):
        return False
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None and kind not in map(kind_of, choices):
        return False
    return all(accepts_kind(part, kind) for part in schema.get("allOf", ()) if isinstance(part, dict))


def kind_of(value: Any) -> str:
    """The JSON type of a value; ``number`` for every number."""
    kinds: tuple[tuple[type, str], ...] = ((bool, "boolean"), (str, "string"), (list, "array"), (dict, "object"))
    if value is None:
        return "null"
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def shown(value: Any) -> str:
    """A value: texts in backticks, numbers as they are, the kind of anything larger."""
    if isinstance(value, str):
        return f"the text {word(value)}" if value else "an empty text"
    return _KINDS[kind_of(value)] if isinstance(value, list | dict) else json.dumps(value)


def wanted(schema: Schema, fits: Callable[[Schema], bool]) -> str:
    """What a schema asks for, of several parts the first that is not fulfilled.

    Args:
        schema: One that the value does not fit.
        fits: Whether the value fits a part of it.
    """
    for part in schema.get("allOf", ()):
        if isinstance(part, dict) and not fits(part):
            return wanted(part, fits)
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return _one_of(schema["enum"])
    types = schema.get("type")
    names = [types] if isinstance(types, str) else list(types or ())
    if not names:
        return "something else"
    what = " or ".join(_KINDS[name] for name in names)
    limits = _limits(schema) if fits({"type": types}) else ""
    return f"{what} {limits}" if limits else what


def _one_of(choices: list[Any]) -> str:
    texts = [word(choice) if isinstance(choice, str) else json.dumps(choice) for choice in choices]
    more = ["…"] if len(texts) > _MAX_CHOICES else []
    if len(texts) > 1:
        return f"one of {', '.join([*texts[:_MAX_CHOICES], *more])}"
    return texts[0] if texts else "nothing"


_LIMITS: Final[Mapping[str, str]] = {
    "pattern": "that matches `{}`",
    "format": "in the form `{}`",
    "minLength": "of at least {} characters",
    "maxLength": "of at most {} characters",
    "minimum": "not below {}",
    "maximum": "not above {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "multipleOf": "divisible by {}",
    "minItems": "of at least {} items",
    "maxItems": "of at most {} items",
}


def _limits(schema: Schema) -> str:
    if schema.get("minLength") == 1:
        schema = {**schema, "minLength": None}
        found = ["that is not empty"]
    else:
        found = []
    found += [text.format(schema[key]) for key, text in _LIMITS.items() if schema.get(key) is not None]
    return " and ".join(found)
