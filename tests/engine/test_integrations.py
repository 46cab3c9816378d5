"""The integrations object: which calls are meant for a destination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mapper.engine.integrations import ruled_out
from tests.support.language import apply, destination, interpreter, mapping, said

MEANT: list[Any] = [
    {},
    {"All": True},
    {"Acme": True},
    {"All": False, "Acme": True},
    {"All": False, "Acme": {"option": 1}},
    {"All": False, "Acme": {}},
    {"acme": False},
    {"ACME": False, "Other": False},
    {"All": True, "acme": False},
    {"Acme": None},
    {"Acme": 0},
    {"Acme": ""},
    {"Acme": "false"},
    {"All": False, "Acme": None},
    {"All": False, "Acme": 0},
    {"All": "false"},
    {"All": None},
    {"All": 0},
    {"All": {}},
    {"Salesforce": True, "Segment.io": True},
    None,
    [],
    ["Acme"],
    [False],
    "Acme",
    "",
    False,
    0,
    7,
]
NOT_MEANT: list[tuple[dict[str, Any], str]] = [
    ({"Acme": False}, "integrations.Acme is false"),
    ({"All": True, "Acme": False}, "integrations.Acme is false"),
    ({"All": False, "Acme": False}, "integrations.Acme is false"),
    ({"All": False}, "integrations.All is false"),
    ({"All": False, "Other": True}, "integrations.All is false"),
    ({"All": False, "acme": True}, "integrations.All is false"),
    ({"all": False}, "integrations.All is false"),
    ({"ALL": False}, "integrations.All is false"),
    ({"all": False, "All": True}, "integrations.All is false"),
]


def test_a_call_without_the_object_is_meant() -> None:
    assert ruled_out({"type": "track"}, "Acme") is None


@pytest.mark.parametrize("integrations", MEANT, ids=repr)
def test_meant(integrations: Any) -> None:
    assert ruled_out(integrations, "Acme") is None


@pytest.mark.parametrize(("integrations", "reason"), NOT_MEANT, ids=repr)
def test_not_meant(integrations: dict[str, Any], reason: str) -> None:
    assert ruled_out(integrations, "Acme") == reason


def test_a_destination_called_all_has_no_key_of_its_own_but_that_one() -> None:
    assert ruled_out({"All": False}, "All") == "integrations.All is false"


def test_it_is_looked_at_by_the_name_of_the_destination_before_its_own_rules(tmp_path: Path) -> None:
    text = destination("skip: [{when: '!userId', because: nobody}]\n").replace(
        "destination: Acme", "destination: Acme CRM"
    )
    mapper = interpreter(tmp_path, {"destination.yaml": text, "track.yaml": mapping("v: event")})
    results = apply(
        mapper,
        {"event": "a", "integrations": {"Acme CRM": False}},
        {"event": "b", "integrations": {"Acme": False, "acme": False}, "userId": "u"},
        {"event": "c", "integrations": {"All": True}},
        {"type": "screen", "integrations": {"All": False}},
    )
    assert [said(result) for result in results] == [
        "skipped: integrations.Acme CRM is false",
        {"v": "b"},
        "skipped: nobody",
        "skipped: screen calls are not accepted",
    ]
