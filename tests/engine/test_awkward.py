"""Awkward input of all 98 kinds that are known from Segment, from a file's bytes to results.

What is expected stands in the rows and was worked out by hand from the vendor's documents and docs/natero.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mapper.api import Invalid, Mapped, MappingSet, Skipped, load
from mapper.authoring.shipped import shipped
from mapper.intake.read import read_lines
from mapper.intake.sources import find_sources
from mapper.records.result import Result
from tests.support import awkward_calls, awkward_traits
from tests.support.awkward import Row

ROWS = sorted((*awkward_calls.ROWS, *awkward_traits.ROWS), key=lambda row: row.number)


@cache
def mappings(anonymous_users: str) -> MappingSet:
    settings = {"authKey": "auth", "sendKey": "send", "anonymousUsers": anonymous_users}
    return load(shipped("mappings"), settings=settings)


def outcome(result: Result) -> str:
    """A result as text: exact, so that 1, 1.0 and true differ, and with the order of lists."""
    if isinstance(result, Mapped):
        return canonical(json.loads(result.request.body))
    kind = "invalid" if isinstance(result, Invalid) else "skipped" if isinstance(result, Skipped) else "unmappable"
    return f"{kind}: {result.reason}"


def canonical(body: Mapping[str, Any] | str) -> str:
    return body if isinstance(body, str) else json.dumps(body, sort_keys=True, ensure_ascii=False)


def outcomes(file: Path, mappings: MappingSet) -> Iterator[str]:
    (source,) = find_sources([str(file)])
    for line in read_lines(source):
        if line.fault is not None:
            yield f"invalid: {line.fault}"
        else:
            yield from map(outcome, mappings.map([line.raw]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number:02}: {row.what}")
def test_awkward_input(row: Row, tmp_path: Path) -> None:
    file = tmp_path / "calls.ndjson"
    file.write_bytes(row.given)
    found = list(outcomes(file, mappings("send" if row.anonymous else "skip")))
    assert found == [canonical(each) for each in row.expected]


def test_every_kind_has_its_row() -> None:
    assert {row.number for row in ROWS} == set(range(1, 99))


def test_a_message_id_is_reported_as_text_where_it_can_be() -> None:
    calls = [{"type": "screen", "messageId": given} for given in ("m1", 42, True, None, ["m1"], "", " ")]
    results = mappings("skip").map(calls)
    assert [result.message_id for result in results if isinstance(result, Skipped)] == ["m1", "42", *[None] * 5]
