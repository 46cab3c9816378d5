"""Nested objects as one level of dotted keys."""

from __future__ import annotations

from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter
from mapper.expressions.functions.scalar import is_blank, json_text, scalar_text


def unnest(value: Any) -> dict[str, Any] | None:
    """An object's leaves under dotted keys, in the order of the input; arrays are leaves.

    Nulls, empty objects, arrays that hold nothing but nulls, and empty names leave nothing. Where two leaves would bear
    one key, the less nested one wins (``{"a.b": 1}`` over ``{"a": {"b": 2}}``), then the first; a blank text yields.
    """
    if type(value) is not dict:
        return None
    flat: dict[str, Any] = {}
    below = False
    for name, item in value.items():
        kind = type(item)
        if kind is dict:
            below = True
            if name and not _spread(item, f"{name}.", flat):
                return _unnest_with_care(value)
        elif item is not None and name and (kind is not list or holds(item)):
            if below and name in flat:  # from below the top: else keys differ
                return _unnest_with_care(value)
            flat[name] = item
    return flat


def _spread(value: dict[str, Any], prefix: str, flat: dict[str, Any]) -> bool:
    """Add the leaves to `flat`; False, and that is of no use, where two of them bear one key."""
    for name, item in value.items():
        kind = type(item)
        if kind is dict:
            if name and not _spread(item, f"{prefix}{name}.", flat):
                return False
        elif item is not None and name and (kind is not list or holds(item)):
            key = prefix + name
            if key in flat:
                return False
            flat[key] = item
    return True


def _unnest_with_care(value: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    depths: dict[str, int] = {}  # of keys from below the top
    for key, item in value.items():
        kind = type(item)
        if kind is dict:
            if key:
                _descend(item, key, 2, flat, depths)
        elif item is None or not key or (kind is list and not holds(item)):
            pass
        elif not depths:  # nothing from below the top stands in the way
            flat[key] = item
        elif kind is not str or key not in flat or not is_blank(item):
            flat[key] = item
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
        if key in flat and depths.get(key, 1) <= depth and not _yields(flat[key]):
            continue
        if type(item) is not list or holds(item):
            flat[key] = item
            depths[key] = depth


def flatten(value: Any) -> dict[str, Any] | None:
    """As :func:`unnest`, with arrays as text, as :func:`to_text` makes it."""
    flat = unnest(value)
    if flat is None:
        return None
    return {key: _array_text(item) if type(item) is list else item for key, item in flat.items()}


def to_text(value: Any) -> str | None:
    """The text of a scalar; an array of scalars as their texts joined by ``,``; an array of more as JSON text."""
    return _array_text(value) if type(value) is list else scalar_text(value)


def _yields(value: Any) -> bool:
    return type(value) is str and is_blank(value)


def holds(items: list[Any]) -> bool:
    """Whether there is something in an array other than nulls."""
    return any(item is not None for item in items)


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
    Function(
        name="unnest",
        parameters=(Parameter("object", ("object",)),),
        returns=("object", "null"),
        doc="An object's leaves under dotted keys, arrays left as they are.",
        examples=(
            Example("unnest(@)", {"plan": {"tier": "gold", "tags": ["a"]}}, {"plan.tier": "gold", "plan.tags": ["a"]}),
            Example("unnest(@)", {"none": None, "empty": {}, "nulls": [None], "": 1}, {}),
            Example("unnest(@)", "text", None),
        ),
        group="objects",
        call=unnest,
    ),
    Function(
        name="to_text",
        parameters=(Parameter("any", ("any",)),),
        returns=("string", "null"),
        doc="A scalar as text, an array of scalars joined by commas, an array of more as JSON text.",
        examples=(
            Example("to_text(@)", 42.0, "42"),
            Example("to_text(@)", False, "false"),
            Example("to_text(@)", ["a", 2, None, True], "a,2,true"),
            Example("to_text(@)", [{"id": 1}], '[{"id":1}]'),
            Example("to_text(@)", None, None),
            Example("to_text(@)", {"a": 1}, None),
        ),
        group="text",
        call=to_text,
    ),
)
