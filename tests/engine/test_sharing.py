"""Sharing an object out: what fields take of it, and what is left."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

import pytest

from tests.support.language import body_of

BOTH = "$spell: [camelCase, snake_case]\n"


class Case(NamedTuple):
    """Fields beside ``$share`` and ``$rest: {rest: rest}``, the shared object, and what comes of it."""

    what: str
    fields: str
    shared: Any
    given: dict[str, Any]


CASES = [
    Case("one key", "x: {$take: a}", {"a": 1, "b": 2}, {"x": 1, "rest": {"b": 2}}),
    Case("a key that is not there", "x: {$take: c}", {"a": 1}, {"rest": {"a": 1}}),
    Case("a key of null", "x: {$take: a}", {"a": None}, {"rest": {"a": None}}),
    Case("a key of false", "x: {$take: a}", {"a": False}, {"x": False, "rest": {}}),
    Case("the first of several", "x: {$take: [a, b]}", {"b": 2, "a": 1}, {"x": 1, "rest": {"b": 2}}),
    Case("the second of several", "x: {$take: [a, b]}", {"a": None, "b": 2}, {"x": 2, "rest": {"a": None}}),
    Case(
        "two fields of one key", "x: {$take: a}\ny: {$take: a, $as: string}", {"a": 1}, {"x": 1, "y": "1", "rest": {}}
    ),
    Case("a conversion that fails", "x: {$take: a, $as: number}", {"a": "many"}, {"rest": {"a": "many"}}),
    Case("a type that is another", "x: {$take: a, $is: string}", {"a": 1}, {"rest": {"a": 1}}),
    Case(
        "the first that can be converted",
        "x: {$take: [a, b, c], $as: number}",
        {"a": "many", "b": "2", "c": 3},
        {"x": 2, "rest": {"a": "many", "c": 3}},
    ),
    Case("one of two fields fails", "x: {$take: a, $as: number}\ny: {$take: a}", {"a": "b"}, {"y": "b", "rest": {}}),
    Case(
        "a losing alternative",
        "x: {$first: [{$take: a, $as: number}, {$take: b}, {$take: c}]}",
        {"a": "many", "b": 2, "c": 3},
        {"x": 2, "rest": {"a": "many", "c": 3}},
    ),
    Case("a default", "x: {$take: a, $as: number, $default: 7}", {"a": "b"}, {"x": 7, "rest": {"a": "b"}}),
    Case("a default that takes", "x: {$take: a, $default: {$take: b}}", {"b": 2, "c": 3}, {"x": 2, "rest": {"c": 3}}),
    Case("null kept", "x: {$take: a, $as: number, $null: keep}", {"a": "b"}, {"x": None, "rest": {"a": "b"}}),
    Case(
        "a conversion of a choice that fails",
        "x: {$first: [{$take: a}, {$take: b}], $as: number}",
        {"a": "many", "b": 2},
        {"rest": {"a": "many", "b": 2}},
    ),
    Case(
        "a conversion of a choice",
        "x: {$first: [{$take: a}, {$take: b}], $as: string}",
        {"b": 2, "c": 3},
        {"x": "2", "rest": {"c": 3}},
    ),
    Case("a condition that holds", "x: {$if: type, $then: {$take: a}}", {"a": 1}, {"x": 1, "rest": {}}),
    Case("one that does not", "x: {$if: '!type', $then: {$take: a}, $else: 0}", {"a": 1}, {"x": 0, "rest": {"a": 1}}),
    Case("within an object", "x: {y: {z: {$take: a}}}", {"a": 1}, {"x": {"y": {"z": 1}}, "rest": {}}),
    Case("within a list", "x: [{$take: b}, {$take: a}]", {"a": 1}, {"x": [1], "rest": {}}),
    Case(
        "inside an object",
        "x: {$take: a.b.c}",
        {"a": {"b": {"c": 1, "d": 2}}},
        {"x": 1, "rest": {"a": {"b": {"d": 2}}}},
    ),
    Case("inside what is no object", "x: {$take: a.b}", {"a": "text"}, {"rest": {"a": "text"}}),
    Case(
        "two inside one",
        "x: {$take: a.b}\ny: {$take: a.c}",
        {"a": {"b": 1, "c": 2, "d": 3}},
        {"x": 1, "y": 2, "rest": {"a": {"d": 3}}},
    ),
    Case(
        "inside, then the whole", "x: {$take: a.b}\ny: {$take: a}", {"a": {"b": 1}}, {"x": 1, "y": {"b": 1}, "rest": {}}
    ),
    Case(
        "the whole, then inside", "y: {$take: a}\nx: {$take: a.b}", {"a": {"b": 1}}, {"y": {"b": 1}, "x": 1, "rest": {}}
    ),
    Case("a name with a dot", "x: {$take: a.b}", {"a.b": 1}, {"rest": {"a.b": 1}}),
    Case("camelCase", f"{BOTH}x: {{$take: two_words}}", {"twoWords": 1}, {"x": 1, "rest": {}}),
    Case("snake_case", f"{BOTH}x: {{$take: two_words}}", {"two_words": 1}, {"x": 1, "rest": {}}),
    Case("both", f"{BOTH}x: {{$take: two_words}}", {"two_words": 1, "twoWords": 2}, {"x": 2, "rest": {"two_words": 1}}),
    Case("written in camelCase", f"{BOTH}x: {{$take: twoWords}}", {"two_words": 1}, {"x": 1, "rest": {}}),
    Case(
        "spellings in the other order",
        "$spell: [snake_case, camelCase]\nx: {$take: two_words}",
        {"two_words": 1, "twoWords": 2},
        {"x": 1, "rest": {"twoWords": 2}},
    ),
    Case("one spelling", "$spell: [camelCase]\nx: {$take: two_words}", {"two_words": 1}, {"rest": {"two_words": 1}}),
    Case("no spelling", "x: {$take: two_words}", {"twoWords": 1}, {"rest": {"twoWords": 1}}),
    Case(
        "a key's spellings before the next key",
        f"{BOTH}x: {{$take: [a_b, c]}}",
        {"c": 1, "a_b": 2},
        {"x": 2, "rest": {"c": 1}},
    ),
    Case(
        "spellings within a path",
        f"{BOTH}x: {{$take: the_address.zip_code}}",
        {"theAddress": {"zipCode": 1}},
        {"x": 1, "rest": {"theAddress": {}}},
    ),
    Case("digits in a name", f"{BOTH}x: {{$take: line_2}}", {"line2": 1}, {"x": 1, "rest": {}}),
    Case(
        "fields by name",
        f"{BOTH}$named: {{string: [job_title, phone], number: [seats]}}",
        {"jobTitle": "x", "phone": 5, "seats": "many"},
        {"job_title": "x", "phone": "5", "rest": {"seats": "many"}},
    ),
    Case("rest without a field", "", {"a": 1}, {"rest": {"a": 1}}),
    *(
        Case(f"no object: {junk!r}", "x: {$take: a}", junk, {"rest": {}})
        for junk in (None, "text", 7, [{"a": 1}], True)
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_sharing(case: Case, tmp_path: Path) -> None:
    fields = f"$share: m\n{case.fields}\n$rest: {{rest: rest}}"
    body = body_of(tmp_path, f"always: 1\nv:\n{indent(fields, '  ')}", {"m": case.shared})
    assert repr(body) == repr({"always": 1, "v": case.given})


def test_nothing_left_over_is_left_out(tmp_path: Path) -> None:
    body = "always: 1\nv: {$share: m, x: {$take: a, $as: number}, $rest: {$from: rest.b, $as: object}}"
    assert body_of(tmp_path, body, {"m": {"a": "x"}}) == {"always": 1}


@pytest.mark.parametrize("junk", ["text", 7, [1], None])
def test_a_rest_that_is_no_object_is_left_out(junk: Any, tmp_path: Path) -> None:
    body = "$share: m\nx: {$take: a}\n$rest: rest.b"
    assert body_of(tmp_path, body, {"m": {"a": 1, "b": junk}}) == {"x": 1}


def test_fields_win_over_what_is_left(tmp_path: Path) -> None:
    body = "$share: m\nx: {$take: a}\n$rest: rest"
    assert body_of(tmp_path, body, {"m": {"a": 1, "x": 2, "y": 3}}) == {"x": 1, "y": 3}


def test_without_rest_what_is_left_is_dropped(tmp_path: Path) -> None:
    assert body_of(tmp_path, "$share: m\nx: {$take: a}", {"m": {"a": 1, "b": 2}}) == {"x": 1}


def test_fields_may_also_be_ordinary(tmp_path: Path) -> None:
    body = "$share: m\n$merge: {x: 0, y: 1}\nx: {$take: a}\nz: b\n$rest: {more: rest}"
    shared = {"a": 5, "c": 6}
    assert body_of(tmp_path, body, {"m": shared, "b": 7}) == {"x": 5, "y": 1, "z": 7, "more": {"c": 6}}


def test_what_is_shared_out_stays_as_it_is(tmp_path: Path) -> None:
    body = "v: {$share: m, x: {$take: a.b}, $rest: {more: rest}}\nwhole: m\nagain: {$share: m, $rest: rest}"
    shared = {"a": {"b": 1, "c": 2}}
    expected = {"v": {"x": 1, "more": {"a": {"c": 2}}}, "whole": shared, "again": shared}
    assert body_of(tmp_path, body, {"m": shared}) == expected


def test_a_share_within_a_share(tmp_path: Path) -> None:
    body = """
        $share: m
        x: {$take: a}
        inner:
          $share: b
          x: {$take: a}
          $rest: {inner_rest: rest}
        y: {$take: c}
        $rest: {outer_rest: rest}
    """
    given = {"m": {"a": 1, "c": 2, "d": 3}, "b": {"a": 4, "c": 5}}
    expected = {"x": 1, "inner": {"x": 4, "inner_rest": {"c": 5}}, "y": 2, "outer_rest": {"d": 3}}
    assert body_of(tmp_path, body, given) == expected


def test_what_is_left_can_be_shared_out_again(tmp_path: Path) -> None:
    body = """
        $share: m
        x: {$take: a}
        $rest:
          second:
            $share: rest
            y: {$take: b}
            $rest: {third: rest}
    """
    given = {"m": {"a": 1, "b": 2, "c": 3}}
    assert body_of(tmp_path, body, given) == {"x": 1, "second": {"y": 2, "third": {"c": 3}}}


def test_names_that_see_rest_see_the_one_around_them(tmp_path: Path) -> None:
    body = "one: {$share: m, x: {$take: a}, $rest: left}\ntwo: {$share: m, y: {$take: b}, z: {$take: c}, $rest: left}"
    let = "count: length(rest)\nleft: {names: keys(rest), count: count}"
    one = {"x": 1, "names": ["b", "c"], "count": 2}
    two = {"y": 2, "z": 3, "names": ["a"], "count": 1}
    shared = {"a": 1, "b": 2, "c": 3}
    assert body_of(tmp_path, body, {"m": shared}, let=let) == {"one": one, "two": two}


def test_a_taken_value_that_is_required(tmp_path: Path) -> None:
    body = "$share: m\nx: {$take: a, $as: number, $required: no number}"
    assert body_of(tmp_path, body, {"m": {"a": "b"}}) == "unmappable: no number"
