"""Objects: their keys and values, parts of them, and what is left."""

from __future__ import annotations

from typing import Any, Final

from mapper.expressions.functions.model import Example, Function, Parameter


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if type(value) is dict else {}


def entries(value: Any) -> list[dict[str, Any]] | None:
    """One ``{"key": ..., "value": ...}`` for each key."""
    return [{"key": key, "value": item} for key, item in value.items()] if type(value) is dict else None


def items(value: Any) -> list[list[Any]] | None:
    """One ``[key, value]`` for each key."""
    return [[key, item] for key, item in value.items()] if type(value) is dict else None


def from_items(value: Any) -> dict[str, Any] | None:
    """The object of ``[key, value]`` pairs; of equal keys the last wins."""
    if type(value) is not list:
        return None
    if any(type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str for pair in value):
        return None
    return dict(value)


def omit(value: Any, *keys: Any) -> dict[str, Any] | None:
    """The object without the keys; ``a.b`` names the key itself, else `b` inside `a`. A null key omits nothing."""
    names = _names(tuple(key for key in keys if key is not None))  # so that omit(traits, if(c, 'id')) can be written
    if type(value) is not dict or names is None:
        return None
    kept = dict(value)
    fresh = {id(kept)}  # objects made here, which may be changed
    for name in names:
        route = route_to(value, name)
        if route is not None:
            _remove(kept, route, fresh)
    return kept


def pick(value: Any, *keys: Any) -> dict[str, Any] | None:
    """The object with only these keys, in the order asked for; ``a.b`` names the key itself, else `b` inside `a`."""
    names = _names(keys)
    if type(value) is not dict or names is None:
        return None
    picked: dict[str, Any] = {}
    for name in names:
        route = route_to(value, name)
        if route is not None:
            _graft(picked, value, route)
    return picked


def compact(value: Any) -> dict[str, Any] | list[Any] | None:
    """An array or object without its nulls, not looking inside its values."""
    if type(value) is dict:
        return {key: item for key, item in value.items() if item is not None}
    return [item for item in value if item is not None] if type(value) is list else None


def scalars(value: Any) -> dict[str, Any] | None:
    """The object with only the keys whose value is a string, number or boolean."""
    if type(value) is not dict:
        return None
    return {key: item for key, item in value.items() if type(item) in _SCALARS}


def route_to(value: dict[str, Any], path: str) -> tuple[str, ...] | None:
    """The keys that lead to what a dotted path names, or None where nothing stands there.

    At each level the rest of the path is tried as one literal key first, then parted at its first dot.
    """
    route: list[str] = []
    level: Any = value
    while type(level) is dict:
        if path in level:
            return (*route, path)
        head, dot, path = path.partition(".")
        if not dot:
            return None
        route.append(head)
        level = level.get(head)
    return None


_SCALARS: Final = frozenset({str, int, float, bool})


def _names(keys: tuple[Any, ...]) -> list[str] | None:
    """The names in a mix of strings and arrays of strings; None where anything else is among them."""
    names: list[str] = []
    for key in keys:
        if type(key) is str:
            names.append(key)
        elif type(key) is list and all(type(name) is str for name in key):
            names += key
        else:
            return None
    return names


def _remove(level: dict[str, Any], route: tuple[str, ...], fresh: set[int]) -> None:
    """Take the end of the route out of a copy, copying what lies on the way unless that was done before."""
    for key in route[:-1]:
        if key not in level:  # a name before took the whole branch
            return
        if id(level[key]) not in fresh:
            level[key] = dict(level[key])
            fresh.add(id(level[key]))
        level = level[key]
    level.pop(route[-1], None)


def _graft(picked: dict[str, Any], value: dict[str, Any], route: tuple[str, ...]) -> None:
    for key in route[:-1]:
        value = value[key]
        if picked.get(key) is value:  # the whole branch is there already
            return
        picked = picked.setdefault(key, {})
    picked[route[-1]] = value[route[-1]]


_OBJECT = (Parameter("object", ("object",)),)
_KEYED = (*_OBJECT, Parameter("keys", ("string", "array"), variadic=True))

