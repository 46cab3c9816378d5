"""The registry: every function documented, its examples true, the standard ones in step with jmespath."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jmespath
import pytest
from jmespath.functions import Functions

from mapper.base import json
from mapper.expressions.functions import FUNCTIONS, Example, Function
from tests.support import reference

_EXAMPLES = [(function, example) for function in FUNCTIONS.values() for example in function.examples]
_OURS = [function for function in FUNCTIONS.values() if not function.standard]
_STANDARD = [function for function in FUNCTIONS.values() if function.standard]


def _name(value: object) -> str | None:
    return value.name if isinstance(value, Function) else value.expression if isinstance(value, Example) else None


@pytest.mark.parametrize(("function", "example"), _EXAMPLES, ids=_name)
def test_example_is_true(function: Function, example: Example) -> None:
    found = reference.search(example.expression, example.given)

    assert json.encode(found) == json.encode(example.gives)  # 1, 1.0 and true are not the same
    assert f"{function.name}(" in example.expression


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=_name)
def test_function_is_documented(function: Function) -> None:
    assert FUNCTIONS[function.name] is function
    assert len(function.examples) >= 2
    assert function.doc.endswith(".")
    assert "\n" not in function.doc
    assert len(function.doc) <= 110
    names = [parameter.name for parameter in function.parameters]
    assert len(set(names)) == len(names)
    assert not any(parameter.variadic for parameter in function.parameters[:-1])


@pytest.mark.parametrize("function", _OURS, ids=_name)
def test_an_example_of_ours_shows_what_does_not_fit(function: Function) -> None:
    assert any(example.gives in (None, False, {}) for example in function.examples)


def test_signatures_read_well() -> None:
    assert FUNCTIONS["id"].signature == "id(any...) -> string|null"
    assert FUNCTIONS["if"].signature == "if(any, any, any?) -> any"
    assert FUNCTIONS["omit"].signature == "omit(object, string|array|null...) -> object|null"
    assert FUNCTIONS["sort_by"].signature == "sort_by(array, expref) -> array"


def test_argument_counts() -> None:
    assert [(FUNCTIONS[name].min_args, FUNCTIONS[name].max_args) for name in ("if", "id", "format", "find_first")] == [
        (2, 3),
        (1, None),
        (1, None),
        (2, 4),
    ]


def test_every_function_of_jmespath_is_there() -> None:
    assert {function.name for function in _STANDARD} == set(Functions.FUNCTION_TABLE)
    assert len(_STANDARD) == 26


@pytest.mark.parametrize("function", _STANDARD, ids=_name)
def test_signature_of_a_standard_function_is_jmespaths(function: Function) -> None:
    theirs = Functions.FUNCTION_TABLE[function.name]["signature"]

    assert [set(parameter.types) for parameter in function.parameters] == [
        {name.partition("-")[0] for name in argument["types"]} or {"any"} for argument in theirs
    ]
    assert [parameter.variadic for parameter in function.parameters] == [
        argument.get("variadic", False) for argument in theirs
    ]


_RECORDS = [{"a": 1}, {"a": "b"}]


@pytest.mark.parametrize(
    ("name", "arguments", "expression"),
    [
        ("abs", ["a"], "abs('a')"),
        ("abs", [1, 2], "abs(`1`, `2`)"),
        ("merge", [], "merge()"),
        ("join", [",", [1]], "join(',', `[1]`)"),
        ("contains", ["a", 1], "contains('a', `1`)"),
        ("sort_by", [_RECORDS, jmespath.search("&a", None)], "sort_by(@, &a)"),
    ],
)
def test_errors_of_a_standard_function_are_jmespaths(name: str, arguments: list[Any], expression: str) -> None:
    with pytest.raises((ValueError, TypeError)) as theirs:
        jmespath.search(expression, _RECORDS)

    with pytest.raises(type(theirs.value)) as ours:
        FUNCTIONS[name].call(*arguments)

    assert str(ours.value) == str(theirs.value)


def test_registry_does_not_import_the_regular_expression_engine() -> None:
    code = "import sys, mapper.expressions.functions; print('re2' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "False\n"
