"""Nested objects as one level of dotted keys."""

from __future__ import annotations

from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import json_text, scalar_text


def flatten(value: Any) -> dict[str, Any] | None:
    """An object's leaves under dotted keys, in the order of the input.

    Strings, numbers and booleans stay as they are; an array of scalars becomes their texts joined by ``,``, nulls left
    out; an array that holds an object or array becomes compact JSON text. Nulls, empty objects, empty arrays and empty
    names leave nothing. Where two leaves would bear one key, the less nested one wins (``{"a.b": 1}`` over
    ``{"a": {"b": 2}}``), then the first.
    """
    if type(value) is not dict:
        return None
    flat: dict[str, Any] = {}
    depths: dict[str, int] = {}  # of keys from below the top
    for key, item in value.items():
        kind = type(item)
        if item is None or not key:
            continue
        if kind is dict:
            _descend(item, key, 2, flat, depths)
            continue
        if kind is list:
            item = _array_text(item)
            if item is None:
                continue
        flat[key] = item
        if depths:
            depths.pop(key, None)
    return flat


def _descend(value: dict[str, Any], prefix: str, depth: int, flat: dict[str, Any], depths: dict[str, int]) -> None:
    for name, item in value.items():
        if item is None or not name:
            continue
        key = f"{prefix}.{name}"
        if type(item) is dict:
            _descend(item, key, depth + 1, flat, depths)
            continue
        if key in flat and depths.get(key, 1) <= depth:
            continue
        leaf = _array_text(item) if type(item) is list else item
        if leaf is not None:
            flat[key] = leaf
            depths[key] = depth


def _array_text(items: list[Any]) -> str | None:
    for item in items:
        if type(item) is dict or type(item) is list:
            return json_text(items)
    texts = [text for item in items if (text := scalar_text(item)) is not None]
    return ",".join(texts) if texts else None


FUNCTIONS: Final = (
    Function(
        name="flatten",
        parameters=(Parameter("object", ("object",)),),
        returns=("object", "null"),
        doc="An object's leaves under dotted keys: scalar arrays joined by commas, arrays of more as JSON text.",
        examples=(
            Example("flatten(@)", {"plan": {"tier": "gold", "seats": 3}}, {"plan.tier": "gold", "plan.seats": 3}),
            Example("flatten(@)", {"tags": ["a", 2, None, True]}, {"tags": "a,2,true"}),
            Example("flatten(@)", {"items": [{"id": 1}, [2]]}, {"items": '[{"id":1},[2]]'}),
            Example("flatten(@)", {"plan": {"tier": "b"}, "plan.tier": "a"}, {"plan.tier": "a"}),
            Example("flatten(@)", {"none": None, "empty": {}, "": 1}, {}),
            Example("flatten(@)", "text", None),
        ),
        group="objects",
        call=flatten,
    ),
)