FUNCTIONS: Final = (
    Function(
        name="object",
        parameters=(Parameter("value", ("any",)),),
        returns=("object",),
        doc="The value where it is an object, else an empty object.",
        examples=(
            Example("object(traits)", {"traits": {"a": 1}}, {"a": 1}),
            Example("object(traits)", {"traits": []}, {}),
            Example("object(traits)", {}, {}),
        ),
        group="objects",
        call=as_object,
    ),
    Function(
        name="entries",
        parameters=_OBJECT,
        returns=("array", "null"),
        doc="The object as an array of `{key, value}`, which filters and projections can work on.",
        examples=(
            Example("entries(@)", {"a": 1}, [{"key": "a", "value": 1}]),
            Example("entries(@)[?value > `1`].key", {"a": 1, "b": 2}, ["b"]),
            Example("entries(@)", [1], None),
        ),
        group="objects",
        call=entries,
    ),
    Function(
        name="items",
        parameters=_OBJECT,
        returns=("array", "null"),
        doc="The object as an array of `[key, value]` pairs.",
        examples=(
            Example("items(@)", {"a": 1, "b": 2}, [["a", 1], ["b", 2]]),
            Example("items(@)", None, None),
        ),
        group="objects",
        call=items,
    ),
    Function(
        name="from_items",
        parameters=(Parameter("pairs", ("array",)),),
        returns=("object", "null"),
        doc="The object of an array of `[key, value]` pairs; of equal keys the last wins.",
        examples=(
            Example("from_items(@)", [["a", 1], ["b", 2], ["a", 3]], {"a": 3, "b": 2}),
            Example("from_items(@)", [["a"]], None),
        ),
        group="objects",
        call=from_items,
    ),
    Function(
        name="omit",
        parameters=(*_OBJECT, Parameter("keys", ("string", "array", "null"), variadic=True)),
        returns=("object", "null"),
        doc="The object without these keys; null omits none; a dotted key reaches inside where it is no key itself.",
        examples=(
            Example("omit(@, 'b', 'c')", {"a": 1, "b": 2, "c": 3}, {"a": 1}),
            Example("omit(@, 'plan.seats')", {"plan": {"tier": "x", "seats": 3}}, {"plan": {"tier": "x"}}),
            Example('omit(@, `["a"]`)', {"a": 1, "b": 2}, {"b": 2}),
            Example("omit(@, if(b == `9`, 'b'))", {"a": 1, "b": 2}, {"a": 1, "b": 2}),
            Example("omit(@, 'a')", [1], None),
        ),
        group="objects",
        call=omit,
    ),
    Function(
        name="pick",
        parameters=_KEYED,
        returns=("object", "null"),
        doc="The object with only these keys; a dotted key reaches inside where it is no key itself.",
        examples=(
            Example("pick(@, 'c', 'a')", {"a": 1, "b": 2, "c": 3}, {"c": 3, "a": 1}),
            Example("pick(@, 'plan.seats', 'x')", {"plan": {"tier": "x", "seats": 3}}, {"plan": {"seats": 3}}),
            Example("pick(@, `null`)", {"a": 1}, None),
        ),
        group="objects",
        call=pick,
    ),
    Function(
        name="compact",
        parameters=(Parameter("value", ("array", "object")),),
        returns=("array", "object", "null"),
        doc="The array or object without its nulls, not looking inside its values.",
        examples=(
            Example("compact(@)", {"a": None, "b": False}, {"b": False}),
            Example("compact([a, b])", {"a": None, "b": ""}, [""]),
            Example("compact(@)", "text", None),
        ),
        group="objects",
        call=compact,
    ),
    Function(
        name="scalars",
        parameters=_OBJECT,
        returns=("object", "null"),
        doc="The object with only those keys whose value is a string, number or boolean.",
        examples=(
            Example("scalars(@)", {"a": 1, "b": [1], "c": None, "d": False}, {"a": 1, "d": False}),
            Example("scalars(@)", ["a"], None),
        ),
        group="objects",
        call=scalars,
    ),
)
