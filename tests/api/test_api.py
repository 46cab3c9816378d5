"""The Python API against the real sandbox process, and the example that the docs show."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from mapper.api import Invalid, LoadError, Mapped, Skipped, load
from mapper.base.json import decode
from tests.support.sandbox import running_sandbox

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "cloud_function.py"
TRACK = {"type": "track", "userId": "u1", "event": "Signed In", "timestamp": "2024-07-01T10:00:00Z"}


def test_maps_calls_without_sending() -> None:
    mappings = load(settings={"authKey": "a", "sendKey": "b"})
    mapped, skipped, invalid = mappings.map([TRACK, {"type": "screen"}, b"{"])
    assert isinstance(mapped, Mapped)
    assert decode(mapped.request.body) == {
        "user_id": "u1",
        "created_at": 1719828000000,
        "action": "feature",
        "feature": "Signed In",
        "total": 1,
    }
    assert isinstance(skipped, Skipped)
    assert isinstance(invalid, Invalid)


def test_delivers() -> None:
    with running_sandbox() as sandbox:
        mappings = load(settings=sandbox.settings, base_url=sandbox.base_url)
        delivery = mappings.deliver([TRACK, {**TRACK, "event": " "}, {"type": "screen"}])
        assert delivery.delivered == 1
        assert delivery.dead == ((2, "no event name"),)
        assert delivery.skipped == {"screen calls are not accepted": 1}
        assert (delivery.pending, delivery.unsettled) == (0, None)
        assert [event["feature"] for event in sandbox.events] == ["Signed In"]


def test_the_documented_cloud_function(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_sandbox() as sandbox:
        monkeypatch.setattr("mapper.api.load", lambda: load(settings=sandbox.settings, base_url=sandbox.base_url))
        handle = runpy.run_path(str(EXAMPLE))["handle"]
        assert handle({"batch": [TRACK]}) == {"delivered": 1, "dead": ()}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "natero: the setting `authKey` is missing; natero: the setting `sendKey` is missing"),
        ({"authKey": "a b", "sendKey": "s"}, "natero: the setting `authKey` is malformed"),
        ({"authKey": "a", "sendKey": "s", "region": "EU"}, "natero: there is no setting `region`"),
    ],
)
def test_says_what_is_wrong_with_settings(settings: dict[str, str], message: str) -> None:
    with pytest.raises(LoadError, match=message):
        load(settings=settings)


def test_says_which_destination_is_missing() -> None:
    with pytest.raises(LoadError, match="there is no destination `nattero`"):
        load(destinations=["nattero"], settings={})
