"""Awkward ids, times, names, types, integrations, contexts and files. Traits stand in ``awkward_traits``."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any, Final

from tests.support.awkward import (
    AT,
    AT_MS,
    NO_EVENT,
    NO_OBJECT,
    NO_TIME,
    NO_USER,
    Row,
    account,
    alias,
    feature,
    group,
    identify,
    labels,
    page,
    raw,
    row,
    track,
    user,
    without,
)

_DAY_MS: Final = 1719792000000  # 2024-07-01T00:00:00Z
_LATER: Final = "2024-07-01T10:00:01Z"
_LATER_MS: Final = 1719828001000
_NO_TIMES: Final[tuple[Any, ...]] = (None, "", " ", "yesterday", True, {}, [AT])
_BATCH: Final[dict[str, Any]] = {"batch": [track(), None, {"batch": []}, track(event="Closed")]}


def _ids() -> Iterator[Row]:
    junk: Any
    yield row(1, "an id that is a number", track(userId=42), feature(user_id="42"))
    huge = 9007199254740993
    yield row(1, "an id too great for a float", track(userId=huge), feature(user_id="9007199254740993"))
    yield row(1, "an id beyond 64 bits", raw(track(), userId="1" + "0" * 29 + "1"), feature(user_id=f"1{0:029}1"))
    yield row(2, "an id with a fraction of nought", raw(track(), userId="42.0"), feature(user_id="42"))
    yield row(2, "an id with an exponent", raw(track(), userId="1e3"), feature(user_id="1000"))
    yield row(3, "an empty id", track(userId="", anonymousId="anon"), NO_USER)
    yield row(3, "a blank id", track(userId="   "), NO_USER)
    stood_in = feature(user_id="anon", session_id="anon")
    yield row(3, "a blank id, anonymous users sent", track(userId=" ", anonymousId="anon"), stood_in, anonymous=True)
    yield row(4, "ids that are null", track(userId=None, anonymousId=None), NO_USER)
    yield row(4, "an anonymous id that is null", track(anonymousId=None), feature())
    yield row(5, "no id", without(track(), "userId"), NO_USER)
    yield row(5, "no id but a group's", without(group({"name": "Acme"}), "userId"), NO_USER)
    yield row(6, "both ids", track(anonymousId="anon"), feature(session_id="anon"))
    for junk in (True, {}, [], {"id": "u1"}, ["u1"]):
        yield row(7, f"an id that is {json.dumps(junk)}", track(userId=junk), NO_USER)
    for word in ("null", "undefined", "NaN", "0", "None"):
        yield row(8, f"the id {word}", track(userId=word), feature(user_id=word))
    yield row(9, "an id in capitals", track(userId="U1"), feature(user_id="U1"))
    yield row(9, "an id between blanks", track(userId=" u1 "), feature(user_id=" u1 "))
    email = "ana@acme.example"
    yield row(10, "an id that is an address", identify(userId=email), user({"email": email}, user_id=email))
    yield row(10, "the same on a track call", track(userId=email), feature(user_id=email))


def _times() -> Iterator[Row]:
    junk: Any
    for number, text, milliseconds in (
        (33, "2024-07-01T15:30:00+05:30", AT_MS),
        (33, "2024-07-01T15:30:00+0530", AT_MS),
        (33, "2024-07-01T02:00:00-08", AT_MS),
        (34, "2024-07-01T10:00:00.123456Z", AT_MS + 123),
        (34, "2024-07-01T10:00:00.999999999Z", AT_MS + 999),
        (34, "2024-07-01T10:00:00,5Z", AT_MS + 500),
        (34, "2024-07-01T10:00Z", AT_MS),
        (35, "2024-07-01T10:00:00", AT_MS),
        (36, "2024-07-01 10:00:00", AT_MS),
        (36, "2024-07-01 10:00:00.250Z", AT_MS + 250),
        (37, "2024-07-01", _DAY_MS),
        (37, "2024-07", _DAY_MS),
        (37, "20240701", _DAY_MS),
        (37, "2024", 1704067200000),
        (38, "2024-7-1T10:00:00Z", AT_MS),
        (38, "2024-7-1", _DAY_MS),
        (39, 1719828000, AT_MS),
        (39, 1719828000000, AT_MS),
        (39, 1719828000.25, AT_MS + 250),
        (39, 50_000_000_000, 50_000_000_000_000),  # below 100,000,000,000 the vendor's page counts seconds
        (40, "1719828000", AT_MS),
        (40, "1719828000000", AT_MS),
        (41, 0, 0),
        (41, -1, -1000),
        (42, "Mon, 01 Jul 2024 12:00:00 +0200", AT_MS),
        (42, "Mon, 01 Jul 2024 10:00:00 GMT", AT_MS),
        (43, "2024-06-30T24:00:00Z", _DAY_MS),
        (43, "2024-06-30T23:59:60Z", _DAY_MS),
        (44, "2199-01-01T00:00:00Z", 7226582400000),
        (44, "1969-12-31T23:59:59.001Z", -999),
    ):
        yield row(
            number, f"the time {text}", track(timestamp=text, receivedAt=_LATER), feature(created_at=milliseconds)
        )
    received = feature(created_at=_LATER_MS)
    for number, junk in (
        (39, 1719828000000000),  # microseconds: as milliseconds beyond the year 9999
        *((41, value) for value in _NO_TIMES),
        (42, "01/02/2020"),
        (43, "2024-02-30T10:00:00Z"),
        (43, "2024-13-01T10:00:00Z"),
    ):
        call = track(timestamp=junk, receivedAt=_LATER)
        yield row(number, f"the time {json.dumps(junk)} beside one that is read", call, received)
        yield row(number, f"the time {json.dumps(junk)} alone", track(timestamp=junk), NO_TIME)
    yield row(45, "no time of sending", track(originalTimestamp=_LATER, receivedAt=_LATER), feature())
    yield row(45, "no original time", track(sentAt=_LATER, receivedAt=_LATER), feature())
    alone = without(track(originalTimestamp=_LATER), "timestamp")
    yield row(45, "an original time alone", alone, received)
    yield row(45, "a time of sending alone", without(track(sentAt=_LATER), "timestamp"), received)


def _accounts() -> Iterator[Row]:
    junk: Any
    at = {"context": {"groupId": "a7"}}
    yield row(49, "a group id in a track call's context", track(**at), feature(account_id="a7"))
    yield row(49, "a group id in a page call's context", page(**at), feature("Loaded a Page", account_id="a7"))
    yield row(49, "a group id in an identify call's context", identify(**at), user(account_id="a7"))
    yield row(
        49, "a group id in an alias call's context", alias(**at), user(labels(previous_id="old"), account_id="a7")
    )
    yield row(50, "a group id among the properties", track(properties={"groupId": "a7"}), feature())
    yield row(50, "an account id among the properties", track(properties={"account_id": 7}), feature(account_id="7"))
    company = user(labels(**{"company.name": "Acme"}), account_id="7")
    yield row(50, "an account id in the company", identify({"company": {"id": 7, "name": "Acme"}}), company)
    cached = user(labels(groupId="a7"))
    yield row(50, "a group id in cached traits", identify(context={"traits": {"groupId": "a7"}}), cached)
    both = track(context={"groupId": "a7"}, properties={"accountId": "a8"}, traits={"company": {"id": "a9"}})
    yield row(50, "account ids at several places", both, feature(account_id="a7"))
    yield row(51, "a group id that is a number", group(groupId=7), account(account_id="7"))
    for junk in ("", None, " ", True, {}):
        none = "unmappable: no account id"
        yield row(51, f"a group id that is {json.dumps(junk)}", group(groupId=junk), none)
    several = [group(), group(groupId="a2"), track()]
    yield row(52, "a user in two groups", several, account(), account(account_id="a2"), feature())
    yield row(53, "a group without traits", group(), account())
    yield row(53, "a group whose traits are empty", group({}), account())
    nobody = without(group({"name": "Acme"}, anonymousId="anon"), "userId")
    yield row(54, "a group of an anonymous user", nobody, NO_USER)
    anon = account({"name": "Acme"}, user_id="anon", session_id="anon")
    yield row(54, "the same, anonymous users sent", nobody, anon, anonymous=True)


def _pages_and_events() -> Iterator[Row]:
    junk: Any
    loaded = feature("Loaded a Page")
    yield row(55, "a page without a name", page(), loaded)
    named = page(properties={"name": "Plans", "title": "All plans", "path": "/plans"})
    yield row(55, "a page named among the properties", named, feature("Loaded a Page", module="/plans"))
    yield row(56, "a page whose name is empty", page(name="", category=" "), loaded)
    docs = feature("Viewed Docs Page", module="Docs")
    yield row(57, "a page with a category only", page(category="Docs"), docs)
    call = page(name="Pricing", properties={"name": "Plans"})
    yield row(58, "a page with two names", call, feature("Viewed Pricing Page", module="Pricing"))
    both = page(name="Pricing", category="Docs", properties={"name": "Plans", "category": "Help", "path": "/p"})
    yield row(58, "a page with two of each", both, feature("Viewed Docs Pricing Page", module="Docs"))
    seen = {"context": {"page": {"path": "/pricing", "url": "https://acme.example/pricing"}}}
    yield row(59, "a page known from the context", page(**seen), feature("Loaded a Page", module="/pricing"))
    for path in ("../a b/#/settings?x=1", "http://[half", "/" + "q" * 8_000):
        call = page(properties={"path": path, "url": path, "search": path})
        yield row(60, f"the path {path[:20]}", call, feature("Loaded a Page", module=path))
    yield row(61, "an event without properties", track(), feature())
    yield row(61, "properties that are null", track(properties=None), feature())
    yield row(61, "properties that are an empty list", track(properties=[]), feature())
    for junk in ("a", 1, True, [1]):
        broken = NO_OBJECT.format("properties")
        yield row(61, f"properties that are {json.dumps(junk)}", track(properties=junk), broken)
    yield row(62, "no event name", without(track(), "event"), NO_EVENT)
    for junk in ("", " \n", 7, ["Opened"], None, True, {}):
        yield row(62, f"an event name that is {json.dumps(junk)}", track(event=junk), NO_EVENT)
    yield row(63, "an event name between blanks", track(event=" Report Opened\n"), feature("Report Opened"))
    yield row(63, "an event name in capitals", track(event="OPENED"), feature("OPENED"))
    yield row(64, "an event name made of an id", track(event="Viewed Order 8812"), feature("Viewed Order 8812"))


def _types() -> Iterator[Row]:
    no_type = "unmappable: no call type: `type` is missing or no text"
    yield row(65, "no type", without(track(), "type"), no_type)
    for junk in (None, "", " ", 7, ["track"]):
        yield row(65, f"a type that is {json.dumps(junk)}", track(type=junk), no_type)
    yield row(66, "a type in mixed case", track(type="Track"), feature())
    yield row(66, "a type in capitals and blanks", identify(type=" IDENTIFY\n"), user())
    yield row(66, "a type that nobody documents", track(type="purchase"), "skipped: unknown call type")
    yield row(66, "a delete call", {"type": "delete", "userId": "u1"}, "skipped: delete calls are not accepted")
    yield row(66, "a screen call", page(type="screen"), "skipped: screen calls are not accepted")
    same = "skipped: previousId is the same as userId"
    yield row(67, "an alias of oneself", alias(previousId="u1"), same)
    yield row(67, "an alias of oneself, as a number", alias(userId=7, previousId="7"), same)
    call = without(alias(anonymousId="anon"), "previousId")
    yield row(68, "an alias of an anonymous id", call, user(labels(previous_id="anon"), session_id="anon"))
    yield row(68, "an alias of nobody", without(alias(), "previousId"), "unmappable: no previous id")
    there, back = alias(userId="a", previousId="b"), alias(userId="b", previousId="a")
    label = [labels(previous_id=name) for name in "ba"]
    yield row(69, "aliases in a circle", [there, back], user(label[0], user_id="a"), user(label[1], user_id="b"))
    yield row(70, "a previous id that is a number", alias(previousId=42), user(labels(previous_id="42")))


def _integrations() -> Iterator[Row]:
    absent: Any
    junk: Any
    for absent in ({}, None, [], "none", ["Natero"], False, 0):
        yield row(71, f"integrations: {json.dumps(absent)}", track(integrations=absent), feature())
    for wanted in (
        *({"All": True}, {"All": False, "Natero": True}, {"All": False, "Natero": {"sendKey": "k"}}),
        *({"natero": False}, {"Natero": None}, {"Natero": 0}, {"Natero": "false"}, {"All": False, "Natero": None}),
        *({"All": "false"}, {"All": None}, {"Segment.io": False}, {"Salesforce": False, "All": True}),
    ):
        yield row(72, f"integrations: {json.dumps(wanted)}", track(integrations=wanted), feature())
    for unwanted, key in (
        ({"Natero": False}, "Natero"),
        ({"All": True, "Natero": False}, "Natero"),
        ({"All": False, "Natero": False}, "Natero"),
        ({"All": False}, "All"),
        ({"all": False}, "All"),
        ({"All": False, "natero": True, "Mixpanel": True}, "All"),
    ):
        call = track(integrations=unwanted)
        yield row(72, f"integrations: {json.dumps(unwanted)}", call, f"skipped: integrations.{key} is false")
    yield row(73, "no context", track(), feature())
    for junk in (None, [], "web", 7, True):
        yield row(73, f"a context that is {json.dumps(junk)}", track(context=junk), feature())
        yield row(73, f"an identify call's context that is {json.dumps(junk)}", identify({}, context=junk), user())


def _context() -> Iterator[Row]:
    version: Any
    called = {"context": {"active": False}}
    yield row(82, "a user who is not active now", identify({"role": "x"}, **called), user({"role": "x"}))
    for ip in ("2001:db8::1", "203.0.113.9, 10.0.0.1", "0.0.0.0", "10.0.0.1", None, 7):
        yield row(83, f"the address {ip}", track(context={"ip": ip}), feature())
    for library in ("analytics-python", None, 7, {"name": "unknown"}):
        yield row(84, f"the library {json.dumps(library)}", track(context={"library": library}), feature())
    for message_id in (None, "m" * 500, 42, True, "segment-test-message-abc123"):
        number = 96 if str(message_id).startswith("segment") else 85
        yield row(number, f"the message id {json.dumps(message_id)[:40]}", track(messageId=message_id), feature())
    again = [track(messageId="m1"), track(messageId="m1", event="Closed")]
    yield row(85, "a message id used twice", again, feature(), feature("Closed"))
    strange = track(email="tester@acme.example", plan="gold", projectId="p", writeKey="k", _metadata={"a": 1})
    yield row(92, "unknown fields", strange, feature())
    for version in (1, 2, "1.1", None, {}):
        yield row(93, f"the version {json.dumps(version)}", track(version=version), feature())
    twice = [track(messageId="m1"), track(messageId="m2", timestamp="2024-07-01T10:00:00.001Z")]
    yield row(98, "one event a millisecond after the other", twice, feature(), feature(created_at=AT_MS + 1))


def _files() -> Iterator[Row]:
    def text(value: Any) -> bytes:
        return json.dumps(value).encode()

    yield row(86, "an empty batch", text({"batch": []}))
    many = text({"batch": [track()] * 2_600})
    yield row(86, "a batch of 2,600", many, *[feature()] * 2_600)
    yield row(
        86, "a batch that is no list", text({"batch": {"0": track()}}), "invalid: the envelope's `batch` is not a list"
    )
    nothing = "unmappable: not a call: null, where an object is expected"
    no_type = "unmappable: no call type: `type` is missing or no text"
    yield row(86, "junk within a batch", text(_BATCH), feature(), nothing, no_type, feature("Closed"))
    people = {"batch": [track(), track(type="purchase"), track(userId="u2"), without(track(), "userId"), track()]}
    results = (feature(), "skipped: unknown call type", feature(user_id="u2"), NO_USER, feature())
    yield row(87, "a batch of several users", text(people), *results)
    around = {"context": {"groupId": "a1", "app": {"name": "Web"}}, "integrations": {"All": False}}
    inside = [track(), track(context={"groupId": "a2"}, integrations={"Natero": True})]
    merged = ("skipped: integrations.All is false", feature(account_id="a2", module="Web"))
    yield row(88, "context and integrations around a batch", text({**around, "batch": inside}), *merged)
    plain = text(track())
    yield row(89, "a byte-order mark", b"\xef\xbb\xbf" + plain, feature())
    yield row(89, "gzip that nothing announces", gzip.compress(plain), feature())
    yield row(89, "UTF-16", json.dumps(track()).encode("utf-16"), "invalid: UTF-16 text; save it as UTF-8")
    form = "invalid: not JSON: expecting value at column 1"
    yield row(89, "a form", b"type=track&userId=u1&event=Opened", form)
    yield row(89, "deflate", zlib.compress(b"{}", 9), "invalid: not UTF-8: byte 0xae at column 4")
    broken = b'{"type": "track", "userId": "\xff"}'
    bad = "invalid: not UTF-8: byte 0xff at column 30"
    yield row(90, "invalid UTF-8 between calls", b"\n".join([plain, broken, plain]), feature(), bad, feature())
    deep = b'{"type":"track","properties":' + b'{"a":' * 1_000 + b"1" + b"}" * 1_001
    too_deep = "invalid: nested deeper than 128 levels"
    yield row(91, "a thousand levels", b"\n".join([deep, plain]), too_deep, feature())
    broad = track(properties={f"key{number}": number for number in range(10_000)})
    yield row(91, "ten thousand keys", broad, feature())


ROWS: Final = tuple(
    row
    for rows in (_ids, _times, _accounts, _pages_and_events, _types, _integrations, _context, _files)
    for row in rows()
)
