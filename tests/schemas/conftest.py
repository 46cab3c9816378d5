"""Schemas that refer to one another, resolved from the files, judged by both libraries that the product uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"
BASE = "https://segment-mapper.example/schemas/"
DOCUMENTS = [json.loads(path.read_bytes()) for path in SCHEMAS.glob("*/*.schema.json")]

Judge = Callable[[str, Any], list[str]]
"""Problems of a value under a schema, named as ``natero/event.schema.json`` or with a ``#/pointer`` behind it."""


@cache
def _validators(reference: str) -> tuple[Draft202012Validator, jsonschema_rs.Draft202012Validator]:
    schema = {"$ref": BASE + reference}
    registry: Registry[Any] = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in DOCUMENTS
    )
    quick = jsonschema_rs.Registry([(document["$id"], document) for document in DOCUMENTS])
    slow = Draft202012Validator(schema, registry=registry)  # no formats: which it knows depends on what is installed
    return slow, jsonschema_rs.Draft202012Validator(schema, registry=quick)


@pytest.fixture(scope="session")
def judge() -> Judge:
    def problems(reference: str, value: Any) -> list[str]:
        slow, quick = _validators(reference)
        found = sorted(f"{error.json_path}: {error.message}" for error in slow.iter_errors(value))
        assert quick.is_valid(value) == (not found), "jsonschema and jsonschema_rs disagree"
        return found

    return problems
