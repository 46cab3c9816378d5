"""What holds for every call, however spoilt: a request that conforms, or a skip or an unmappable with its reason."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.engine.interpret import Interpreter
from mapper.records.result import Invalid, Mapped, Result, Skipped, Unmappable
from mapper.records.spec import DestinationSpec
from tests.support.calls import calls, draw, random_calls

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SETTINGS = {
    "natero": {"endpointRegion": "US", "anonymousUsers": "send"},
    "natero-accounts": {"endpointRegion": "US"},
}


@cache
def specs() -> tuple[DestinationSpec, ...]:
    found = [load_set(shipped("mappings") / name).spec for name in SETTINGS]
    assert all(found)
    return tuple(spec for spec in found if spec)


@cache
def interpreter() -> Interpreter:
    return Interpreter(specs(), SETTINGS)


@cache
def validators() -> dict[tuple[str, str], jsonschema_rs.Validator]:
    return {
        (spec.id, name): jsonschema_rs.validator_for(dict(request.schema or {}))
        for spec in specs()
        for name, request in spec.requests.items()
    }


def lawful(result: Result, index: int) -> None:
    """One result alone."""
    assert result.index == index
    if isinstance(result, Mapped):
        request = result.request
        body = decode(request.body)
        validators()[request.destination, request.name].validate(body)
        assert request.order_key and not request.order_key.isspace()
        assert "\n" not in request.body.decode()
        return
    assert result.reason.strip() == result.reason != ""
    assert len(result.reason) < 400
    assert "\n" not in result.reason


def encoded(call: Any) -> bytes:
    return json.dumps(call).encode()


def by_line(results: list[Result], count: int) -> list[list[Result]]:
    return [[result for result in results if result.index == index] for index in range(count)]


@given(calls())
def test_any_call_gives_lawful_results(call: dict[str, Any]) -> None:
    results = interpreter().apply([encoded(call)])
    assert results
    for result in results:
        lawful(result, 0)
    places = [
        (result.destination, getattr(result, "mapping", None)) for result in results if isinstance(result, Skipped)
    ]
    assert len(set(places)) == len(places)


@given(calls())
def test_a_destination_gives_one_result_or_one_of_each_mapping_that_accepts_the_type(call: dict[str, Any]) -> None:
    results = interpreter().apply([encoded(call)])
    if isinstance(results[0], Unmappable) and results[0].destination is None:
        assert len(results) == 1
        return
    for spec in specs():
        found = [
            result.mapping for result in results if not isinstance(result, Invalid) and result.destination == spec.id
        ]
        kind = call["type"].strip().lower()
        assert found == [None] or Counter(found) == Counter(each.name for each in spec.mappings if kind in each.accepts)


@given(JSON)
def test_any_json_gives_lawful_results(value: Any) -> None:
    for result in interpreter().apply([encoded(value)]):
        lawful(result, 0)


@given(st.binary(max_size=60))
def test_any_bytes_give_lawful_results(raw: bytes) -> None:
    results = interpreter().apply([raw])
    for result in results:
        lawful(result, 0)
    assert isinstance(results[0], Invalid | Unmappable | Skipped)


@given(st.lists(calls(), max_size=5))
@settings(max_examples=30)
def test_lines_do_not_know_each_other(several: list[dict[str, Any]]) -> None:
    lines = [encoded(call) for call in several]
    together = interpreter().apply(lines)
    assert [result.index for result in together] == sorted(result.index for result in together)
    alone = [interpreter().apply([line]) for line in lines]
    texts = [
        [str(result).replace(f"index={index}", "index=0") for result in of_line]
        for index, of_line in enumerate(by_line(together, len(lines)))
    ]
    assert texts == [[str(result) for result in of_line] for of_line in alone]
    assert interpreter().apply(lines) == together


def test_a_call_is_not_changed_and_settings_neither() -> None:
    before = json.dumps(SETTINGS)
    line = encoded(next(random_calls(5, 1)))
    kept = bytes(line)
    interpreter().apply([line])
    assert (line, json.dumps(SETTINGS)) == (kept, before)


@pytest.mark.parametrize("seed", [31, 32])
def test_ten_thousand_calls_give_lawful_results_of_every_kind(seed: int) -> None:
    results = interpreter().apply([encoded(call) for call in random_calls(seed, 5_000)])
    for result in results:
        lawful(result, result.index)
    counted = Counter(type(result).__name__ for result in results)
    assert counted["Mapped"] > 2_000
    assert min(counted["Skipped"], counted["Unmappable"]) > 500
    assert not counted["Invalid"]


def test_three_in_ten_calls_hold_junk() -> None:
    rng = random.Random(7)
    junk = sum(bool(draw(rng).junk_at) for _ in range(2_000))
    assert junk >= 600
