"""The oracle against a table worked out by hand from natero-api.md, so that it deserves to judge the mappings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.examples import NOON, call, feature, labels, track, user, without
from tests.oracle.natero import Skip, Unmappable, map_call, map_line

WHO_IS_SENT: dict[str, tuple[Any, Any]] = {
    "not an object": ([], Unmappable("not an object")),
    "no type": ({"userId": "u1"}, Unmappable("no call type")),
    "type is a number": ({"type": 5}, Unmappable("no call type")),
    "type in another case": (call(" Track ", event="x"), feature("x")),
    "unknown type": (call("pageview"), Skip("unknown call type")),
    "screen": (call("screen", name="x"), Skip("screen calls are not accepted")),
    "delete, with arrays for objects": (
        call("delete", context=[], integrations=[]),
        Skip("delete calls are not accepted"),
    ),
    "All false": (track(integrations={"All": False}), Skip("ruled out by the integrations object")),
    "all false in another case": (track(integrations={"all": False}), Skip("ruled out by the integrations object")),
    "All false, Natero true": (track(integrations={"All": False, "Natero": True}), feature("Exported")),
    "All false, Natero an object": (track(integrations={"All": False, "Natero": {}}), feature("Exported")),
    "Natero false": (
        track(integrations={"All": True, "Natero": False}),
        Skip("ruled out by the integrations object"),
    ),
    "natero false is another name": (track(integrations={"natero": False}), feature("Exported")),
    "Natero null is no refusal": (track(integrations={"Natero": None, "All": False}), feature("Exported")),
    "All as text": (track(integrations={"All": "false"}), feature("Exported")),
    "integrations an array": (track(integrations=[]), feature("Exported")),
    "integrations come before ids": (
        {"type": "track", "integrations": {"All": False}},
        Skip("ruled out by the integrations object"),
    ),
    "no user id": (track(userId=" ", anonymousId="anon"), Skip("no usable user id")),
    "user id is an object": (track(userId={}), Skip("no usable user id")),
    "user id is a boolean": (track(userId=True), Skip("no usable user id")),
    "user id is no whole number": (track(userId=4.5), Skip("no usable user id")),
    "user id before event name": (call("track", userId=None), Skip("no usable user id")),
}

SHARED: dict[str, tuple[Any, Any]] = {
    "number as user id": (track(userId=42), feature("Exported", user_id="42")),
    "float as user id": (track(userId=1e3), feature("Exported", user_id="1000")),
    "exact great user id": (track(userId=2**63 + 1), feature("Exported", user_id="9223372036854775809")),
    "user id as it came": (track(userId=" u 1"), feature("Exported", user_id=" u 1")),
    "account of context.groupId": (
        track(context={"groupId": 7, "traits": {"account_id": "no"}}, properties={"account_id": "no"}),
        feature("Exported", account_id="7"),
    ),
    "account of traits before properties": (
        track(traits={"accountId": "yes"}, properties={"account_id": "no"}),
        feature("Exported", account_id="yes"),
    ),
    "account_id before accountId": (
        track(properties={"accountId": "no", "account_id": "yes"}),
        feature("Exported", account_id="yes"),
    ),
    "account of context.traits before company": (
        track(traits={"company": {"id": 1}}, context={"traits": {"accountId": 2.0}}),
        feature("Exported", account_id="2"),
    ),
    "account of context.traits.company": (
        track(context={"traits": {"company": {"id": "c"}}}, traits={"company": "Acme"}),
        feature("Exported", account_id="c"),
    ),
    "groupId counts on group calls only": (track(groupId="a1"), feature("Exported")),
    "session of anonymousId": (
        track(anonymousId="s", context={"sessionId": "no"}),
        feature("Exported", session_id="s"),
    ),
    "session of context": (
        track(anonymousId=None, context={"sessionId": 5}, properties={"sessionId": "no"}),
        feature("Exported", session_id="5"),
    ),
    "session of properties": (
        track(properties={"sessionId": "", "session_id": "s"}),
        feature("Exported", session_id="s"),
    ),
    "time of receivedAt": (
        track(timestamp="soon", receivedAt=1719835200),
        feature("Exported", created_at=1719835200000),
    ),
    "time of originalTimestamp": (
        track(timestamp=None, receivedAt=True, originalTimestamp="1719835200123"),
        feature("Exported"),
    ),
    "time of sentAt": (without(track(sentAt=NOON), "timestamp"), feature("Exported")),
    "no time": (track(timestamp="2020-02-30", sentAt=[]), Unmappable("no readable timestamp")),
    "context is junk": (track(context="x"), feature("Exported")),
}

TRACK: dict[str, tuple[Any, Any]] = {
    "name trimmed": (call("track", event=" Order Completed\n"), feature("Order Completed")),
    "no name": (call("track"), Unmappable("no event name")),
    "blank name": (call("track", event=" "), Unmappable("no event name")),
    "number as name": (call("track", event=5), Unmappable("no event name")),
    "name before time": (call("track", event="", timestamp=None), Unmappable("no event name")),
    "properties are text": (track(properties="x"), Unmappable("properties is not an object")),
    "properties are an empty array": (track(properties=[]), feature("Exported")),
    "properties are a full array": (track(properties=[1]), Unmappable("properties is not an object")),
    "junk traits do no harm": (track(traits=5), feature("Exported")),
    "module": (track(properties={"module": " M ", "category": "no"}), feature("Exported", module=" M ")),
    "category where module is no text": (
        track(properties={"module": 5, "category": "C"}),
        feature("Exported", module="C"),
    ),
    "page title, then app name": (
        track(context={"page": {"title": "T"}, "app": {"name": "no"}}),
        feature("Exported", module="T"),
    ),
    "app name": (track(context={"page": [], "app": {"name": "A"}}), feature("Exported", module="A")),
    "product": (track(properties={"product": "P"}), feature("Exported", product="P")),
    "product is an object": (track(properties={"product": {"id": 1}}), feature("Exported")),
    "total": (track(properties={"total": 2.5}), feature("Exported", total=2.5)),
    "total of none": (track(properties={"total": 0}), feature("Exported", total=0)),
    "total beside money": (track(properties={"total": 30, "currency": "EUR"}), feature("Exported")),
    "total beside absent money": (
        track(properties={"total": 30, "currency": None}),
        feature("Exported", total=30),
    ),
    "total as text": (track(properties={"total": "30"}), feature("Exported")),
    "total as boolean": (track(properties={"total": True}), feature("Exported")),
}

PAGE: dict[str, tuple[Any, Any]] = {
    "name and category": (
        call("page", name=" Plans ", category="Shop"),
        feature("Viewed Shop Plans Page", module="Shop"),
    ),
    "name": (call("page", name=" Plans "), feature("Viewed Plans Page", module=" Plans ")),
    "category": (call("page", category="Shop", name=""), feature("Viewed Shop Page", module="Shop")),
    "neither": (
        call("page", properties={"name": "no", "title": "no", "path": "/p"}, context={"page": {"path": "no"}}),
        feature("Loaded a Page", module="/p"),
    ),
    "path of context": (call("page", context={"page": {"path": "/c"}}), feature("Loaded a Page", module="/c")),
    "total is always one": (call("page", properties={"total": 5}), feature("Loaded a Page")),
    "junk properties": (call("page", properties=True), Unmappable("properties is not an object")),
}

ALIAS: dict[str, tuple[Any, Any]] = {
    "previous id": (
        call("alias", previousId=5, anonymousId="anon"),
        user(custom_label_dimensions=labels(previous_id="5")) | {"session_id": "anon"},
    ),
    "anonymous id stands in": (
        call("alias", previousId="", anonymousId="anon"),
        user(custom_label_dimensions=labels(previous_id="anon")) | {"session_id": "anon"},
    ),
    "neither": (call("alias"), Unmappable("no previous id")),
    "same": (call("alias", previousId=42, userId="42"), Skip("previousId is the same as userId")),
}

TABLES = {"who": WHO_IS_SENT, "shared": SHARED, "track": TRACK, "page": PAGE, "alias": ALIAS}
EXAMPLES = [
    pytest.param(given, expected, id=f"{table}: {name}")
    for table, rows in TABLES.items()
    for name, (given, expected) in rows.items()
]


@pytest.mark.parametrize(("given", "expected"), EXAMPLES)
def test_example(given: Any, expected: Any) -> None:
    assert map_call(given) == expected


def test_anonymous_id_stands_in_where_the_setting_says_so() -> None:
    given = track(userId="", anonymousId=9)
    assert map_call(given, anonymous_users="send") == feature("Exported", user_id="9", session_id="9")


def test_anonymous_id_does_not_replace_a_usable_user_id() -> None:
    given = track(anonymousId="anon")
    assert map_call(given, anonymous_users="send") == feature("Exported", session_id="anon")


def test_lines() -> None:
    assert map_line(b'{"type":"track","userId":"u1","event":"x","timestamp":1719835200}') == (
        b'{"action":"feature","user_id":"u1","feature":"x","total":1,"created_at":1719835200000}'
    )
    assert map_line(b'{"type":"screen"}') is None
