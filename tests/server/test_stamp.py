"""What is added to calls, and how batches are taken apart."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.base.json import decode, encode
from mapper.expressions.functions.instant import epoch_ms, iso8601
from mapper.records.line import Line
from mapper.server.stamp import Stamp, completed, moment_of, written
from mapper.server.tracking import MOST_BYTES_OF_CALL, lines_of, opened

RECEIVED = 1_767_323_045_678
AT = "2026-01-02T03:04:05.678Z"


def made(name: str, body: object, *, address: str | None = None, by_user: bool = False) -> list[Line]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lines_of(name, opened(name, raw), "web", Stamp(RECEIVED, address, by_user=by_user))


def one(call: dict[str, Any], name: str = "track", address: str | None = None, *, by_user: bool = False) -> Any:
    (line,) = made(name, call, address=address, by_user=by_user)
    return json.loads(line.raw)


LONG_AGO = "2020-01-01T00:00:00Z"
TIMES: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, AT, None),
    ({"timestamp": None, "sentAt": AT}, AT, None),
    ({"timestamp": "yesterday"}, "yesterday", None),
    ({"timestamp": LONG_AGO}, LONG_AGO, None),
    ({"timestamp": LONG_AGO, "sentAt": None}, LONG_AGO, None),
    ({"timestamp": LONG_AGO, "sentAt": "2020-01-01T00:10:00+00:00"}, "2026-01-02T02:54:05.678Z", LONG_AGO),
    (  # what the client calls the original one goes before
        {"originalTimestamp": LONG_AGO, "timestamp": "2019-01-01", "sentAt": "2020-01-01T00:00:01Z"},
        "2026-01-02T03:04:04.678Z",
        LONG_AGO,
    ),
    ({"timestamp": "2020-01-01", "sentAt": "soon"}, "2020-01-01", None),
    ({"originalTimestamp": LONG_AGO}, LONG_AGO, LONG_AGO),
    ({"originalTimestamp": LONG_AGO, "timestamp": None, "sentAt": "soon"}, LONG_AGO, LONG_AGO),
    ({"originalTimestamp": "then", "sentAt": AT}, AT, "then"),
    ({"timestamp": "0001-01-01", "sentAt": "9999-12-31"}, "0001-01-01", None),
    ({"timestamp": "9999-12-31", "sentAt": "0001-01-01"}, "9999-12-31", None),
    ({"timestamp": " " * 70 + "2020-01-01", "sentAt": "2020-01-01"}, AT, " " * 70 + "2020-01-01"),
]


@pytest.mark.parametrize(("call", "timestamp", "original"), TIMES)
def test_times(call: dict[str, Any], timestamp: str, original: str | None) -> None:
    stamped = one(call)
    assert stamped["receivedAt"] == AT
    assert (stamped["timestamp"], stamped.get("originalTimestamp")) == (timestamp, original)


def spoilt(text: str, place: int, letter: str) -> str:
    return text[:place] + letter + text[place + 1 :]


USUAL = st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%f}".rjust(26, "0")[:23] + "Z")
MOMENTS = USUAL | st.builds(spoilt, USUAL, st.integers(0, 23), st.sampled_from("0369 tzZ:.+-é\\"))
ODD = ["2026-01-02T03:04:05+0100", "2026-01-02T03:04:05.6+01", "2026-01-02T03:04:05.6789", "2026-01-02T03:04:60.000Z"]


@given(MOMENTS | st.sampled_from(ODD), MOMENTS | st.sampled_from(ODD))
def test_times_are_those_that_mappings_read(made: str, sent: str) -> None:
    """Whatever the quick way takes."""
    stamped, expected = one({"timestamp": made, "sentAt": sent}), None
    begun, ended = epoch_ms(made), epoch_ms(sent)
    if begun is not None and ended is not None:
        with contextlib.suppress(OverflowError):
            expected = text_of(RECEIVED - (ended - begun))
    assert stamped["timestamp"] == (expected or made)
    assert stamped.get("originalTimestamp") == (made if expected else None)


def text_of(milliseconds: int) -> str:
    return str(decode(bytes(written(moment_of(milliseconds)))))


def test_an_identity_for_what_has_none_and_no_write_key() -> None:
    first, second = (one({"event": "E", "messageId": None, "writeKey": "secret"}) for _ in range(2))
    assert first["messageId"].startswith("mapper-")
    assert first["messageId"] != second["messageId"]
    assert first["type"] == "track"
    assert "writeKey" not in first
    assert one({"messageId": ""})["messageId"].startswith("mapper-")
    assert one({"messageId": 7, "type": "page"})["messageId"] == 7
    assert one({"type": "page"})["type"] == "track"  # the path knows best


@pytest.mark.parametrize(
    ("context", "by_user", "address", "ip"),
    [
        ({}, True, "203.0.113.7", "203.0.113.7"),
        (None, True, "203.0.113.7", "203.0.113.7"),
        ({"ip": None, "locale": "en"}, True, "203.0.113.7", "203.0.113.7"),
        ({"ip": "198.51.100.1"}, True, "203.0.113.7", "198.51.100.1"),
        ({}, True, "::ffff:203.0.113.7", "203.0.113.7"),
        ({}, True, "2001:db8::1", None),
        ({}, True, None, None),
        ({}, False, "203.0.113.7", None),  # of a server, and not of the user
        ({"direct": False}, False, "203.0.113.7", None),
        ({"direct": True}, False, "203.0.113.7", "203.0.113.7"),
    ],
)
def test_the_address_of_the_user(context: Any, by_user: bool, address: str | None, ip: str | None) -> None:
    found = one({"context": context}, address=address, by_user=by_user)["context"]
    assert (found or {}).get("ip") == ip
    assert {key: value for key, value in (found or {}).items() if key != "ip"} == {
        key: value for key, value in (context or {}).items() if key != "ip"
    }


@pytest.mark.parametrize("context", [[], "text", 7])
def test_a_context_that_is_none_stays(context: Any) -> None:
    assert one({"context": context}, address="203.0.113.7", by_user=True)["context"] == context


def test_a_context_that_can_not_be_read_stays() -> None:
    """The engine says what is wrong with it."""
    (line,) = made("track", b'{"context":{"\xff":1,"locale":"en"}}', address="203.0.113.7", by_user=True)
    assert b'{"\xff":1,"locale":"en"}' in line.raw


def test_what_the_envelope_says_of_all() -> None:
    (line,) = made(
        "batch",
        {
            "batch": [{"type": "track", "context": {"a": 1}}],
            "context": {"a": 2, "b": 2},
            "integrations": {"All": False},
            "sentAt": "2020-01-01T00:00:00Z",
        },
    )
    call = json.loads(line.raw)
    assert (call["context"], call["integrations"]) == ({"a": 1, "b": 2}, {"All": False})
    assert call["sentAt"] == "2020-01-01T00:00:00Z"


def test_one_too_long_has_a_fault_and_the_others_have_not() -> None:
    fits = {"type": "track", "messageId": "m", "event": ""}
    fits["event"] = "x" * (MOST_BYTES_OF_CALL - len(encode(fits)))
    lines = made("batch", encode({"batch": [{"type": "page"}, fits, {**fits, "event": fits["event"] + "x"}]}))
    assert [line.fault for line in lines] == [
        None,
        None,
        f"call of {MOST_BYTES_OF_CALL + 1} bytes exceeds the limit of {MOST_BYTES_OF_CALL} bytes",
    ]
    assert [line.number for line in lines] == [1, 2, 3]
    assert len(lines[2].raw) < 1000


TEXTS = st.text(alphabet='a"\\é\u2028\ud83d', max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.sampled_from([AT, "2020-01-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(["type", "timestamp", "originalTimestamp", "sentAt", "context", "integrations", "writeKey"])
CALLS = st.dictionaries(NAMES | TEXTS, VALUES, max_size=6)


@given(st.lists(CALLS, max_size=4), CALLS)
def test_taken_apart_in_one_pass_or_call_by_call_it_is_the_same(calls: list[Any], envelope: dict[str, Any]) -> None:
    """An item that is no object takes the whole batch on the other way."""
    calls = [{**call, "messageId": "m"} for call in calls]
    quick = made("batch", {**envelope, "batch": calls})
    careful = made("batch", {**envelope, "batch": [*calls, 1]})
    assert quick == careful[:-1]
    assert careful[-1].raw == b"1"


@given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
def test_moments_are_written_as_javascript_does(milliseconds: int) -> None:
    text = text_of(milliseconds)
    assert text == iso8601(milliseconds if abs(milliseconds) >= 100_000_000_000 else milliseconds / 1000)
    assert json.loads(completed(b"{}", milliseconds))["receivedAt"] == text


def test_what_a_webhook_brings_is_completed_alone() -> None:
    whole = {"messageId": "m", "receivedAt": "r", "timestamp": "t"}
    assert completed(encode(whole), RECEIVED) == encode(whole)
    assert completed(b"[1]", RECEIVED) == b"[1]"
    found = json.loads(completed(encode({"messageId": "m", "receivedAt": "r", "writeKey": "k"}), RECEIVED))
    assert found == {"messageId": "m", "receivedAt": "r", "timestamp": "r"}
    found = json.loads(completed(encode({"messageId": "m", "receivedAt": None, "timestamp": None}), RECEIVED))
    assert found == {"messageId": "m", "receivedAt": AT, "timestamp": AT}


@pytest.mark.parametrize(
    ("call", "is_same"),
    [({"sentAt": AT}, True), ({"timestamp": AT, "messageId": ""}, True), ({"timestamp": None}, False)],
)
def test_what_comes_again_without_an_identity_is_known_by_its_time(call: dict[str, Any], is_same: bool) -> None:
    """Without one it may be another call that is like the first."""
    first, again, other = (
        json.loads(completed(encode({**call, "event": event}), RECEIVED))["messageId"] for event in "aab"
    )
    assert (first == again, first == other) == (is_same, False)
