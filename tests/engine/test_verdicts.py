"""What becomes of a call: types, skip and reject, mappings that wait, order keys, schemas, errors at run time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mapper.records.result import Mapped, Skipped, Unmappable
from tests.support.language import REQUESTS, apply, by_mapping, destination, interpreter, mapping, said

GUARDED = """\
skip:
  - {when: "event == 's1' || event == 'both'", because: the first skip}
  - {when: "event == 's1' || event == 's2'", because: the second skip}
reject:
  - {when: "event == 'r1' || event == 'both'", because: the first rejection}
  - {when: "event == 'r1' || event == 'r2'", because: the second rejection}
"""
REASONS = {
    "s1": "skipped: the first skip",
    "s2": "skipped: the second skip",
    "both": "skipped: the first skip",
    "r1": "unmappable: the first rejection",
    "r2": "unmappable: the second rejection",
}


# -- types -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("track", {"v": "track"}),
        (" Track\n", {"v": "track"}),
        ("page", {"v": "page"}),
        ("group", "skipped: no mapping accepts group calls"),
        ("identify", "skipped: identify calls are not accepted"),
        ("screen", "skipped: screen calls are not accepted"),
        ("DELETE", "skipped: delete calls are not accepted"),
        ("purchase", "skipped: unknown call type"),
        ("", "unmappable: no call type: `type` is missing or no text"),
        (7, "unmappable: no call type: `type` is missing or no text"),
    ],
)
def test_types(kind: Any, expected: Any, tmp_path: Path) -> None:
    text = destination().replace("[track, page, identify, group, alias]", "[track, page, group]")
    files = {"destination.yaml": text, "any.yaml": mapping("v: type", accepts="[track, page]")}
    (result,) = apply(interpreter(tmp_path, files), {"type": kind})
    assert said(result) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'"text"', "unmappable: not a call: text, where an object is expected"),
        (b"[1]", "unmappable: not a call: an array, where an object is expected"),
        (b"null", "unmappable: not a call: null, where an object is expected"),
        (b"true", "unmappable: not a call: true, where an object is expected"),
        (b"1.5", "unmappable: not a call: a number, where an object is expected"),
        (b"{}", "unmappable: no call type: `type` is missing or no text"),
        (b"", "invalid: not JSON: ends too early, at column 1"),
        (b'{"type": "track",}', "invalid: not JSON: "),
        (b'{"type": "track"} {}', "invalid: not JSON: extra data at column 19"),
        (b'{"v": -Infinity}', "invalid: not JSON: -Infinity is no JSON number"),
    ],
)
def test_lines_that_are_no_calls(raw: bytes, expected: str, tmp_path: Path) -> None:
    mapper = interpreter(tmp_path, {"track.yaml": mapping("v: event")})
    good = b'{"type": "track", "event": "a"}'
    found = [(result.index, said(result)) for result in mapper.apply([good, raw, good])]
    assert found[0::2] == [(0, {"v": "a"}), (2, {"v": "a"})]
    assert found[1][0] == 1
    assert found[1][1].startswith(expected)
    assert len(found) == 3


# -- skip and reject ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("event", "expected"), REASONS.items())
def test_a_destination_skips_and_rejects_once_for_all(event: str, expected: str, tmp_path: Path) -> None:
    files = {"destination.yaml": destination(GUARDED), "one.yaml": mapping("v: event"), "two.yaml": mapping("v: event")}
    mapper = interpreter(tmp_path, files)
    assert by_mapping(apply(mapper, {"event": event})) == {None: expected}
    assert by_mapping(apply(mapper, {"event": "x"})) == {"one": {"v": "x"}, "two": {"v": "x"}}


@pytest.mark.parametrize(("event", "expected"), REASONS.items())
def test_a_mapping_skips_and_rejects_for_itself(event: str, expected: str, tmp_path: Path) -> None:
    files = {"one.yaml": mapping("v: event", before=GUARDED), "two.yaml": mapping("v: event")}
    mapper = interpreter(tmp_path, files)
    assert by_mapping(apply(mapper, {"event": event})) == {"one": expected, "two": {"v": event}}


def test_a_destination_decides_before_its_mappings(tmp_path: Path) -> None:
    first = "reject: [{when: '!userId', because: of the destination}]\n"
    second = "skip: [{when: '!anonymousId', because: of the mapping}]\n"
    files = {"destination.yaml": destination(first), "one.yaml": mapping("v: event", before=second)}
    (result,) = apply(interpreter(tmp_path, files), {"event": "a"})
    assert said(result) == "unmappable: of the destination"


@pytest.mark.parametrize("falsy", [None, False, "", [], {}])
def test_conditions_hold_as_in_jmespath(falsy: Any, tmp_path: Path) -> None:
    before = "skip: [{when: properties.a, because: it holds}]\n"
    mapper = interpreter(tmp_path, {"one.yaml": mapping("v: event", before=before)})
    calls = [{"event": "x", "properties": {"a": value}} for value in (falsy, 0, "false", [None])]
    assert [said(result) for result in apply(mapper, *calls)] == [{"v": "x"}, *["skipped: it holds"] * 3]


def test_conditions_see_names_and_settings(tmp_path: Path) -> None:
    more = "settings: {mode: {enum: [on, off], default: on}}\nlet: {who: id(userId)}\n"
    before = "let: {nobody: '!who'}\nskip: [{when: \"nobody && settings.mode == 'on'\", because: nobody}]\n"
    files = {"destination.yaml": destination(more), "one.yaml": mapping("v: event", before=before)}
    for mode, expected in (("on", "skipped: nobody"), ("off", {"v": "a"})):
        (result,) = apply(interpreter(tmp_path, files, settings={"mode": mode}), {"event": "a"})
        assert said(result) == expected


def test_a_condition_that_fails_rejects_and_later_ones_are_not_tried(tmp_path: Path) -> None:
    before = "skip:\n  - {when: length(event) > `3`, because: long}\n  - {when: '!userId', because: nobody}\n"
    (result,) = apply(interpreter(tmp_path, {"one.yaml": mapping("v: event", before=before)}), {"event": 5})
    assert isinstance(result, Unmappable)
    assert result.mapping == "one"
    assert result.reason.startswith("set/one.yaml:5:12: In function length()")


def test_results_say_which_call_and_mapping(tmp_path: Path) -> None:
    files = {"one.yaml": mapping("v: event", before="skip: [{when: '!userId', because: nobody}]\n")}
    mapped, skipped = apply(
        interpreter(tmp_path, files), {"userId": "u", "messageId": "m1", "event": "a"}, {"messageId": 7}
    )
    assert isinstance(mapped, Mapped)
    assert (mapped.index, mapped.message_id, mapped.type, mapped.destination, mapped.mapping) == (
        0,
        "m1",
        "track",
        "acme",
        "one",
    )
    assert mapped.request.name == "event"
    wanted = Skipped(index=1, message_id="7", type="track", destination="acme", mapping="one", reason="nobody")
    assert skipped == wanted


# -- mappings that wait ------------------------------------------------------------------------------------------------

FIRST = """\
skip: [{when: "event == 'skip'", because: skipped}]
reject: [{when: "event == 'reject'", because: rejected}]
"""
WAITS = "skipped: waits for zebra, which could not be mapped"


@pytest.mark.parametrize(
    ("event", "zebra", "apple", "berry"),
    [
        ("ok", {"v": "ok"}, {"v": 1}, {"v": 2}),
        ("reject", "unmappable: rejected", WAITS, "skipped: waits for apple, which could not be mapped"),
        (5, "unmappable: no text", WAITS, "skipped: waits for apple, which could not be mapped"),
        ("skip", "skipped: skipped", {"v": 1}, {"v": 2}),
    ],
)
def test_a_mapping_waits_for_another(event: Any, zebra: Any, apple: Any, berry: Any, tmp_path: Path) -> None:
    files = {
        "zebra.yaml": mapping("v: {$from: event, $is: string, $required: no text}", before=FIRST),
        "apple.yaml": mapping("v: 1", before="after: zebra\n"),
        "berry.yaml": mapping("v: 2", before="after: apple\n"),
        "cherry.yaml": mapping("v: 3"),
    }
    results = apply(interpreter(tmp_path, files), {"event": event}, {"event": "ok"})
    first = [result for result in results if result.index == 0]
    assert list(by_mapping(first).items()) == [
        ("cherry", {"v": 3}),
        ("zebra", zebra),
        ("apple", apple),
        ("berry", berry),
    ]
    assert all(isinstance(result, Mapped) for result in results[4:]), "one call's failure is not another's"
    waiting = {result.mapping: result.request.after for result in results[4:] if isinstance(result, Mapped)}
    assert waiting == {"cherry": None, "zebra": None, "apple": "zebra", "berry": "apple"}


# -- order -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "key"),
    [
        ("u1", "u1"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (True, "true"),
        ({"a": [1]}, '{"a":[1]}'),
        (" u1 ", " u1 "),
        (None, None),
        ("", ""),
        (10**20, f"{10**20}"),
    ],
)
def test_order_by(user: Any, key: str | None, tmp_path: Path) -> None:
    files = {"destination.yaml": destination() + "    order_by: userId\n", "track.yaml": mapping("v: 1")}
    (result,) = apply(interpreter(tmp_path, files), {"userId": user})
    assert isinstance(result, Mapped)
    assert result.request.order_key == key


def test_order_across_requests(tmp_path: Path) -> None:
    requests = REQUESTS + "    order_by: userId\n  other:\n    path: \"'/o'\"\n    base: \"'https://acme.example'\"\n"
    requests += "  third:\n    path: \"'/t'\"\n    base: \"'https://acme.example'\"\n"
    text = destination(
        "let: {account: context.groupId}\norder: {key: account, requests: [event, other]}\n", requests=requests
    )
    files = {
        "destination.yaml": text,
        "one.yaml": mapping("v: 1"),
        "two.yaml": mapping("v: 2", request="other"),
        "three.yaml": mapping("v: 3", request="third"),
    }
    results = apply(interpreter(tmp_path, files), {"userId": "u", "context": {"groupId": "g"}})
    keys = {result.request.name: result.request.order_key for result in results if isinstance(result, Mapped)}
    assert keys == {"event": "g", "other": "g", "third": None}


# -- schemas -----------------------------------------------------------------------------------------------------------


def test_a_body_that_breaks_the_schema(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"v": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}},
        "required": ["v"],
    }
    files = {
        "destination.yaml": destination() + "    schema: body.schema.json\n",
        "body.schema.json": json.dumps(schema),
        "track.yaml": mapping("v: {$from: {n: properties.n, m: {$const: x}}, $required: no v}"),
    }
    mapper = interpreter(tmp_path, files)
    results = apply(mapper, *({"properties": {"n": number}} for number in (1, 0, "2", None)))
    assert [said(result) for result in results] == [
        {"v": {"n": 1, "m": "x"}},
        "unmappable: v.n breaks the request's schema: 0 is less than the minimum of 1",
        'unmappable: v.n breaks the request\'s schema: "2" is not of type "integer"',
        {"v": {"m": "x"}},
    ]


def test_fields_kept_where_the_schema_takes_them(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"v": {"type": "array", "items": {"type": "integer"}}, "w": {}}}
    files = {
        "destination.yaml": destination() + "    schema: body.schema.json\n",
        "body.schema.json": json.dumps(schema),
        "track.yaml": mapping("$share: properties\n$named: {schema: [v]}\nw: 1\n$rest: {w: rest}"),
    }
    results = apply(interpreter(tmp_path, files), *({"properties": {"v": value}} for value in ([1, 2.0], ["x"], 5)))
    assert [repr(said(result)) for result in results] == ["{'w': 1, 'v': [1, 2]}", "{'w': 1}", "{'w': 1}"]


# -- errors at run time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ("v: length(event)", "10:6"),
        ("v:  'length(event)'", "10:8"),
        ('v: "length(event)"', "10:7"),
        ("v: \"lower('a') && length(event)\"", "10:21"),
        ("a: 1\nv: >-\n  not_null(userId,\n    length(event))", "13:7"),
        ("v: {$if: length(event) > `1`, $then: 1}", "10:12"),
        ("v: [1, {x: length(event)}]", "10:14"),
        ("v: {$first: [userId, {$from: length(event), $as: string}]}", "10:32"),
        ("$merge: {x: length(event)}\nv: 1", "10:15"),
        ("$share: to_array(length(event))[0]\nv: {$take: a}\nw: 1", "10:20"),
        ("$share: properties\nv: {$take: a}\n$rest: {x: length(event)}", "12:14"),
        ("v: of_the_mapping", "6:5"),
        ("v: 1\nw: present(of_the_mapping)", "6:5"),
    ],
)
def test_a_type_error_says_where(body: str, column: str, tmp_path: Path) -> None:
    before = "let:\n  of_the_mapping: length(event)\n# a comment\n\n".replace(
        "  of_the_mapping: ", "  of_the_mapping:\n    "
    )
    files = {"track.yaml": mapping(body, before=before)}
    mapper = interpreter(tmp_path, files)
    result, well = apply(mapper, {"event": 5}, {"event": "five"})
    reason = "In function length(), invalid type for value: 5, expected one of: "
    assert said(result).startswith(f"unmappable: set/track.yaml:{column}: {reason}")
    assert "\n" not in said(result)
    assert isinstance(well, Mapped)


def test_a_long_value_does_not_fill_the_reason(tmp_path: Path) -> None:
    mapper = interpreter(tmp_path, {"track.yaml": mapping("v: abs(event)")})
    (result,) = apply(mapper, {"event": "x" * 10_000})
    assert len(said(result)) < 300
    assert said(result).startswith("unmappable: set/track.yaml:5:6: In function abs()")


def test_an_error_spoils_its_own_mapping_only(tmp_path: Path) -> None:
    files = {"one.yaml": mapping("v: length(event)"), "two.yaml": mapping("v: event")}
    found = by_mapping(apply(interpreter(tmp_path, files), {"event": 5}))
    assert found["two"] == {"v": 5}
    assert found["one"].startswith("unmappable: set/one.yaml:5:6: ")
