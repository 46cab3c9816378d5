"""Small changes of mappings: which there are, that each is one, and which of them calls show."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.app.corpus import Corpus, Group
from mapper.app.mutants import Mutating
from mapper.authoring.load import Loaded, load_set
from mapper.authoring.shipped import shipped
from mapper.authoring.subject import meaning
from mapper.engine.interpret import Interpreter
from mapper.expressions import search
from mapper.expressions.parse import parse
from mapper.records.diagnostic import Place
from mapper.records.line import Line
from mapper.records.mutants import Mutant
from mapper.records.spec import DestinationSpec, Expression
from mapper.review.mutants.expressions import changed_expressions
from mapper.review.mutants.sets import mutants
from tests.support.calls import random_calls
from tests.support.language import destination, lay, load, load_spec, mapping


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("a", ["`null`"]),
        (
            "a || b || 'c'",
            ["a || b", "'c' || a || b", "'c'", "a || 'c'", "b || 'c'", "b || a || 'c'", "a || b || 'c~'"],
        ),
        ("a.b && c", ["c", "a.b"]),
        ("id(a, b)", ["id(b)", "id(a)", "id(b, a)"]),
        ("if(a, 'x')", ["'x'", "`null`", "if(`null`, 'x')", "if(a, 'x~')"]),
        ("if(a, 'x', b)", ["'x'", "b", "if(`null`, 'x', b)", "if(a, 'x~', b)", "if(a, 'x', `null`)"]),
        ("!a", ["a", "!`null`"]),
        ("a < `5`", ["a >= `5`", "`null` < `5`", "a < `6`"]),
        ("a == `true`", ["a != `true`", "`null` == `true`", "a == `false`"]),
        ("trim(a)", ["a", "trim(`null`)"]),
        (
            "omit(a, 'b', 'c')",
            ["omit(a, 'c')", "omit(a, 'b')", "omit(`null`, 'b', 'c')", "omit(a, 'b~', 'c')", "omit(a, 'b', 'c~')"],
        ),
        (
            "a[?b == 'x'].c",
            [
                "a[?`true`].c",
                "a[?b != 'x'].c",
                "a[?`null` == 'x'].c",
                "a[?b == 'x~'].c",
                "`null`[?b == 'x'].c",
                "a[?b == 'x'].`null`",
            ],
        ),
        ("'it\\'s'", ["'it\\'s~'"]),
        ("`null`", []),
        ("(a || b) && c", ["c", "(a || b)", "(a) && c", "(b) && c", "(b || a) && c"]),
        ("if(id(a, b), 'x')", ["'x'", "`null`", "if(id(b), 'x')", "if(id(a), 'x')", "if(id(a, b), 'x~')"]),
        (
            "if(not_null(a, b), 'x')",
            [
                "'x'",
                "`null`",
                "if(not_null(b), 'x')",
                "if(not_null(a), 'x')",
                "if(not_null(b, a), 'x')",
                "if(not_null(a, b), 'x~')",
            ],
        ),
        (
            "not_null(a, b) == `null`",
            ["not_null(a, b) != `null`", "not_null(b) == `null`", "not_null(a) == `null`"],
        ),
    ],
)
def test_changes_of_expressions(text: str, others: list[str]) -> None:
    found = [other.text for _, other in changed_expressions(Expression(text, Place(file="f")))]
    assert sorted(map(str, map(said, found))) == sorted(map(str, (said(each) for each in others if legal(each))))


@pytest.mark.parametrize(
    ("text", "other", "told"),
    [
        ("if(id(a, b), 'x')", "if(id(b, a), 'x')", False),
        ("if(!id(a, b), 'x')", "if(!id(b, a), 'x')", False),
        ("if(present_text(a, b), 'x')", "if(present_text(b, a), 'x')", False),
        ("if(not_null(a, b), 'x')", "if(not_null(b, a), 'x')", True),
        ("if(a || b, 'x')", "if(b || a, 'x')", False),
        ("!(a || b)", "!(b || a)", False),
        ("(a || b) == `null`", "(b || a) == `null`", True),
        ("not_null(a, b) != `null`", "not_null(b, a) != `null`", False),
        ("id(a, b) == `null`", "id(b, a) == `null`", False),
        ("not_null(a, id(b, c)) == `null`", "not_null(a, id(c, b)) == `null`", False),
        ("if(c, id(a, b)) == `null`", "if(c, id(b, a)) == `null`", False),
        ("if(c, id(a, b))", "if(c, id(b, a))", True),
        ("[{d: a, e: b}][?d || e] | length(@)", "[{d: a, e: b}][?e || d] | length(@)", False),
        ("not_null(a, b)", "not_null(b, a)", True),
        ("a || b", "b || a", True),
    ],
)
def test_an_order_is_changed_where_that_can_be_seen(text: str, other: str, told: bool) -> None:
    values: list[Any] = [None, False, True, 0, 1, "", " ", "x", [], [0], {}, {"k": 1}]
    every = [{"a": a, "b": b, "c": c} for a in values for b in values for c in (None, "c")]
    assert any(search(text, data) != search(other, data) for data in every) is told
    found = [said(each.text) for _, each in changed_expressions(Expression(text, Place(file="f")))]
    assert (said(other) in found) is told


def said(text: str) -> Any:
    return meaning(parse(text))


def legal(text: str) -> bool:
    return not text.endswith(".`null`")


def changes(folder: Path, text: str) -> list[str]:
    lay(folder, {"destination.yaml": destination(), "track.yaml": text})
    return [mutant.change for mutant in mutants(load_spec(folder))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x: 1", ["without the field `x`", "2 for 1"]),
        ("x: {$const: y}", ["without the field `x`", "another text for `y`"]),
        (
            "x: {$first: [event, {$const: no}]}",
            [
                "without the field `x`",
                "without `event`",
                'without `"no"`',
                '`"no"` before `event`',
                "null for `event`",
                "another text for `no`",
            ],
        ),
        (
            "x: {$if: event, $then: 1}",
            ["without the field `x`", "always `1`", "always `null`", "null for `event`", "2 for 1"],
        ),
        (
            "x: {$from: event, $is: string, $as: number, $default: 1, $required: no x, $null: keep}",
            [
                "without the field `x`",
                "`x` without `$as number`",
                "`x` without `$is string`",
                "`x` without `$default`",
                "`x` without `$required`",
                "`x` without `$null keep`",
                "null for `event`",
                "2 for 1",
            ],
        ),
        ("x: [1]", ["without the field `x`", "without item 1", "2 for 1"]),
        (
            "$share: properties\n$spell: [camelCase, snake_case]\nx: {$take: [a_b, c]}\n"
            "$named: {string: [d]}\n$rest: rest",
            [
                "without the field `x`",
                "without the key `a_b`",
                "without the key `c`",
                "the key `c` before `a_b`",
                "without `$rest`",
                "null for `rest`",
                "null for `properties`",
                "without the spelling `camelCase`",
                "without the spelling `snake_case`",
                "the spelling `snake_case` before `camelCase`",
                "without the field `d`",
                "`d` without `$as string`",
            ],
        ),
        (
            "$merge: [properties, context]\nx: 1",
            [
                "without `$merge properties`",
                "without `$merge context`",
                "`context` merged before `properties`",
                "null for `properties`",
                "null for `context`",
                "without the field `x`",
                "2 for 1",
            ],
        ),
    ],
)
def test_changes_of_nodes(body: str, expected: list[str], tmp_path: Path) -> None:
    assert changes(tmp_path, mapping(body)) == expected


def test_changes_of_rules_and_names(tmp_path: Path) -> None:
    text = mapping("x: name", before="skip:\n  - {when: '!event', because: no event}\nlet:\n  name: event\n")
    assert changes(tmp_path, text) == [
        "without the rule `skip: no event`",
        "without `!`",
        "null for `event`",
        "null for `event`",
        "without the field `x`",
        "null for `name`",
    ]


@cache
def loaded(name: str) -> Loaded:
    return load_set(shipped("mappings") / name)


def spec(name: str) -> DestinationSpec:
    found = loaded(name).spec
    assert found is not None
    return found


SETTINGS: dict[str, Any] = {
    "natero": {"endpointRegion": "US", "anonymousUsers": "skip", "authKey": "***", "sendKey": "***"},
    "natero-accounts": {"endpointRegion": "US", "apiKey": "***"},
}


@pytest.mark.parametrize("name", [pytest.param("natero", marks=pytest.mark.long), "natero-accounts"])
def test_each_change_makes_another_set_that_runs(name: str) -> None:
    """Or none that parses, and then it is no change."""
    found = list(mutants(spec(name)))
    assert len(found) > 200
    for mutant in found[::5]:
        assert mutant.spec != spec(name)
        Interpreter([mutant.spec], {name: SETTINGS[name]}).apply([b'{"type": "track", "userId": "u"}'])


def of(lines: Sequence[bytes]) -> Corpus:
    return Corpus(name="calls", groups=[Group(lines=[Line(raw, at, "calls") for at, raw in enumerate(lines, 1)])])


def shows(mutant: Mutant, lines: Sequence[bytes]) -> bool:
    """Without any short cut."""
    one, other = (
        Interpreter([each], {each.id: SETTINGS[each.id]}).apply(lines) for each in (spec(mutant.spec.id), mutant.spec)
    )
    return [str(each) for each in one] != [str(each) for each in other]


@pytest.mark.parametrize("name", [pytest.param("natero", marks=pytest.mark.long), "natero-accounts"])
def test_what_is_noticed_is_what_another_result_shows(name: str) -> None:
    lines = [json.dumps(call).encode() for call in random_calls(5, 40)]
    every = list(mutants(spec(name)))
    tried = Mutating(loaded(name).documents, [spec(name)], of(lines), {}).run().tried
    assert [each.change for each in tried] == [mutant.change for mutant in every]
    sample = random.Random(3).sample(range(len(every)), 25)
    assert [tried[at].noticed for at in sample] == [shows(every[at], lines) for at in sample]
    assert 0 < sum(each.noticed for each in tried) < len(tried)


def test_nothing_is_noticed_without_calls(tmp_path: Path) -> None:
    lay(tmp_path, {"destination.yaml": destination(), "track.yaml": mapping("x: event")})
    set_ = load(tmp_path)
    assert set_.spec is not None
    found = Mutating(set_.documents, [set_.spec], of([b"{"]), {}).run()
    assert [each.noticed for each in found.tried] == [False, False]
    assert found.percent == 0
