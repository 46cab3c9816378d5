"""Schemas are read as far as they are needed, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from mapper.authoring.rules.expected import wanted
from mapper.authoring.schemas import SchemaError, SchemaReader, load_schema, narrowed
from mapper.authoring.shipped import shipped
from mapper.base.json import decode

SHIPPED = sorted(path for path in shipped("schemas").rglob("*.json") if path.parent.name in ("natero", "segment"))
NAME = {"type": "string", "minLength": 1}


def write(folder: Path, **files: Any) -> dict[str, Path]:
    paths = {name: folder / f"{name}.json" for name in files}
    for name, schema in files.items():
        paths[name].write_text(json.dumps(schema))
    return paths


def test_a_file_that_others_refer_to_is_read_once(tmp_path: Path) -> None:
    reference = {"properties": {"a": {"$ref": "common.json#/$defs/name"}, "b": {"$ref": "common.json#/$defs/name"}}}
    paths = write(tmp_path, common={"$defs": {"name": NAME}}, one=reference, other=reference)
    reader = SchemaReader()
    with patch("mapper.authoring.schemas.decode", wraps=decode) as read:
        loaded = [reader.load(paths[name]) for name in ("one", "other")]
    assert read.call_count == 3
    assert loaded == [{"properties": {"a": NAME, "b": NAME}}] * 2


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_schema_is_the_same_whatever_was_read_before(path: Path) -> None:
    reader = SchemaReader()
    for other in SHIPPED:
        reader.load(other)
    assert reader.load(path) == load_schema(path)


def test_keys_beside_a_reference_win_where_they_say_something(tmp_path: Path) -> None:
    beside = {"a": {"$ref": "#/$defs/name", "title": "A"}, "b": {"$ref": "#/$defs/name", "minLength": 2}}
    paths = write(tmp_path, one={"$defs": {"name": {**NAME, "title": "N"}}, "properties": beside})
    a, b = load_schema(paths["one"])["properties"].values()
    assert a == {**NAME, "title": "A"}
    assert b == {"allOf": [{**NAME, "title": "N"}], "minLength": 2}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}, "circle"),
        ({"$ref": "#/$defs/a", "$defs": {}}, "nowhere"),
        ({"$ref": "none.json"}, "No such file"),
        ([], "a schema is an object"),
    ],
)
def test_what_can_not_be_used_is_told(tmp_path: Path, schema: Any, message: str) -> None:
    paths = write(tmp_path, one=schema)
    reader = SchemaReader()
    for _ in range(2):  # a failure is no less one the second time
        with pytest.raises(SchemaError, match=message):
            reader.load(paths["one"])


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {"a": {"type": "strin"}}}, "one.json: no JSON Schema, at properties.a.type: "),
        ({"properties": 5}, 'one.json: no JSON Schema, at properties: 5 is not of type "object"'),
        ({"pattern": "("}, 'one.json: no JSON Schema, at pattern: "(" is not a "regex"'),
        (
            {"$dynamicRef": "http://127.0.0.1:9/s.json"},
            "one.json: no JSON Schema: Resource 'http://127.0.0.1:9/s.json'",
        ),
        ({"type": "x" * 500}, 'one.json: no JSON Schema, at type: "xxx'),
    ],
)
def test_what_is_no_schema_is_told(tmp_path: Path, schema: Any, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load_schema(write(tmp_path, one=schema)["one"])
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert caught.value.help == "mend it, or a file it names"


def test_true_and_false_are_schemas() -> None:
    schema = {
        "properties": {"a": True, "b": False},
        "allOf": [True, False, {"required": ["a"]}],
        "anyOf": [False, {"properties": {"c": NAME}}],
        "if": True,
        "then": {"properties": {"d": NAME}},
        "else": True,
    }
    found = narrowed(schema, {})
    assert found["properties"] == {"a": True, "b": False, "c": NAME, "d": NAME}
    assert found["required"] == ["a"]
    assert narrowed({"if": {"properties": {"x": True}}, "then": True, "else": False}, {"x": 1})["properties"] == {}


def test_an_empty_choice_allows_nothing() -> None:
    assert wanted({"enum": []}, lambda _: False) == "nothing"


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ('{"type": "object",,}', "mend it, or a file it names"),
        ("[]", "mend it, or a file it names"),
        (None, "the path is relative to destination.yaml"),
    ],
)
def test_what_to_do_about_one_that_cannot_be_used(text: str | None, help_: str, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SchemaError) as caught:
        load_schema(path)
    assert caught.value.help == help_
