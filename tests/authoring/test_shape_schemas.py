"""The language's JSON Schemas: valid, explained key by key, and in step with the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from mapper.authoring.language import KINDS, resolved, schema_of
from mapper.authoring.nodes import MODIFIERS, SOURCES
from mapper.authoring.quantities import per_second, size, span
from mapper.authoring.shape_operators import OPERATORS
from mapper.expressions.functions.convert import CONVERSIONS
from mapper.expressions.functions.convert import KINDS as TYPES
from mapper.records.policy import Ruling
from mapper.records.spec import CALL_TYPES

ALL: tuple[Any, ...] = (*KINDS, "node")
NODE = schema_of("node")["$defs"]
REGISTRY: Registry[Any] = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema_of(name))) for name in ALL
)


def subschemas(schema: Any, route: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every schema within a schema, with the keys that lead to it."""
    if not isinstance(schema, dict):
        return
    yield route, schema
    for keyword in ("properties", "patternProperties", "$defs"):
        for key, inner in schema.get(keyword, {}).items():
            yield from subschemas(inner, (*route, keyword, key))
    for keyword in ("additionalProperties", "propertyNames", "items", "if", "then", "else"):
        yield from subschemas(schema.get(keyword), (*route, keyword))
    for keyword in ("oneOf", "anyOf"):
        for at, inner in enumerate(schema.get(keyword, ())):
            yield from subschemas(inner, (*route, keyword, str(at)))


def _explained() -> Iterator[Any]:
    """What a person can come across in an editor: keys, their branches, and definitions; conditions are not."""
    for name in ALL:
        for route, schema in subschemas(schema_of(name)):
            named = route[-2:-1] in (("properties",), ("$defs",), ("oneOf",)) or route[-1:] == ("items",)
            if not route or (named and "if" not in route and route[:2] != ("else", "properties")):
                yield pytest.param(name, route, schema, id=f"{name}:{'/'.join(route)}")


EXPLAINED = list(_explained())


@pytest.mark.parametrize("name", ALL)
def test_a_schema_is_valid_draft_2020_12(name: Any) -> None:
    schema = schema_of(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(("name", "route", "schema"), EXPLAINED)
def test_every_key_has_a_title_and_a_description(name: Any, route: tuple[str, ...], schema: dict[str, Any]) -> None:
    full = resolved(name if name in KINDS else "let", schema)
    assert re.fullmatch(r"[A-Z].*[^.]", full["title"])
    assert re.fullmatch(r"(?s)\S.*\.", full["description"])
    assert not re.search(r"[`*_#]{2}|`|\]\(", full["title"] + full["description"]), "markdown"


@pytest.mark.parametrize(("name", "route", "schema"), EXPLAINED)
def test_examples_and_defaults_fit(name: Any, route: tuple[str, ...], schema: dict[str, Any]) -> None:
    full = resolved(name if name in KINDS else "let", schema)
    if route[-2:-1] == ("properties",) and "not" not in full:
        assert full.get("examples"), "a key without an example"
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in route)
    judge = Draft202012Validator({"$ref": f"{name}.schema.json#{pointer}"}, registry=REGISTRY)
    for example in full.get("examples", ()):
        judge.validate(example)
    if "default" in full:
        judge.validate(full["default"])


@pytest.mark.parametrize(("name", "route", "schema"), EXPLAINED)
def test_every_word_of_an_enumeration_is_explained(name: Any, route: tuple[str, ...], schema: dict[str, Any]) -> None:
    assert len(schema.get("enumDescriptions", ())) in (len(schema.get("enum", ())), 0)
    if "enum" in schema and schema["title"] != "HTTP method":
        assert "enumDescriptions" in schema


def plain(docs: Iterator[str]) -> list[str]:
    return [doc.replace("`", "") for doc in docs]


