"""The shipped mappings against a mapper written by hand, from the vendor's documents and not from the YAML."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.engine.interpret import Interpreter
from mapper.records.result import Mapped, Result, Skipped
from tests.oracle.natero import Skip, Unmappable, map_call
from tests.support.calls import random_calls

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "events.ndjson"


def interpreter(anonymous_users: str = "skip") -> Interpreter:
    spec = load_set(shipped("mappings") / "natero").spec
    assert spec is not None
    return Interpreter([spec], {"natero": {"endpointRegion": "US", "anonymousUsers": anonymous_users}})


def plain(body: dict[str, Any]) -> dict[str, Any]:
    """A body whose dimensions stand in the order of their keys: their order means nothing."""
    details = {
        name: sorted(value, key=lambda each: str(each.get("key"))) if name.endswith("_dimensions") else value
        for name, value in body.get("details", {}).items()
    }
    return {**body, "details": details}


def ours(result: Result) -> Any:
    if isinstance(result, Mapped):
        return plain(decode(result.request.body))
    return "skipped" if isinstance(result, Skipped) else "unmappable"


def theirs(outcome: dict[str, Any] | Skip | Unmappable) -> Any:
    if isinstance(outcome, dict):
        return plain(outcome)
    return "skipped" if isinstance(outcome, Skip) else "unmappable"


def test_agrees_on_every_example() -> None:
    lines = EXAMPLES.read_bytes().splitlines()
    results = interpreter().apply(lines)
    assert [ours(result) for result in results] == [theirs(map_call(decode(line))) for line in lines]
    assert {result.type for result in results if isinstance(result, Mapped)} == {
        "track",
        "page",
        "identify",
        "group",
        "alias",
    }


@pytest.mark.parametrize("anonymous_users", ["skip", "send"])
@pytest.mark.parametrize("seed", [11, 12])
def test_agrees_on_generated_calls(seed: int, anonymous_users: str) -> None:
    calls = list(random_calls(seed, 5_000))
    raw = [json.dumps(call).encode() for call in calls]
    results = interpreter(anonymous_users).apply(raw)
    assert len(results) == len(calls)
    differing = [
        (call, mine, other)
        for call, line, result in zip(calls, raw, results, strict=True)
        if (mine := ours(result)) != (other := theirs(map_call(decode(line), anonymous_users=anonymous_users)))
    ]
    assert differing == []
    kinds = Counter(type(result).__name__ for result in results)
    assert min(kinds["Mapped"], kinds["Skipped"], kinds["Unmappable"]) > 300
