"""What counts as reached: for each kind of part, calls that reach it and calls that do not."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.engine.trace import Traced
from mapper.records.coverage import Point
from mapper.records.spec import DestinationSpec
from mapper.review.coverage.count import Counts
from mapper.review.coverage.parts import parts_of
from mapper.review.coverage.points import points_of
from tests.support.calls import random_calls
from tests.support.language import destination, lay, load_spec, mapping


def missed(folder: Path, files: dict[str, str], *properties: dict[str, Any]) -> list[str]:
    """What no track call with these properties reaches, as ``kind text``."""
    lay(folder, {"destination.yaml": destination(), **files})
    spec = load_spec(folder)
    counts = Counts(spec)
    traced = Traced(spec, {}, describe=lambda place: place.file)
    for each in properties:
        counts.add(traced.map(json.dumps({"type": "track", "event": "e", "properties": each}).encode())[1])
    return [f"{point.kind} {point.text}" for file in counts.files() for point in file.missed]


CHOICE = "x: properties.a || properties.b || 'c'"
KEYS = """\
$share: object(properties)
$spell: [camelCase, snake_case]
x: {$take: [some_key, other], $as: string}
$rest: {$from: rest, $as: object}
"""


@pytest.mark.parametrize(
    ("body", "calls", "left"),
    [
        (CHOICE, [{"a": 1}], ["arm properties.b", "arm 'c'"]),
        (CHOICE, [{"a": 1}, {"b": 2}], ["arm 'c'"]),
        (CHOICE, [{"a": "", "b": False}], ["arm properties.a", "arm properties.b"]),
        ("x: properties.a || properties.b", [{}], ["field x", "arm properties.a", "arm properties.b"]),
        ("x: properties.a || properties.b", [{"b": False}], ["arm properties.a"]),
        ("x: properties.a && properties.b", [{"a": 1, "b": 2}], ["arm properties.a"]),
        ("x: properties.a && properties.b", [{"b": 2}], ["field x", "arm properties.b"]),
        ("x: id(properties.a, properties.b)", [{"a": True, "b": "i"}], ["arm properties.a"]),
        ("x: not_null(sum(properties.a), properties.b)", [{"a": [1]}], ["arm properties.b"]),
        ("x: if(properties.a, 'y')", [{"a": 1}], ["branch properties.a does not hold"]),
        ("x: if(properties.a, 'y', 'z')", [{}], ["branch 'y'"]),
        ("x: properties.a[].if(@, 'y', 'z')", [{"a": [1]}], ["branch 'z'"]),
        ("x: properties.a[?b || c]", [{"a": [{"b": 1}]}], ["arm c"]),
        (
            "x: {$first: [properties.a, {$from: properties.b, $as: number}]}",
            [{"b": "7"}],
            ["arm properties.a"],
        ),
        ("x: {$if: properties.a, $then: {$const: y}, $else: {$const: z}}", [{"a": 1}], ['branch "z"']),
        ("x: {$if: properties.a, $then: {$const: y}}", [{}], ["field x", 'branch "y"']),
        ("x: {$if: properties.a, $then: {$const: y}}", [{"a": 1}], ["branch properties.a does not hold"]),
        ("x: {$from: properties.a, $default: 1}", [{"a": 2}], ["default 1"]),
        ("x: {$from: properties.a, $default: 1}", [{"a": 2}, {}], []),
        ("x: {$from: properties.a, $required: no a}", [{"a": 2}], ["required no a"]),
        ("x: {$from: properties.a, $required: no a}", [{}], ["field x"]),
        ("x: {$from: properties.a, $default: properties.b, $required: no a}", [{"b": 1}], ["required no a"]),
        ("x: {$from: properties.a, $null: keep}", [{}], []),
        ("x: {y: properties.a, z: properties.b}", [{"a": 1}], ["field z"]),
        ("x: [properties.a, {y: properties.b}]", [{"a": 1}], ["field y"]),
        (
            "x: {$merge: [object(properties.a), object(properties.b)], z: event}",
            [{"a": {"q": 1}}],
            [],
        ),
        (KEYS, [{"someKey": "k", "more": 1}], ["key other", "spelling snake_case"]),
        (KEYS, [{"some_key": "k", "more": 1}], ["key other", "spelling camelCase"]),
        (KEYS, [{"other": "k"}], ["key some_key", "spelling camelCase", "spelling snake_case"]),
        (KEYS, [{"other": {}}], ["field x", "key some_key", "spelling camelCase", "spelling snake_case", "key other"]),
    ],
)
def test_what_is_missed(body: str, calls: list[dict[str, Any]], left: list[str], tmp_path: Path) -> None:
    text = mapping(f"keep: event\n{body}")
    assert sorted(missed(tmp_path, {"track.yaml": text}, *calls)) == sorted(left)


RULES = """\
skip:
  - {when: properties.a, because: an a}
reject:
  - {when: properties.b, because: a b}
let:
  name: properties.c || 'none'
  other: properties.d
"""


BODY = ["name name", "name other", "arm properties.c", "arm 'none'", "field x", "field y"]


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        ([{"a": 1}], ["rule reject: a b", *BODY]),
        ([{"b": 1}], ["rule skip: an a", *BODY]),
        ([{"c": 1}, {"d": 1}], ["rule skip: an a", "rule reject: a b"]),
        ([{"a": 1}, {"b": 1}, {"c": 1}, {"d": 1}], []),
    ],
)
def test_rules_and_names(calls: list[dict[str, Any]], left: list[str], tmp_path: Path) -> None:
    text = mapping("x: name\ny: other", before=RULES)
    assert sorted(missed(tmp_path, {"track.yaml": text}, *calls)) == sorted(left)


@cache
def spec(name: str) -> DestinationSpec:
    found = load_set(shipped("mappings") / name).spec
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["natero", "natero-accounts"])
def test_whatever_is_reached_can_be_missed(name: str) -> None:
    """But for order keys, which are no part of a mapping: what is listed beforehand holds all that evaluation meets."""
    known = {point for part in parts_of(spec(name)) for point in points_of(part)}
    traced = Traced(spec(name), {"endpointRegion": "US", "anonymousUsers": "send"}, describe=lambda place: place.file)
    counts = Counts(spec(name))
    found: set[Point] = set()
    for call in random_calls(77, 400):
        steps = traced.map(json.dumps(call).encode())[1]
        found.update(point for step in steps for point in counts.reached(step))
    assert found <= known
    assert len(found) > len(known) / 2
