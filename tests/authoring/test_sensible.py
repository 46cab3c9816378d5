"""Mappings to a CRM and to webhooks as careful authors write them: no finding, and every engine gives the same."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.engine.interpret import Interpreter
from mapper.records.spec import DestinationSpec
from tests.support.by_jmespath import build_by_jmespath
from tests.support.calls import random_calls
from tests.support.engines import Engines
from tests.support.typical import typical_calls

SETS = Path(__file__).parent / "sensible"
SETTINGS = {
    "crm": {"apiToken": "***", "dataCenter": "eu", "trackPages": True, "defaultOwner": "ines", "minRevenue": 1},
    "hook": {"url": "https://example.com", "signingKey": "***", "includeTraits": True, "environment": "staging"},
}
BY_SET = pytest.mark.parametrize("name", SETTINGS)


@cache
def spec(name: str) -> DestinationSpec:
    found = load_set(SETS / name).spec
    assert found is not None
    return found


def test_there_are_ten_mappings() -> None:
    assert len([path for path in SETS.glob("*/*.yaml") if path.stem not in ("destination", "names")]) == 10


@BY_SET
def test_nothing_is_found(name: str) -> None:
    assert [found.message for found in load_set(SETS / name).diagnostics] == []


@BY_SET
def test_every_engine_and_jmespath_itself_give_the_same(name: str) -> None:
    lines = [json.dumps(call).encode() for call in (*random_calls(41, 600), *typical_calls(5, 300))]
    results = Engines([spec(name)], SETTINGS).apply(lines)
    assert results == Interpreter([spec(name)], SETTINGS, build_expression=build_by_jmespath).apply(lines)
    found = Counter(type(result).__name__ for result in results)
    assert min(found["Mapped"], found["Unmappable"]) > 50
