"""Where an expression finds its names, and when they are computed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mapper.engine.interpret import Interpreter
from mapper.expressions.evaluate import build
from mapper.expressions.parse import parse
from mapper.expressions.root import Root, Search
from mapper.records.spec import Expression
from tests.support.language import apply, body_of, by_mapping, destination, interpreter, lay, load_spec, mapping, said


class Counting:
    """Builds expressions that count how often each is evaluated."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def __call__(self, expression: Expression, root: Root) -> Search:
        search = build(parse(expression.text), root)

        def run(scope: Any) -> Any:
            self.counted[expression.text] += 1
            return search(scope)

        return run


# -- let ---------------------------------------------------------------------------------------------------------------


def test_names_may_name_one_another_in_any_order(tmp_path: Path) -> None:
    let = "first: second.x\nsecond: {x: third}\nthird: a"
    assert body_of(tmp_path, "v: first", {"a": 1}, let=let) == {"v": 1}


def test_a_name_may_be_any_node(tmp_path: Path) -> None:
    let = "text: {$const: a}\nlist: [a, b]\nmade: {$merge: m, x: a}\nnone: {y: c}\nyes: true"
    body = "text: text\nlist: list\nmade: made\nnone: none\nyes: yes"
    expected = {"text": "a", "list": [1, 2], "made": {"y": 3, "x": 1}, "yes": True}
    assert body_of(tmp_path, body, {"a": 1, "b": 2, "m": {"y": 3}}, let=let) == expected


def test_a_name_hides_a_field_of_the_call(tmp_path: Path) -> None:
    files = {"track.yaml": mapping("v: plan", before="let: {plan: properties.plan}\n")}
    (result,) = apply(interpreter(tmp_path, files), {"plan": "of the call", "properties": {"plan": "of the let"}})
    assert said(result) == {"v": "of the let"}


def test_a_name_is_computed_once_a_call_and_only_where_it_is_needed(tmp_path: Path) -> None:
    shared = "let: {used: id(userId), unused: length(event), nothing: properties.nothing}\n"
    files = {
        "destination.yaml": destination(shared),
        "one.yaml": mapping(
            "v: used\nw: used\nx: own\ny: own\nz: nothing\nu: nothing", before="let: {own: upper(event)}\n"
        ),
        "two.yaml": mapping("v: used\nx: own", before="let: {own: upper(event)}\n"),
    }
    counting = Counting()
    mapper = interpreter(tmp_path, files, build_expression=counting)
    results = apply(mapper, {"userId": 1, "event": "a"}, {"userId": 2, "event": "b"})
    assert [said(result)["v"] for result in results] == ["1", "1", "2", "2"]
    assert [said(result)["x"] for result in results] == ["A", "A", "B", "B"]
    counted = counting.counted
    assert counted["id(userId)"] == 2, "once a call, for both mappings"
    assert counted["upper(event)"] == 4, "once a call for each mapping that has a name of its own"
    assert counted["properties.nothing"] == 2, "null is a value too"
    assert counted["length(event)"] == 0


def test_a_name_that_fails_matters_only_where_it_is_read(tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination("let: {size: length(event)}\n"),
        "reads.yaml": mapping("v: size"),
        "spares.yaml": mapping("v: event"),
        "chooses.yaml": mapping("v: {$if: \"type(event) == 'string'\", $then: size, $else: 0}"),
    }
    mapper = interpreter(tmp_path, files)
    assert by_mapping(apply(mapper, {"event": "four"})) == {
        "reads": {"v": 4},
        "spares": {"v": "four"},
        "chooses": {"v": 4},
    }
    found = by_mapping(apply(mapper, {"event": 4}))
    assert found["reads"].startswith("unmappable: set/destination.yaml:5:")
    assert (found["spares"], found["chooses"]) == ({"v": 4}, {"v": 0})


