"""The Python API against the real sandbox process, and the example that the docs show."""

from __future__ import annotations

import pickle
import runpy
import socket
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mapper.api import Invalid, Limits, LoadError, Mapped, Skipped, load
from mapper.base.json import decode
from tests.cli.echo import Echo
from tests.support.awaiting import PATIENCE
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
            self.may_come.wait()
            while True:
                yield TRACK
        finally:
            self.closed.set()


def readers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "reader"}


def has_ended(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_a_delivery_that_ends_early_leaves_no_thread_and_closes_the_calls() -> None:
    before = readers()
    with running_sandbox(options=failing(status=401)) as sandbox:
        mappings = load(settings=sandbox.settings, base_url=sandbox.base_url)
        for _ in range(2):
            calls = Calls()
            calls.may_come.set()
            assert mappings.deliver(calls.generator).unsettled == 1
            assert calls.closed.wait(PATIENCE)
    assert all(map(has_ended, readers() - before))


def test_a_delivery_that_ends_early_does_not_wait_for_a_call_that_does_not_come() -> None:
    before, calls = readers(), Calls()
    with running_sandbox(options=failing(status=401)) as sandbox:
        delivery = load(settings=sandbox.settings, base_url=sandbox.base_url).deliver(calls.generator)
    assert (delivery.pending, delivery.unsettled, calls.closed.is_set()) == (1, 1, False)
    (reader,) = readers() - before
    calls.may_come.set()
    assert calls.closed.wait(PATIENCE) and has_ended(reader)


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


DESTINATION = """\
mapper: 1
id: crm
destination: Crm
accepts: [track]
settings:
  host: {type: string, default: 'https://crm.example'}
requests:
  event: {base: settings.host, path: "'/e'", body: json}
"""


def crm(folder: Path, body: str) -> Path:
    """A mapping set with this body."""
    (folder / "crm").mkdir()
    (folder / "crm" / "destination.yaml").write_text(DESTINATION)
    (folder / "crm" / "track.yaml").write_text(f"mapper: 1\naccepts: track\nrequest: event\nbody:\n{body}")
    return folder


def refusal(mappings: Path | None = None, **given: Any) -> LoadError:
    with pytest.raises(LoadError) as raised:
        load(mappings, **given)
    return raised.value


def test_says_where_mappings_are_wrong_and_what_to_type_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal(crm(Path(), "  x: {$from: userId, $as: strin}\n  name: event ==\n  who: usrId\n"))
    assert str(error).splitlines() == [
        "crm/track.yaml:5:27: error[MAP103]: `body.x.$as`: expected the name of a conversion, found `strin`; "
        "did you mean `string`? allowed: string, number, integer, boolean, epoch_ms, iso8601, id, first_word, "
        "other_words, array, object",
        "crm/track.yaml:6:16: error[MAP201]: the expression ends too early",
        "crm/track.yaml:7:8: error[MAP204]: `usrId` is neither a field of track calls nor a name from `let`; "
        "did you mean `userId`?",
    ]
    last = error.diagnostics[-1]
    assert [found.diagnostic.code for found in error.diagnostics] == ["MAP103", "MAP201", "MAP204"]
    assert (last.primary.file, last.primary.line, last.primary.column) == ("crm/track.yaml", 7, 8)
    assert last.diagnostic.help == "did you mean `userId`?"
    assert pickle.loads(pickle.dumps(error)).diagnostics == error.diagnostics


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            {},
            [
                "natero: the setting `authKey` is missing; set NATERO_AUTH_KEY in the environment, or use the argument "
                "`settings` (Natero, IT "
                'Administration, Source Overview, "Event auth key")',
                "natero: the setting `sendKey` is missing; set NATERO_SEND_KEY in the environment, or use the argument "
                "`settings` (Natero, IT "
                'Administration, Source Overview, "Event API / Send key")',
            ],
        ),
        (
            {"authKey": "Kanarie 1", "sendKey": "s"},
            [
                "natero: the setting `authKey` is malformed: its value is not text that matches ^[A-Za-z0-9_-]+$; "
                "it comes from the argument `settings`; are there blanks or quotes in it?"
            ],
        ),
        (
            {"authKey": "a", "sendKey": "s", "endpointregion": "EU"},
            ["natero: there is no setting `endpointregion`; did you mean `endpointRegion`?"],
        ),
    ],
)
def test_says_what_is_wrong_with_settings(settings: dict[str, str], lines: list[str]) -> None:
    error = refusal(settings=settings)
    assert (str(error).splitlines(), error.diagnostics) == (lines, ())


