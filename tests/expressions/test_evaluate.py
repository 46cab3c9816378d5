"""Compiled expressions give what jmespath gives, its oddities included."""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

import jmespath
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jmespath import exceptions

from mapper.expressions.evaluate import compile_expression, search
from mapper.expressions.parse import Node, parse

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2).map(lambda number: round(number, 1))
    | st.sampled_from(["", "a", "b", "ab"])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), inner, max_size=4)
    ),
    max_leaves=12,
)
names = st.sampled_from(["a", "b", "c", '"d"'])
literals = st.sampled_from(["'a'", "''", "`1`", "`0`", "`null`", "`true`", "`[1, 2]`", '`{"a": 1}`', "`-1.5`"])


def _compose(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda pair: f"{pair[0]} || {pair[1]}"),
        two.map(lambda pair: f"{pair[0]} && {pair[1]}"),
        two.map(lambda pair: f"{pair[0]} | {pair[1]}"),
        st.tuples(inner, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner).map(" ".join),
        inner.map(lambda text: f"!{text}"),
        inner.map(lambda text: f"({text})"),
        st.tuples(inner, names).map(lambda pair: f"{pair[0]}.{pair[1]}"),
        st.tuples(inner, st.integers(-2, 2)).map(lambda pair: f"{pair[0]}[{pair[1]}]"),
        st.tuples(inner, st.sampled_from(["[1:]", "[::-1]", "[:2:1]", "[::0]"])).map("".join),
        st.tuples(inner, names).map(lambda pair: f"{pair[0]}[*].{pair[1]}"),
        st.tuples(inner, names).map(lambda pair: f"{pair[0]}.*.{pair[1]}"),
        st.tuples(inner, inner, names).map(lambda each: f"{each[0]}[?{each[1]}].{each[2]}"),
        inner.map(lambda text: f"{text}[]"),
        two.map(lambda pair: f"[{pair[0]}, {pair[1]}]"),
        two.map(lambda pair: f"{{x: {pair[0]}, y: {pair[1]}}}"),
        st.tuples(
            st.sampled_from(["length", "keys", "values", "type", "to_string", "sum", "reverse", "nope"]), inner
        ).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(st.sampled_from(["sort_by", "max_by"]), inner, names).map(
            lambda each: f"{each[0]}({each[1]}, &{each[2]})"
        ),
        two.map(lambda pair: f"not_null({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"merge({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"contains({pair[0]}, {pair[1]})"),
        inner.map(lambda text: f"contains({text})"),
    )


expressions = st.recursive(names | literals | st.just("@"), _compose, max_leaves=8)


def outcome(run: Any) -> tuple[str, Any]:
    """The result, or the class of the error. Types count: 1, 1.0 and true differ."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = run()
    except (ValueError, TypeError, OverflowError) as error:
        return "error", type(error)
    return "result", re.sub(r" at 0x[0-9a-f]+", "", repr(result))


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(expressions, values)
def test_agrees_with_jmespath(expression: str, value: Any) -> None:
    assert outcome(lambda: search(expression, value)) == outcome(lambda: jmespath.search(expression, value))


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab.[]{}()*@&|!=<>?,:'\"`1- \\", max_size=14))
def test_refuses_what_jmespath_refuses(expression: str) -> None:
    expected = outcome(lambda: jmespath.search(expression, {"a": {"b": [1, {"a": 2}]}}))
    assert outcome(lambda: search(expression, {"a": {"b": [1, {"a": 2}]}})) == expected


def places(node: Node, text: str) -> list[tuple[str, str]]:
    found = [(node.kind, text[node.start : node.end])]
    for child in node.children:
        found += places(child, text)
    return found


def test_every_node_knows_its_place() -> None:
    text = "f(a.b, x[0], y[1:2]) || c[?d == 'e'].{k: g}"
    found = places(parse(text), text)
    assert found == [
        ("or_expression", text),
        ("function_expression", "f(a.b, x[0], y[1:2])"),
        ("subexpression", "a.b"),
        ("field", "a"),
        ("field", "b"),
        ("index_expression", "x[0]"),
        ("field", "x"),
        ("index", "[0]"),
        ("projection", "y[1:2]"),
        ("index_expression", "y[1:2]"),
        ("field", "y"),
        ("slice", "[1:2]"),
        ("identity", "y[1:2]"),
        ("filter_projection", "c[?d == 'e'].{k: g}"),
        ("field", "c"),
        ("multi_select_dict", "{k: g}"),
        ("key_val_pair", "{k: g}"),
        ("field", "g"),
        ("comparator", "d == 'e'"),
        ("field", "d"),
        ("literal", "'e'"),
    ]


def test_names_the_place_of_a_run_time_error() -> None:
    with pytest.raises(exceptions.JMESPathTypeError) as caught:
        search("a || length(b)", {"b": 1})
    assert caught.value.__dict__["at"] == (5, 14)


def test_if_evaluates_only_the_branch_it_needs() -> None:
    assert search("if(type(a) == 'array', length(a), 'none')", {"a": 1}) == "none"
    assert search("if(a, 'yes')", {"a": 0}) == "yes"
    assert search("if(b, 'yes')", {"a": 0}) is None


def test_own_functions_check_their_number_of_arguments() -> None:
    with pytest.raises(exceptions.ArityError):
        search("sha256(a, b)", {})
    with pytest.raises(exceptions.VariadictArityError):
        search("id()", {})


def test_expressions_can_be_kept() -> None:
    assert compile_expression("a.b").search({"a": {"b": math.pi}}) == math.pi
