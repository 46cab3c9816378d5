"""Whole mappings, their expressions run by jmespath itself: the same requests, skips and reasons."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.engine.interpret import Interpreter
from mapper.records.result import Mapped
from tests.support.by_jmespath import build_by_jmespath
from tests.support.calls import random_calls

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SETTINGS = {
    "natero": {"endpointRegion": "EU", "anonymousUsers": "send", "authKey": "***", "sendKey": "***"},
    "natero-accounts": {"endpointRegion": "US", "apiKey": "***"},
}


@pytest.fixture(scope="module")
def interpreters() -> tuple[Interpreter, Interpreter]:
    specs = [load_set(shipped("mappings") / name).spec for name in SETTINGS]
    found = [spec for spec in specs if spec is not None]
    assert len(found) == len(SETTINGS)
    return Interpreter(found, SETTINGS), Interpreter(found, SETTINGS, build_expression=build_by_jmespath)


def compare(interpreters: tuple[Interpreter, Interpreter], lines: Sequence[bytes]) -> Counter[str]:
    ours, theirs = (interpreter.apply(lines) for interpreter in interpreters)
    assert ours == theirs
    return Counter(type(result).__name__ for result in ours)


@pytest.mark.parametrize("name", ["events.ndjson", "awkward.ndjson"])
def test_on_the_examples(name: str, interpreters: tuple[Interpreter, Interpreter]) -> None:
    compare(interpreters, (EXAMPLES / name).read_bytes().splitlines())


def test_on_the_cases_of_the_snapshots(interpreters: tuple[Interpreter, Interpreter]) -> None:
    cases = [json.loads(path.read_bytes())["call"] for path in sorted(shipped("cases").glob("*/*/*.json"))]
    found = compare(interpreters, [json.dumps(call).encode() for call in cases])
    assert min(found["Mapped"], found["Skipped"], found["Unmappable"]) > 20


@pytest.mark.parametrize("seed", [21, 22])
def test_on_generated_calls(seed: int, interpreters: tuple[Interpreter, Interpreter]) -> None:
    found = compare(interpreters, [json.dumps(call).encode() for call in random_calls(seed, 1_500)])
    assert min(found["Mapped"], found["Skipped"], found["Unmappable"]) > 100


def test_every_kind_of_request_is_among_them(interpreters: tuple[Interpreter, Interpreter]) -> None:
    lines = (EXAMPLES / "events.ndjson").read_bytes().splitlines()
    mapped = [result for result in interpreters[1].apply(lines) if isinstance(result, Mapped)]
    assert {(result.request.destination, result.request.mapping) for result in mapped} == {
        *(("natero", name) for name in ("track", "page", "identify", "group", "alias")),
        *(("natero-accounts", name) for name in ("account", "member", "user")),
    }