GIVEN = "it comes from the argument `settings`"
LOOPED: list[Any] = []
LOOPED.append(LOOPED)
ENDLESS = 10**4300


class Word(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("host", b"canary", "its value is not text; {}; it is of the type `bytes`; give it as text"),
        ("host", Path("canary"), "its value is not text; {}; it is of the type `PosixPath`; give it as text"),
        ("host", Word("canary"), "its value is not text; {}; it is of the type `Word`; give it as text"),
        ("host", {1: "canary"}, "its value is not text; {}; it is keys and values"),
        ("host", 5, "`5` is not text; {}; give it as text"),
        ("token", b"canary", "its value is not text; {}; it is of the type `bytes`; give it as text"),
        ("token", 12345, "its value is not text; {}; give it as text"),
        ("tries", Decimal("9"), "its value is not a whole number; {}; it is of the type `Decimal`"),
        ("tries", date(2024, 7, 1), "its value is not a whole number; {}; it is of the type `date`"),
        ("tries", [b"canary"], "its value is not a whole number; {}; it is a list"),
        ("tries", LOOPED, "its value is not a whole number; {}; it is a list"),
        ("region", b"US", "its value is not one of US, EU; {}; it is of the type `bytes`"),
        ("region", ("US",), "its value is not one of US, EU; {}; it is of the type `tuple`"),
        ("free", {"US"}, "its value is not text, a number, or true or false; {}; it is of the type `set`"),
        *((name, ENDLESS, "its value has more than 4,300 digits; {}") for name in ("host", "tries", "pin", "region")),
        ("free", [{"a": ENDLESS}], "its value has more than 4,300 digits; {}"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_says_what_is_wrong_with_a_setting_of_a_type_that_none_has(
    name: str, value: Any, told: str, tmp_path: Path
) -> None:
    more = """\
  token: {type: string, secret: true}
  tries: {type: integer}
  pin: {type: integer, secret: true}
  region: {enum: [US, EU]}
  free: {description: anything}
requests:
"""
    folder = crm(tmp_path, "  name: event\n")
    (folder / "crm" / "destination.yaml").write_text(DESTINATION.replace("requests:\n", more))
    error = refusal(folder, settings={"host": "https://crm.example", name: value})
    assert str(error) == f"crm: the setting `{name}` is malformed: {told.format(GIVEN)}"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({1: 2}, "`1`; its settings are host"),
        ({b"host": "x"}, "`b'host'`; did you mean `host`?"),
        ({"crm": {None: "x"}}, "`None`; its settings are host"),
        ({Path("host"): "x"}, "`PosixPath('host')`; its settings are host"),
        ({ENDLESS: "x"}, "`<int>`; its settings are host"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_whose_name_is_no_text_is_unknown(settings: dict[Any, Any], told: str, tmp_path: Path) -> None:
    error = refusal(crm(tmp_path, "  name: event\n"), settings={"host": "https://crm.example", **settings})
    assert str(error) == f"crm: there is no setting {told}"


def test_says_that_requests_may_not_go_there(tmp_path: Path) -> None:
    error = refusal(crm(tmp_path, "  name: event\n"), settings={"host": "http://crm.example"})
    assert str(error) == (
        "request `event`: the base URL must begin with https:// (or be on this machine); "
        "look at the destination's settings, base and headers"
    )


def test_says_which_destination_is_missing() -> None:
    with pytest.raises(LoadError, match="there is no destination `nattero`"):
        load(destinations=["nattero"], settings={})
