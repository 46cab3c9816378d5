"""Envelopes and dead letters give the calls they hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from mapper.records.line import Line

Read = Callable[..., list[Line]]

WRITE_KEY = "canary-write-key"


def rows(*values: Any) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


# -- envelopes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("envelope", "item", "expected"),
    [
        ({}, {"type": "page"}, {"type": "page"}),
        ({"sentAt": "now"}, {"type": "page"}, {"type": "page", "sentAt": "now"}),
        ({"sentAt": "now"}, {"sentAt": "then"}, {"sentAt": "then"}),
        ({"sentAt": "now"}, {"sentAt": None}, {"sentAt": "now"}),
        ({"sentAt": None}, {"type": "page"}, {"type": "page"}),
        ({"context": {"ip": "1"}}, {}, {"context": {"ip": "1"}}),
        ({"context": {"ip": "1"}}, {"context": {}}, {"context": {"ip": "1"}}),
        ({"context": {"ip": "1"}}, {"context": None}, {"context": {"ip": "1"}}),
        (
            {"context": {"ip": "1", "os": {"a": 1}}},
            {"context": {"ip": "2", "x": 3}},
            {"context": {"ip": "2", "os": {"a": 1}, "x": 3}},
        ),
        ({"context": {"os": {"a": 1}}}, {"context": {"os": {"b": 2}}}, {"context": {"os": {"b": 2}}}),
        ({"context": {"ip": "1"}}, {"context": "junk"}, {"context": "junk"}),
        ({"context": "junk", "integrations": [1]}, {"context": {"a": 1}}, {"context": {"a": 1}}),
        (
            {"integrations": {"All": False, "A": True}},
            {"integrations": {"All": True}},
            {"integrations": {"All": True, "A": True}},
        ),
        (
            {"context": {"ip": "1"}, "other": 1, "messageId": "m"},
            {"type": "page"},
            {"type": "page", "context": {"ip": "1"}},
        ),
    ],
)
def test_what_the_envelope_says_lies_beneath(read: Read, envelope: Any, item: Any, expected: Any) -> None:
    (line,) = read(rows({**envelope, "writeKey": WRITE_KEY, "batch": [item]}))
    assert json.loads(line.raw) == expected
    assert line.fault is None


def test_values_stay_as_they_were_written(read: Read) -> None:
    exact = b'{"a": 1.0, "b": 123456789012345678901234567890, "c": 1e400, "d": "\\u00e9"}'
    (alone,) = read(b'{"batch": [' + exact + b"]}")
    assert alone.raw == exact
    (merged,) = read(b'{"batch": [' + exact + b'], "sentAt": "now"}')
    assert merged.raw == b'{"a":1.0,"b":123456789012345678901234567890,"c":1e400,"d":"\\u00e9","sentAt":"now"}'


def test_a_surrogate_is_repaired_and_spoils_nothing(read: Read) -> None:
    first, second = read(b'{"batch": [{"a": "\\ud800"}, {"b": 1}], "context": {"c": "\\udfff"}}')
    assert json.loads(first.raw) == {"a": "\ufffd", "context": {"c": "\ufffd"}}
    assert json.loads(second.raw) == {"b": 1, "context": {"c": "\ufffd"}}


def test_items_that_are_no_object_come_out_as_they_are(read: Read) -> None:
    lines = read(b'{"batch": [null, 7, "x", [{}], {"batch": [{"type": "page"}]}], "sentAt": "now"}')
    assert [line.raw for line in lines[:4]] == [b"null", b"7", b'"x"', b"[{}]"]
    assert json.loads(lines[4].raw) == {"batch": [{"type": "page"}], "sentAt": "now"}
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]


def test_in_ndjson_the_items_bear_the_line_s_number(read: Read) -> None:
    envelope = {"batch": [{"n": 1}, {"n": 2}]}
    assert [line.number for line in read(rows(envelope))] == [1, 2]
    assert [line.number for line in read(rows(envelope, {"n": 3}, envelope))] == [1, 1, 2, 3, 3]
    assert [line.number for line in read(rows({"n": 0}, envelope))] == [1, 2, 2]
    assert [line.number for line in read(rows(envelope, envelope))] == [1, 1, 2, 2]
    assert [json.loads(line.raw) for line in read(rows(envelope, envelope), from_line=2)] == [{"n": 1}, {"n": 2}]


def test_a_batch_with_a_type_is_a_call(read: Read) -> None:
    call = {"type": "track", "batch": [{"type": "page"}]}
    assert [json.loads(line.raw) for line in read(rows(call))] == [call]


def test_a_batch_within_properties_is_a_call(read: Read) -> None:
    call = {"properties": {"batch": [1], "reason": "x", "raw": "y"}}
    assert [line.raw for line in read(rows(call))] == [rows(call)]


@pytest.mark.parametrize("batch", [None, {}, "x", 1])
def test_a_batch_that_is_no_list_is_a_fault(read: Read, batch: Any) -> None:
    (line,) = read(rows({"writeKey": WRITE_KEY, "batch": batch}))
    assert line.fault == "the envelope's `batch` is not a list"
    assert WRITE_KEY.encode() not in line.raw


def test_a_broken_envelope_does_not_show_its_write_key(read: Read) -> None:
    raw = b'{"writeKey": "canary-write-key", "batch": [{"a": NaN}]}'
    (line,) = read(raw)
    assert line.raw == raw.replace(b"canary-write-key", b"*" * 16)
    assert line.fault is None


def test_a_large_envelope_keeps_to_the_limit_of_each_call(read: Read) -> None:
    envelope = {"context": {"x": 1}, "batch": [{"n": n, "text": "x" * 150} for n in range(50)] + [{"text": "x" * 300}]}
    for text in (rows(envelope), rows({"n": 1}, envelope), json.dumps(envelope, indent=1).encode()):
        *lines, over = read(text, max_line_bytes=250)
        assert [json.loads(line.raw)["n"] for line in lines][-50:] == list(range(50))
        assert all(line.fault is None for line in lines)
        assert over.fault is not None
        assert over.fault.startswith("call of 3")
        assert over.fault.endswith(" bytes exceeds the limit of 250 bytes")


# -- dead letters ------------------------------------------------------------------------------------------------------


def letter(**fields: Any) -> dict[str, Any]:
    return {**fields, "destination": "natero", "mapping": "track", "reason": "HTTP 400", "attempts": 1}


def test_a_dead_letter_gives_its_call_and_mapping(read: Read) -> None:
    call = b'{"type": "track", "n": 1.0,  "big": 123456789012345678901234567890}'
    first = rows(letter(call=0)).replace(b'"call": 0', b'"call": ' + call)
    second, third = letter(call={"type": "page"}), letter(call={"type": "page"})
    second["mapping"] = None
    del third["destination"]
    lines = read(b"\n".join([first, rows(second), rows(third)]))
    assert [line.raw for line in lines] == [call, b'{"type": "page"}', b'{"type": "page"}']
    assert [line.mapping for line in lines] == ["natero/track", "natero/", None]
    assert [line.number for line in lines] == [1, 2, 3]


def test_a_dead_letter_of_what_was_no_json(read: Read) -> None:
    lines = read(
        rows(
            letter(raw='{"type": "tr\u00e4'),
            letter(raw_base64=base64.b64encode(b"\xff\xfe{").decode()),
            letter(raw="two\nlines"),
        )
    )
    assert [line.raw for line in lines] == ['{"type": "tr\u00e4'.encode(), b"\xff\xfe{", b"two\nlines"]
    assert all(line.fault is None for line in lines)


@pytest.mark.parametrize("fields", [{"raw": 7}, {"raw_base64": "%%"}, {"raw_base64": "é"}, {"raw_base64": None}])
def test_a_dead_letter_without_a_readable_call_is_a_fault(read: Read, fields: Any) -> None:
    lines = read(rows(letter(**fields), {"type": "page"}))
    assert [line.fault for line in lines] == ["the dead letter holds no call that can be read", None]


def test_a_reason_alone_makes_no_dead_letter(read: Read) -> None:
    calls = [{"reason": "x"}, {"type": "track", "reason": "x", "call": {}, "raw": "x"}]
    assert [json.loads(line.raw) for line in read(rows(*calls))] == calls


def test_a_dead_letter_may_be_longer_than_its_call(read: Read) -> None:
    call = {"type": "track", "text": "x" * 200}
    lines = read(rows(letter(call=call, response="y" * 300), letter(call=call)), max_line_bytes=250)
    assert [json.loads(line.raw) for line in lines] == [call, call]