def test_conversions_and_types_are_those_of_the_program() -> None:
    assert NODE["conversion"]["enum"] == list(CONVERSIONS)
    assert NODE["conversion"]["enumDescriptions"] == plain(item.doc for item in CONVERSIONS.values())
    assert list(NODE["$named"]["properties"]) == [*CONVERSIONS, "schema"]
    assert NODE["$is"]["enum"] == [*TYPES, "schema"]
    assert NODE["$is"]["enumDescriptions"][:-1] == plain(item.doc for item in TYPES.values())


def test_words_of_the_language_are_those_of_the_program() -> None:
    assert NODE["callType"]["enum"] == list(CALL_TYPES)
    rulings = schema_of("destination")["$defs"]["outcome"]["properties"]["is"]["enum"]
    assert {*rulings} == {*get_args(Ruling)} - {"bisect"}
    assert {key for key in NODE if key.startswith("$")} == {*OPERATORS}


def test_sources_and_modifiers_are_those_of_the_program() -> None:
    branches = [required for branch in NODE["node"]["if"]["anyOf"] for required in branch["required"]]
    assert branches == list(SOURCES)
    for source, name in zip(SOURCES, ("constNode", "fromNode", "firstNode", "ifNode", "takeNode"), strict=True):
        own = ["$if", "$then", "$else"] if source == "$if" else [source]
        assert list(NODE[name]["properties"]) == [*own, *MODIFIERS]


@pytest.mark.parametrize("text", ["1B", "64KB", "1MB", "1.5 MB", "1KiB", "10MiB"])
def test_sizes_the_schema_takes_are_read(text: str) -> None:
    sizes = schema_of("destination")["$defs"]["batch"]["properties"]["max_bytes"]
    assert Draft202012Validator(sizes).is_valid(text)
    assert size(text)


@pytest.mark.parametrize(("text", "bytes_"), [("50GB", 50 * 10**9), ("1.5 TB", 15 * 10**11), ("2GiB", 2 * 2**30)])
def test_sizes_of_disks_are_read(text: str, bytes_: int) -> None:
    """As `mapper nats init --max-bytes` takes them; no request's body is as long."""
    assert size(text) == bytes_


@pytest.mark.parametrize("text", ["250ms", "2s", "1.5 s", "1m", "1h", "0s"])
def test_times_the_schema_takes_are_read(text: str) -> None:
    times = schema_of("destination")["$defs"]["batch"]["properties"]["max_wait"]
    assert Draft202012Validator(times).is_valid(text)
    assert span(text) is not None


@pytest.mark.parametrize("key", ["first_wait", "max_wait", "window", "connect_timeout", "timeout"])
@pytest.mark.parametrize(
    ("text", "valid"), [("250ms", True), ("2 s", True), ("1.5h", True), ("0s", False), ("9", False)]
)
def test_times_of_retry(key: str, text: str, valid: bool) -> None:
    times = schema_of("destination")["$defs"]["retry"]["properties"][key]
    assert Draft202012Validator(times).is_valid(text) is valid
    assert not valid or span(text)


@pytest.mark.parametrize(("text", "expected"), [("1000/s", 1000.0), ("90/m", 1.5), ("7.2 / h", 0.002), ("1/s", 1.0)])
def test_rates_the_schema_takes_are_read(text: str, expected: float) -> None:
    for unit in ("events", "requests"):
        rates = schema_of("destination")["$defs"]["rate"]["properties"][unit]
        assert Draft202012Validator(rates).is_valid(text)
    assert per_second(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["0/s", "-1/s", "1000", "1000/d", "/s", "1e3/s", ""])
def test_rates_the_schema_refuses_are_not(text: str) -> None:
    rates = schema_of("destination")["$defs"]["rate"]["properties"]["events"]
    assert not Draft202012Validator(rates).is_valid(text)


def test_schemas_refer_to_files_beside_them_only() -> None:
    """An editor resolves them offline, wherever the folder lies."""
    refs = [schema["$ref"] for name in ALL for _, schema in subschemas(schema_of(name)) if "$ref" in schema]
    assert {ref.partition("#")[0] for ref in refs} == {"", "node.schema.json"}
    assert not [name for name in ALL for _, schema in subschemas(schema_of(name)) if "$id" in schema]
