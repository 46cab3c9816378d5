"""Every schema of calls, events and records is valid, explained throughout, and accepts its own examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = sorted([*SCHEMAS.glob("segment/*.json"), *SCHEMAS.glob("natero/*.json")])
DOCUMENTS = {f"{path.parent.name}/{path.name}": json.loads(path.read_bytes()) for path in FILES}

# From Segment's description of its calls.
CONTEXT = (
    "active app campaign channel consent device direct externalIds groupId integration ip library locale location "
    "network os page personas protocols amp referrer screen timezone traits userAgent userAgentData __segment_internal"
)
USER_TRAITS = (
    "address age avatar birthday company createdAt description email firstName gender id lastName name phone title "
    "username website"
)
GROUP_TRAITS = "address avatar createdAt description email employees id industry name phone plan website"
TOP_LEVEL = (
    "type userId anonymousId context integrations messageId timestamp originalTimestamp sentAt receivedAt version "
    "channel projectId writeKey _metadata"
)
OWN = {
    "identify": "traits",
    "track": "event properties",
    "page": "name category properties",
    "group": "groupId traits",
    "alias": "previousId",
}


def parts(schema: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each schema within a schema that describes a value, with the JSON pointer to it."""
    yield pointer, schema
    for group in ("$defs", "properties"):
        for name, inner in schema.get(group, {}).items():
            yield from parts(inner, f"{pointer}/{group}/{name}")
    if "items" in schema and "title" in schema["items"]:
        yield from parts(schema["items"], f"{pointer}/items")


PARTS = [
    pytest.param(name + "#" + pointer, part, id=name + "#" + pointer)
    for name, document in DOCUMENTS.items()
    for pointer, part in parts(document)
]


def test_the_files_are_all_there() -> None:
    segment = {"common", *OWN}
    natero = {"common", "event", "account", "user"} | set(
        DOCUMENTS["natero/event.schema.json"]["properties"]["action"]["enum"]
    )
    assert set(DOCUMENTS) == {f"segment/{name}.schema.json" for name in segment} | {
        f"natero/{name}.schema.json" for name in natero
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_is_a_schema_whose_id_is_its_place(name: str) -> None:
    document = DOCUMENTS[name]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"https://segment-mapper.example/schemas/{name}"


@pytest.mark.parametrize(("reference", "part"), PARTS)
def test_every_part_is_explained_and_accepts_its_examples(
    reference: str, part: dict[str, Any], judge: Callable[[str, Any], list[str]]
) -> None:
    library_of_parts = reference.endswith("common.schema.json#")
    if "$ref" not in part:
        assert part["title"]
        assert part["description"].endswith(".")
        assert part.get("examples") or library_of_parts
    for example in part.get("examples", []):
        assert judge(reference, example) == []


def test_the_documented_fields_of_segment_are_described() -> None:
    defs = DOCUMENTS["segment/common.schema.json"]["$defs"]
    assert set(defs["context"]["properties"]) == set(CONTEXT.split())
    assert set(defs["userTraits"]["properties"]) == set(USER_TRAITS.split())
    assert set(defs["groupTraits"]["properties"]) == set(GROUP_TRAITS.split())
    assert set(defs["contextTraits"]["properties"]) == {*USER_TRAITS.split(), "userId", "anonymousId"}
    for call, own in OWN.items():
        described = set(DOCUMENTS[f"segment/{call}.schema.json"]["properties"])
        assert described == {*TOP_LEVEL.split(), *own.split()}


def test_objects_from_segment_stay_open() -> None:
    for name, document in DOCUMENTS.items():
        if name.startswith("segment/"):
            assert 'additionalProperties": false' not in json.dumps(document)


def test_a_record_has_the_attributes_that_details_have() -> None:
    defs = DOCUMENTS["natero/common.schema.json"]["$defs"]
    for record, details, ids in (
        ("account", "accountDetails", {"account_id"}),
        ("user", "userDetails", {"account_id", "user_id"}),
    ):
        described = set(DOCUMENTS[f"natero/{record}.schema.json"]["properties"])
        assert described == set(defs[details]["properties"]) | ids
