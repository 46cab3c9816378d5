"""What holds for every function of ours, whatever it is given."""

from __future__ import annotations

import copy
import math
import time
from functools import cache
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.base import json
from mapper.expressions.functions import FUNCTIONS, Function
from mapper.expressions.functions.convert import CONVERSIONS, KINDS
from mapper.expressions.functions.objects import route_to

_OURS = [function for function in FUNCTIONS.values() if not function.standard]

_MOMENTS = ["2024-07-01T10:40:05.891Z", "2020-02-30", "20200102T030405Z", "Thu, 02 Jan 2020 03:04:05 EST", "1577934245"]
_TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),  # lone surrogates too
    st.sampled_from(
        ["", " ", "a", "a.b", "{}", "{{}}", "(", "a+b?", "string", "true", "$1.50", "firstName", *_MOMENTS]
    ),
)
_NUMBERS = st.one_of(
    st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 12), st.just(10**400),
    st.just(10**12),
)  # fmt: skip
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXTS, inner, max_size=4)),
    max_leaves=6,
)
_FITTING: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "any": _JSON,
    "string": _TEXTS,
    "number": _NUMBERS,
    "array": st.one_of(st.lists(_JSON, max_size=4), st.lists(st.tuples(_TEXTS, _JSON).map(list), max_size=4)),
    "object": st.dictionaries(_TEXTS, _JSON, max_size=4),
    "expref": st.sampled_from([jmespath.search(text, None) for text in ("&a", "&@", "&'x'", "&`1`")]),
}


@cache
def _argument(types: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Mostly a fitting one, sometimes anything."""
    fitting = st.one_of([_FITTING[name] for name in types])
    return st.one_of(fitting, fitting, fitting, _JSON)


def _types(function: Function, count: int) -> list[tuple[str, ...]]:
    """What fits each of `count` arguments."""
    types: list[tuple[str, ...]] = [parameter.types for parameter in function.parameters]
    return [*types, *[types[-1]] * count][:count]


@cache
def _arguments(name: str) -> st.SearchStrategy[list[Any]]:
    """A legal number of arguments for the function of that name."""
    function = FUNCTIONS[name]
    counts = range(function.min_args, (function.max_args or function.min_args + 2) + 1)
    return st.one_of([st.tuples(*map(_argument, _types(function, count))).map(list) for count in counts])


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool | int)


def _snapshot(arguments: list[Any]) -> list[Any]:
    return [copy.deepcopy(argument) if _is_json(argument) else argument for argument in arguments]


@pytest.mark.parametrize("function", _OURS, ids=lambda function: function.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_gives_json_and_never_raises(function: Function, data: st.DataObject) -> None:
    arguments = data.draw(_arguments(function.name))
    before = _snapshot(arguments)
    begun = time.process_time()

    found = function.call(*arguments)

    assert time.process_time() - begun < 5.0, "it takes ages"
    assert _is_json(found)
    assert repr(arguments) == repr(before)


@pytest.mark.parametrize("function", _OURS, ids=lambda function: function.name)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_null_for_a_needed_argument_gives_null(function: Function, data: st.DataObject) -> None:
    arguments = data.draw(_arguments(function.name))
    typed = [at for at, types in enumerate(_types(function, len(arguments))) if not {"any", "null"} & set(types)]
    if not typed:
        arguments = [None] * len(arguments)
    else:
        arguments[data.draw(st.sampled_from(typed))] = None

    assert function.call(*arguments) in (
        None,
        {} if function.name == "object" else None,
        function.name != "is_iso_date",
    )


@pytest.mark.parametrize("name", CONVERSIONS)
@settings(max_examples=40, deadline=None)
@given(value=_JSON)
def test_conversion_gives_its_type_or_null(name: str, value: Any) -> None:
    found = CONVERSIONS[name](value)

    kind = {
        "epoch_ms": "integer", "iso8601": "string", "id": "string", "first_word": "string", "other_words": "string",
    }.get(name, name)  # fmt: skip
    assert found is None or KINDS[kind](found)
    if found is not None and name not in ("epoch_ms", "other_words"):
        assert CONVERSIONS[name](found) == found  # what is converted already stays


@settings(max_examples=40, deadline=None)
@given(value=_JSON)
def test_a_value_is_of_the_type_jmespath_names(value: Any) -> None:
    kinds = {name for name, kind in KINDS.items() if kind(value)}

    assert kinds - {"integer"} == {jmespath.search("type(@)", value)} - {"null"}
    assert kinds != {"integer"}


@settings(max_examples=50, deadline=None)
@given(value=st.dictionaries(_TEXTS, _JSON, max_size=4))
def test_flatten_leaves_only_named_scalars_and_is_done_once(value: dict[str, Any]) -> None:
    flat = FUNCTIONS["flatten"].call(value)

    assert "" not in flat
    assert not [item for item in flat.values() if item is None or isinstance(item, list | dict)]
    assert FUNCTIONS["flatten"].call(flat) == flat


@settings(max_examples=50, deadline=None)
@given(value=st.dictionaries(_TEXTS, _JSON, max_size=4), data=st.data())
def test_pick_and_omit_part_an_object(value: dict[str, Any], data: st.DataObject) -> None:
    names = list(value) + [f"{key}.{inner}" for key, item in value.items() if isinstance(item, dict) for inner in item]
    name = data.draw(st.sampled_from(names)) if names else "none"

    picked, left = FUNCTIONS["pick"].call(value, name), FUNCTIONS["omit"].call(value, name)

    assert (route_to(picked, name) is None) == (route_to(value, name) is None)
    route = route_to(value, name)
    assert route is None or _at(picked, route) == _at(value, route)
    assert route is None or route_to(left, name) != route
    assert list(left) == [key for key in value if route is None or route != (key,)]


@settings(max_examples=40, deadline=None)
@given(value=st.dictionaries(_TEXTS, _JSON, max_size=4))
def test_items_and_from_items_undo_each_other(value: dict[str, Any]) -> None:
    assert FUNCTIONS["from_items"].call(FUNCTIONS["items"].call(value)) == value


@settings(max_examples=40, deadline=None)
@given(text=_TEXTS, separator=_TEXTS, count=st.integers(0, 5))
def test_split_loses_nothing(text: str, separator: str, count: int) -> None:
    parts = FUNCTIONS["split"].call(text, separator, count)

    assert separator.join(parts) == text
    assert len(parts) <= count + 1


def test_numbers_in_text_are_written_as_in_the_body() -> None:
    for number in (1, -7, 2.5, 1e-7, 10**30):
        assert FUNCTIONS["format"].call("{}", number) == json.encode(number).decode()


def _at(value: Any, route: tuple[str, ...]) -> Any:
    for key in route:
        value = value[key]
    return value
