"""The Python API against the real sandbox process, and the example that the docs show."""

from __future__ import annotations

import runpy
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.api import Invalid, Limits, LoadError, Mapped, Skipped, load
from mapper.base.json import decode
from tests.cli.echo import Echo
from tests.support.sandbox import failing, running_sandbox

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


def test_says_that_keys_are_refused_and_shows_none() -> None:
    with Echo(401).serving() as url:
        delivery = load(settings={"authKey": "Kanarie1", "sendKey": "Kanarie2"}, base_url=url).deliver([TRACK])
    (pause,) = delivery.pauses
    assert (delivery.pending, pause.destination, pause.kind, pause.status) == (1, "natero", "misconfigured", 401)
    assert pause.because == "HTTP 401"
    assert pause.advice == "look at the settings `authKey`, `sendKey`, `endpointRegion`"
    assert pause.shown_url == f"{url}/v1/***/***"
    assert "Kanarie" not in repr(delivery)


def test_says_that_a_destination_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    mappings = load(settings={"authKey": "a", "sendKey": "b"}, base_url=f"http://127.0.0.1:{port}")
    (pause,) = mappings.deliver([TRACK], limits=Limits(give_up_after=0.1)).pauses
    assert (pause.destination, pause.kind, pause.status) == ("natero", "gave_up", None)
    assert pause.because == "no success for 0.1 s, at last connection refused"
    assert pause.advice == "try again later: what is pending was not lost"


class Calls:
    """Calls without end, that can be made to wait.

    Attributes:
        may_come: Whether the second call may come.
        closed: Whether the generator was closed.
    """

    def __init__(self) -> None:
        self.may_come = threading.Event()
        self.closed = threading.Event()
        self.generator = self._calls()

    def _calls(self) -> Iterator[dict[str, str]]:
        try:
            yield TRACK
            self.may_come.wait(30)
            while True:
                yield TRACK
        finally:
            self.closed.set()


def readers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "reader"}


def has_ended(thread: threading.Thread) -> bool:
    thread.join(10)
    return not thread.is_alive()


def test_a_delivery_that_ends_early_leaves_no_thread_and_closes_the_calls() -> None:
    before = readers()
    with running_sandbox(options=failing(status=401)) as sandbox:
        mappings = load(settings=sandbox.settings, base_url=sandbox.base_url)
        for _ in range(2):
            calls = Calls()
            calls.may_come.set()
            assert mappings.deliver(calls.generator).unsettled == 1
            assert calls.closed.wait(10)
    assert all(map(has_ended, readers() - before))


def test_a_delivery_that_ends_early_does_not_wait_for_a_call_that_does_not_come() -> None:
    before, calls = readers(), Calls()
    with running_sandbox(options=failing(status=401)) as sandbox:
        begun = time.monotonic()
        delivery = load(settings=sandbox.settings, base_url=sandbox.base_url).deliver(calls.generator)
        assert time.monotonic() - begun < 20
    assert (delivery.pending, delivery.unsettled, calls.closed.is_set()) == (1, 1, False)
    (reader,) = readers() - before
    calls.may_come.set()
    assert calls.closed.wait(10) and has_ended(reader)


def test_the_documented_cloud_function(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_sandbox() as sandbox:
        monkeypatch.setattr("mapper.api.load", lambda: load(settings=sandbox.settings, base_url=sandbox.base_url))
        handle = runpy.run_path(str(EXAMPLE))["handle"]
        assert handle({"batch": [TRACK]}) == {"delivered": 1, "dead": ()}
        sandbox.fault({"status": 401})
        with pytest.raises(RuntimeError) as raised:
            handle({"batch": [TRACK, TRACK]})
    assert str(raised.value) == (
        "2 requests are not delivered yet: natero: HTTP 401: "
        "look at the settings `authKey`, `sendKey`, `endpointRegion`"
    )


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
