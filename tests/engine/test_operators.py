"""What each operator of the language gives, on single mappings that are loaded from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.language import body_of


class Case(NamedTuple):
    """The node of field ``v``, the properties, and what ``v`` is; ``...``: the field is left out."""

    node: str
    properties: dict[str, Any]
    given: Any


FALSY: list[Any] = [None, False, "", [], {}]
VALUES = [
    Case("a", {"a": 1}, 1),
    Case("a", {}, ...),
    Case("a", {"a": None}, ...),
    Case("a", {"a": False}, False),
    Case("a", {"a": ""}, ""),
    Case("a", {"a": {}}, {}),
    Case("a.b[1]", {"a": {"b": [1, 2]}}, 2),
    Case("12", {}, 12),
    Case("-2.5", {}, -2.5),
    Case("true", {}, True),
    Case("null", {}, ...),
    Case("{b: a, c: 3}", {"a": 1}, {"b": 1, "c": 3}),
    Case("{b: a}", {}, ...),
    Case("{b: {c: {d: a}}}", {}, ...),
    Case("{b: {c: {d: a}}, e: 1}", {}, {"e": 1}),
    Case("[a, b, 3]", {"a": 1}, [1, 3]),
    Case("[a]", {}, []),
    Case("[{b: a}, [a, [a]]]", {"a": 1}, [{"b": 1}, [1, [1]]]),
    Case("[{b: a}]", {}, []),
]
CONST = [
    Case("{$const: a.b}", {"a": {"b": 1}}, "a.b"),
    Case("{$const: 'no'}", {}, "no"),
    Case("{$const: no}", {}, "no"),
    Case("{$const: 2020-01-02}", {}, "2020-01-02"),
    Case("{$const: ''}", {}, ""),
    Case("{$const: {}}", {}, {}),
    Case("{$const: [a, {b: null}]}", {"a": 1}, ["a", {"b": None}]),
    Case("{$const: {$const: a}}", {}, {"$const": "a"}),
    Case("{$const: null}", {}, ...),
]
REFINED = [
    Case("{$from: a}", {"a": [1]}, [1]),
    Case("{$from: [a, 2], $is: array}", {"a": 1}, [1, 2]),
    Case("{$from: a, $as: string}", {"a": 42.0}, "42"),
    Case("{$from: a, $as: string}", {"a": " "}, ...),
    Case("{$from: a, $as: string}", {"a": True}, ...),
    Case("{$from: a, $as: number}", {"a": "$12.50"}, 12.5),
    Case("{$from: a, $as: number}", {"a": True}, ...),
    Case("{$from: a, $as: integer}", {"a": "12.0"}, 12),
    Case("{$from: a, $as: integer}", {"a": 12.5}, ...),
    Case("{$from: a, $as: boolean}", {"a": "FALSE"}, False),
    Case("{$from: a, $as: boolean}", {"a": 0}, ...),
    Case("{$from: a, $as: epoch_ms}", {"a": "2020-01-02"}, 1577923200000),
    Case("{$from: a, $as: epoch_ms}", {"a": "soon"}, ...),
    Case("{$from: a, $as: iso8601}", {"a": 1577923200}, "2020-01-02T00:00:00.000Z"),
    Case("{$from: a, $as: id}", {"a": 7}, "7"),
    Case("{$from: a, $as: id}", {"a": 7.5}, ...),
    Case("{$from: a, $as: first_word}", {"a": "Ada King Lovelace"}, "Ada"),
    Case("{$from: a, $as: other_words}", {"a": "Ada King Lovelace"}, "King Lovelace"),
    Case("{$from: a, $as: array}", {"a": []}, []),
    Case("{$from: a, $as: array}", {"a": {}}, ...),
    Case("{$from: a, $as: object}", {"a": {}}, {}),
    Case("{$from: a, $as: object}", {"a": "{}"}, ...),
    Case("{$from: a, $is: string}", {"a": ""}, ""),
    Case("{$from: a, $is: string}", {"a": 1}, ...),
    Case("{$from: a, $is: number}", {"a": "1"}, ...),
    Case("{$from: a, $is: number}", {"a": True}, ...),
    Case("{$from: a, $is: integer}", {"a": 1.5}, ...),
    Case("{$from: a, $is: boolean}", {"a": False}, False),
    Case("{$from: a, $is: object}", {"a": []}, ...),
    Case("{$from: a, $is: string, $as: number}", {"a": "5"}, 5),
    Case("{$from: a, $is: string, $as: number}", {"a": 5}, ...),
    Case("{$from: a, $default: b}", {"b": 2}, 2),
    Case("{$from: a, $default: b}", {"a": None, "b": None}, ...),
    Case("{$from: a, $default: 0}", {"a": False}, False),
    Case("{$from: a, $default: {$const: x}}", {"a": ""}, ""),
    Case("{$from: a, $default: {$const: x}}", {"a": 0}, 0),
    Case("{$from: a, $as: number, $default: 7}", {"a": "many"}, 7),
    Case("{$from: a, $is: number, $default: {$const: text}}", {"a": "1"}, "text"),
    Case("{$from: a, $default: {$first: [b, {c: d}]}}", {"d": 4}, {"c": 4}),
    Case("{$const: 5, $as: string}", {}, "5"),
    Case("{$first: [a, b], $as: number, $default: 1}", {"b": "2"}, 2),
    Case("{$if: a, $then: b, $as: string}", {"a": 1, "b": 2}, "2"),
    Case("{$from: a, $null: keep}", {}, None),
    Case("{$from: a, $null: keep}", {"a": 1}, 1),
    Case("{$from: a, $as: number, $null: keep}", {"a": "x"}, None),
    Case("{$from: a, $default: b, $null: keep}", {"b": 1}, 1),
    Case("{$const: null, $null: keep}", {}, None),
    Case("[{$from: a, $null: keep}, 1]", {}, [None, 1]),
    Case("{b: {$from: a, $null: keep}}", {}, {"b": None}),
    Case("{$from: a, $required: no a}", {"a": False}, False),
    Case("{$from: a, $required: no a}", {"a": ""}, ""),
    Case("{$from: a, $default: 3, $required: no a}", {}, 3),
]
CHOSEN = [
    Case("{$first: [a, b, c]}", {"b": 2, "c": 3}, 2),
    Case("{$first: [a, b]}", {"a": False, "b": 2}, False),
    Case("{$first: [a, b]}", {"a": "", "b": 2}, ""),
    Case("{$first: [a, b]}", {}, ...),
    Case("{$first: [{$from: a, $as: number}, {$const: b}]}", {"a": "x"}, "b"),
    Case("{$first: [{b: a}, {c: 1}]}", {}, {"c": 1}),
    Case("{$first: [{$first: [a, b]}, c]}", {"b": 2, "c": 3}, 2),
    Case("{$if: a, $then: 1, $else: 2}", {"a": "x"}, 1),
    Case("{$if: a, $then: 1, $else: 2}", {"a": 0}, 1),
    *(Case("{$if: a, $then: 1, $else: 2}", {"a": falsy}, 2) for falsy in FALSY),
    Case("{$if: a, $then: 1}", {}, ...),
    Case("{$if: a, $then: b, $else: 2}", {"a": 1}, ...),
    Case("{$if: \"a == 'x'\", $then: {b: a}, $else: [a]}", {"a": "x"}, {"b": "x"}),
    Case("{$if: \"a == 'x'\", $then: {b: a}, $else: [a]}", {"a": "y"}, ["y"]),
    Case("{$if: a, $then: {$if: b, $then: 1, $else: 2}, $else: 3}", {"a": 1}, 2),
]
MERGED = [
    Case("{$merge: a}", {"a": {"b": 1}}, {"b": 1}),
    Case("{$merge: a, b: c}", {"a": {"b": 1, "d": 2}, "c": 3}, {"b": 3, "d": 2}),
    Case("{$merge: a, b: c}", {"a": {"b": 1}}, {"b": 1}),
    Case("{$merge: a, b: {$from: c, $null: keep}}", {"a": {"b": 1}}, {"b": None}),
    Case("{$merge: [a, b]}", {"a": {"x": 1, "y": 1}, "b": {"y": 2}}, {"x": 1, "y": 2}),
    Case("{$merge: [b, a]}", {"a": {"x": 1, "y": 1}, "b": {"y": 2}}, {"y": 1, "x": 1}),
    Case("{$merge: [{y: a}, {y: b, z: 1}]}", {"a": 1}, {"y": 1, "z": 1}),
    Case("{$merge: a}", {"a": {"b": {"c": 1}}}, {"b": {"c": 1}}),
    Case("{$merge: [a, b]}", {"a": {"x": {"y": 1}}, "b": {"x": {"z": 2}}}, {"x": {"z": 2}}),
    *(Case("{$merge: a, b: 1}", {"a": junk}, {"b": 1}) for junk in (None, "text", 7, [1], True)),
    Case("{$merge: a}", {}, ...),
    Case("{$merge: {$if: a, $then: {b: 1}}, c: 2}", {}, {"c": 2}),
    Case("{$merge: {$first: [a, {b: 1}]}}", {}, {"b": 1}),
]


@pytest.mark.parametrize("case", [*VALUES, *CONST, *REFINED, *CHOSEN, *MERGED], ids=lambda case: str(case[:2]))
def test_operator(case: Case, tmp_path: Path) -> None:
    body = body_of(tmp_path, f"always: 1\nv: {case.node}", case.properties)
    expected = {"always": 1} if case.given is ... else {"always": 1, "v": case.given}
    assert repr(body) == repr(expected)


@pytest.mark.parametrize(
    ("node", "call"),
    [
        ("{$from: a, $required: no a here}", {}),
        ("{$from: a, $as: number, $required: no a here}", {"a": "x"}),
        ("{$from: a, $is: string, $required: no a here}", {"a": 1}),
        ("{$from: a, $default: b, $required: no a here}", {}),
        ("{$from: a, $required: no a here, $null: keep}", {}),
        ("{b: {c: [{$from: a, $required: no a here}]}}", {}),
        ("{$first: [b, {$from: a, $required: no a here}]}", {}),
        ("{$merge: {b: {$from: a, $required: no a here}}}", {}),
    ],
)
def test_required(node: str, call: dict[str, Any], tmp_path: Path) -> None:
    assert body_of(tmp_path, f"v: {node}", call) == "unmappable: no a here"


def test_required_where_it_is_not_reached(tmp_path: Path) -> None:
    node = "{$if: b, $then: {$from: a, $required: no a}, $else: 1}"
    assert body_of(tmp_path, f"v: {node}", {}) == {"v": 1}


def test_fields_keep_the_order_of_the_file(tmp_path: Path) -> None:
    body = body_of(tmp_path, "z: 1\na: 2\n$merge: m\nb: 3", {"m": {"k": 0, "a": 0}})
    assert list(body.items()) == [("k", 0), ("a", 2), ("z", 1), ("b", 3)]


def test_a_body_without_fields(tmp_path: Path) -> None:
    assert body_of(tmp_path, "v: a", {}) == "unmappable: the mapping gives no fields"


@pytest.mark.parametrize("junk", ["text", 7, [1]])
def test_a_body_that_is_no_object(junk: Any, tmp_path: Path) -> None:
    assert body_of(tmp_path, "$from: a", {"a": junk}) == "unmappable: the body is no object"


def test_merging_leaves_what_is_merged_as_it_is(tmp_path: Path) -> None:
    body = "one: {$merge: common, b: 2}\ntwo: common\nthree: {$merge: a, b: 3}\nfour: a"
    expected = {"one": {"b": 2}, "two": {"b": 1}, "three": {"b": 3}, "four": {"b": 0}}
    assert body_of(tmp_path, body, {"a": {"b": 0}}, let="common: {b: 1}") == expected