def test_files_in_use_then_destination_then_mapping(tmp_path: Path) -> None:
    files = {
        "../shared/names.yaml": "mapper: 1\nlet:\n  base: upper(event)\n  both: join('-', [base, more])\n",
        "../shared/others.yaml": "mapper: 1\nlet: {length_of_base: length(base)}\n",
        "destination.yaml": destination(
            "use: [../shared/names.yaml, ../shared/others.yaml]\nlet: {more: lower(event)}\n"
        ),
        "track.yaml": mapping("v: both\nw: own\nx: length_of_base", before="let: {own: \"join('+', [more, base])\"}\n"),
        "other.yaml": mapping("v: own", before="let: {own: more}\n"),
    }
    found = by_mapping(apply(interpreter(tmp_path / "set", files), {"event": "Abc"}))
    assert found == {"track": {"v": "ABC-abc", "w": "abc+ABC", "x": 3}, "other": {"v": "abc"}}


def test_a_name_of_null_that_is_kept_is_null_to_expressions(tmp_path: Path) -> None:
    let = "kept: {$from: a, $null: keep}"
    body = "kind: type(kept)\nor: kept || 'none'\nlist: \"[kept, 'x']\"\nv: {$from: kept, $default: 5}"
    expected = {"kind": "null", "or": "none", "list": [None, "x"], "v": 5}
    assert body_of(tmp_path, body, {}, let=let) == expected


def test_a_name_that_is_required(tmp_path: Path) -> None:
    let = "must: {$from: a, $required: no a here}"
    for body in ("v: must", "v: upper(must)", "v: {$first: [b, must]}", "v: {$share: must, $rest: rest}"):
        assert body_of(tmp_path, body, {"a": "x", "b": 1}, let=let) != "unmappable: no a here"
        assert body_of(tmp_path, body, {}, let=let) == "unmappable: no a here"
    assert body_of(tmp_path, "v: {$first: [b, must]}", {"b": 1}, let=let) == {"v": 1}


# -- settings ----------------------------------------------------------------------------------------------------------

SETTINGS = """\
settings:
  region: {enum: [US, EU], default: US}
  limit: {type: integer}
  key: {type: string, secret: true}
"""


@pytest.mark.parametrize("junk", [{"region": "of the call", "key": "stolen"}, None, "text", [1]])
def test_a_call_cannot_pass_for_settings(junk: Any, tmp_path: Path) -> None:
    files = {
        "destination.yaml": destination(SETTINGS + "let: {where: settings.region}\n"),
        "track.yaml": mapping("v: settings.region\nw: where\nx: settings.limit\ny: properties.settings"),
    }
    mapper = interpreter(tmp_path, files, settings={"region": "EU", "key": "***"})
    (result,) = apply(mapper, {"settings": junk, "properties": {"settings": "free"}})
    assert said(result) == {"v": "EU", "w": "EU", "y": "free"}


def test_a_call_cannot_pass_for_names_of_the_language(tmp_path: Path) -> None:
    files = {"track.yaml": mapping("v: {$share: properties, x: {$take: a}, $rest: {left: rest}}")}
    (result,) = apply(interpreter(tmp_path, files), {"rest": {"stolen": 1}, "properties": {"a": 1, "b": 2}})
    assert said(result) == {"v": {"x": 1, "left": {"b": 2}}}


def test_settings_of_one_set_are_not_those_of_another(tmp_path: Path) -> None:
    specs = []
    for name in ("one", "two"):
        text = destination(SETTINGS).replace("id: acme", f"id: {name}")
        specs.append(
            load_spec(lay(tmp_path / name, {"destination.yaml": text, "track.yaml": mapping("v: settings.region")}))
        )
    mapper = Interpreter(specs, {"one": {"region": "US"}, "two": {"region": "EU"}})
    assert [(result.index, said(result)) for result in apply(mapper, {})] == [(0, {"v": "US"}), (0, {"v": "EU"})]
