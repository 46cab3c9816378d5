"""Awkward traits, on identify and group calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.support.awkward import (
    NO_OBJECT,
    Row,
    account,
    dimensions,
    events,
    feature,
    group,
    identify,
    labels,
    raw,
    row,
    track,
    user,
    values,
)

_JOINED: Final = 1577934245000  # 2020-01-02T03:04:05Z
_JOINED_DAY: Final = 1577923200000  # 2020-01-02
_LONG: Final = "0123456789" * 3_072  # 30 KB


def _shapes() -> Iterator[Row]:
    yield row(11, "no traits", identify(), user())
    yield row(11, "traits that are null", {**identify(), "traits": None}, user())
    yield row(12, "traits that are an empty list", identify([]), user())
    yield row(12, "a group's traits that are an empty list", group([]), account())
    for junk in ("text", 7, True, ["gold"]):
        none = NO_OBJECT.format("traits")
        yield row(12, f"traits that are {json.dumps(junk)}", identify(junk), none)
        yield row(12, f"a group's traits that are {json.dumps(junk)}", group(junk), none)
    yield row(13, "traits of null", identify({"email": None, "plan": None, "role": "admin"}), user({"role": "admin"}))
    yield row(14, "empty texts", identify({"email": "", "plan": "", "seats": " "}), user())
    nested = {"plan": {"tier": "gold", "seats": 3, "since": {"day": "2020-01-02"}, "none": {}}}
    flat: dict[str, Any] = {
        **labels(**{"plan.tier": "gold"}),
        **values(**{"plan.seats": 3}),
        **events(**{"plan.since.day": _JOINED_DAY}),
    }
    yield row(15, "an object", identify(nested), user(flat))
    listed = {"mixed": ["b", 2, True, "a"], "empty": [], "nulls": [None]}
    yield row(16, "lists of plain values", identify(listed), user(labels(mixed="b,2,true,a")))
    carts = {"carts": [{"id": 1, "sku": "ä"}, {"id": 2.5}]}
    yield row(17, "a list of objects", identify(carts), user(labels(carts='[{"id":1,"sku":"ä"},{"id":2.5}]')))
    yield row(17, "a list of lists", identify({"grid": [[1], ["b"]]}), user(labels(grid='[[1],["b"]]')))


def _types() -> Iterator[Row]:
    for text, meaning in (("True", True), ("FALSE", False), (" true ", True)):
        yield row(18, f"the boolean {text}", identify({"isActive": text}), user({"is_active": meaning}))
    for text in ("1", "yes"):
        yield row(18, f"{text} where a boolean belongs", identify({"isActive": text}), user(labels(isActive=text)))
    yield row(18, "texts that look like booleans", identify({"beta": "True"}), user(labels(beta="True")))
    audience = {"order_completed_last_30days": True, "churned": False}
    members = labels(order_completed_last_30days="true", churned="false")
    yield row(18, "an audience's membership", identify(audience), user(members))
    for text, number in (("39.95", 39.95), ("$12.50", 12.5), ("240", 240), (" 7 ", 7), ("-3", -3)):
        yield row(19, f"the number {text}", group({"currentMrr": text}), account({"current_mrr": number}))
    for text in ("$1,299", "1.299,00", "12 EUR", "1e3"):
        left = account(labels(currentMrr=text))
        yield row(19, f"{text} where a number belongs", group({"currentMrr": text}), left)
    yield row(19, "a total as text", track(properties={"total": "3"}), feature())
    yield row(19, "a number as text", identify({"spent": "39.95"}), user(labels(spent="39.95")))
    for text, exact in (("12345678901234567890123", 12345678901234567890123), ("0.1", 0.1), ("-0.0", -0.0)):
        yield row(20, f"the number {text}", raw(identify(), traits=f'{{"n": {text}}}'), user(values(n=exact)))
    over = raw(identify(), traits='{"n": 1e400, "role": "admin"}')
    yield row(20, "a number too great for a float", over, user({"role": "admin"}))
    for word in ("NaN", "Infinity", "-Infinity"):
        lines = b"\n".join([raw(identify(), traits=f'{{"n": {word}}}'), json.dumps(track()).encode()])
        yield row(21, f"a bare {word}", lines, f"invalid: not JSON: {word} is no JSON number", feature())
    twice = raw(identify(), traits='{"role": "first", "role": "last", "n": 1, "n": 2}')
    yield row(22, "keys that stand twice", twice, user({"role": "last", **values(n=2)}))


def _names() -> Iterator[Row]:
    own = {"__proto__": "a", "constructor": "b", "hasOwnProperty": "c", "toString": "d"}
    yield row(23, "names that JavaScript keeps for itself", identify(own), user(labels(**own)))
    dotted = {"plan": {"tier": "silver", "seats": 3}, "plan.tier": "gold"}
    won = {**labels(**{"plan.tier": "gold"}), **values(**{"plan.seats": 3})}
    yield row(24, "a name with a dot", identify(dotted), user(won))
    yield row(24, "the same in the other order", identify(dict(reversed(dotted.items()))), user(won))
    strange = {"a b": "1", 'q"uote': "2", "$set": "3", "[0]": "4", "a/b": "5", "new\nline": "6", "'": "7"}
    yield row(25, "strange names", identify({**strange, "": "dropped"}), user(labels(**strange)))
    spaced = {"total billed": 830, "Feed Type": "csv"}
    both = {**labels(**{"Feed Type": "csv"}), **values(**{"total billed": 830})}
    yield row(26, "names of several words", identify(spaced), user(both))
    spelt = {"first_name": "Anna", "firstName": "Ana"}
    yield row(27, "a name in two spellings", identify(spelt), user({"first_name": "Ana", **labels(first_name="Anna")}))
    foreign = {"id": "東京🚀", "rtl": "שלום עולם", "combined": "e\u0301", "клавиша": "値"}
    yield row(28, "foreign traits", identify(foreign, userId="用户😀"), user(labels(**foreign), user_id="用户😀"))
    yield row(28, "a foreign event", track(event="購入 🛒👨‍👩‍👧"), feature("購入 🛒👨‍👩‍👧"))
    lone = raw(identify(), traits=r'{"role": "a\ud83dz", "\udc00": "b", "whole": "\ud83d\ude00"}')
    replaced = user({"role": "a\ufffdz", **labels(**{"\ufffd": "b", "whole": "😀"})})
    yield row(29, "lone surrogates", lone, replaced)
    yield row(29, "a NUL", identify({"role": "a\0z"}), user({"role": "a\0z"}))
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    pair = [track(userId=composed), track(userId=decomposed)]
    yield row(30, "one id composed and decomposed", pair, feature(user_id=composed), feature(user_id=decomposed))
    forms = {composed: "1", decomposed: "2"}
    yield row(30, "one name composed and decomposed", identify(forms), user(labels(**forms)))
    yield row(
        97, "an address as a name", identify({"ana@acme.example": "x"}), user(labels(**{"ana@acme.example": "x"}))
    )
    key = "k" * 5_000
    yield row(97, "a name of 5 KB", identify({key: "x"}), user(labels(**{key: "x"})))


def _sizes() -> Iterator[Row]:
    yield row(31, "a trait of 30 KB", identify({"bio": _LONG}), user(labels(bio=_LONG)))
    double = _LONG * 2
    yield row(32, "a call of 60 KB", identify({"bio": double}), user(labels(bio=double)))
    whole = json.dumps(identify({"bio": ""})).encode()
    longest = whole.replace(b'""', b'"%s"' % (b"x" * (1_000_000 - len(whole))))
    assert len(longest) == 1_000_000
    longer = longest.replace(b'"x', b'"xx')
    most = user(labels(bio="x" * (1_000_000 - len(whole))))
    yield row(32, "a call of just 1 MB", longest, most)
    too_long = "invalid: line of 1000001 bytes exceeds the limit of 1000000 bytes"
    yield row(32, "a call of more", b"\n".join([longer, json.dumps(track()).encode()]), too_long, feature())


def _dates() -> Iterator[Row]:
    for value in (
        *(1577934245, 1577934245000, "1577934245", "2020-01-02T03:04:05Z", "2020-01-02 03:04:05 UTC"),
        *("2020-01-02T04:04:05+01:00", "Thu, 02 Jan 2020 03:04:05 +0000"),
    ):
        yield row(46, f"joined {value}", identify({"createdAt": value}), user({"product_join_date": _JOINED}))
        yield row(46, f"a group founded {value}", group({"createdAt": value}), account({"join_date": _JOINED}))
    wrapped = identify({"createdAt": {"$date": "2020-01-02T03:04:05Z"}})
    yield row(46, "joined {$date}", wrapped, user(events(**{"createdAt.$date": _JOINED})))
    for text in ("last summer", "01/02/2020", "2020-02-30"):
        yield row(46, f"joined {text}", identify({"createdAt": text}), user(labels(createdAt=text)))
    day = "2020-01-02"
    for name in ("created", "created_at", "createdAt"):
        yield row(47, f"joined, as {name}", identify({name: day}), user({"product_join_date": _JOINED_DAY}))
    spaced = user(events(**{"Created At": _JOINED_DAY}))
    yield row(47, "joined, in words", identify({"Created At": day}), spaced)
    lost = {"createdAt": "2020-01-02T03:04:05Z", "created": day}
    won = user({"product_join_date": _JOINED, **events(created=_JOINED_DAY)})
    yield row(47, "joined, twice", identify(lost), won)
    yield row(48, "born before 1970", identify({"birthday": "1969-05-12"}), user(events(birthday=-20217600000)))
    yield row(48, "born in no year", identify({"birthday": "--05-12"}), user(labels(birthday="--05-12")))
    ages = identify({"age": "34", "height": 180})
    yield row(48, "an age as text", ages, user({**labels(age="34"), **values(height=180)}))


def _places() -> Iterator[Row]:
    call = track(traits={"plan": "gold", "account_id": "a1"}, context={"traits": {"plan": "basic", "account_id": "a2"}})
    yield row(74, "traits on a track call", call, feature(account_id="a1"))
    cached = track(context={"traits": {"plan": "basic", "accountId": "a2"}})
    yield row(74, "cached traits on a track call", cached, feature(account_id="a2"))
    of_both = identify({"role": "own", "plan": None}, context={"traits": {"role": "old", "plan": "pro", "seats": 3}})
    yield row(75, "traits at both places", of_both, user({"role": "own", **values(seats=3)}))
    of_group = group({"name": "Acme"}, context={"traits": {"name": "Ana", "plan": "pro"}})
    yield row(75, "cached traits on a group call", of_group, account({"name": "Acme"}))
    mobile = identify(context={"traits": {"userId": "u1", "anonymousId": "anon", "role": "admin"}})
    yield row(76, "ids among cached traits", mobile, user({"role": "admin"}))
    yield row(77, "another id among the traits", identify({"id": "x9"}), user(labels(id="x9")))
    for company, label in (("Acme", "Acme"), (["Acme", "Beta"], "Acme,Beta"), ([{"id": 7}], '[{"id":7}]')):
        what = f"the company {json.dumps(company)}"
        yield row(78, what, identify({"company": company}), user(labels(company=label)))
    yield row(78, "a company that is null", identify({"company": None}), user())
    street = "Hauptstr. 5, Berlin"
    yield row(79, "an address that is text", identify({"address": street}), user({"mailing_street": street}))
    yield row(79, "a group's address that is text", group({"address": street}), account({"billing_street": street}))
    of_list = user(labels(address="Hauptstr. 5,Berlin"))
    yield row(79, "an address that is a list", identify({"address": ["Hauptstr. 5", "Berlin"]}), of_list)
    yield row(80, "a phone that is a number", identify({"phone": 49301234567}), user({"phone": "49301234567"}))
    yield row(80, "several phones", identify({"phone": ["+49 1", "+49 2"]}), user(labels(phone="+49 1,+49 2")))
    sites = ["https://a.example", "https://b.example"]
    yield row(80, "several websites", group({"website": sites}), account(labels(website=",".join(sites))))
    for given, number in ((240, 240), ("329", 329)):
        yield row(81, f"employees: {json.dumps(given)}", group({"employees": given}), account({"employees": number}))
    for text in ("201-500", "1,000+"):
        yield row(81, f"employees: {text}", group({"employees": text}), account(labels(employees=text)))


def _engage() -> Iterator[Row]:
    collision = [identify({"vip": "by hand"}), identify({"vip": True})]
    yield row(94, "an audience named like a trait", collision, user(labels(vip="by hand")), user(labels(vip="true")))
    under = identify({"vip": False}, context={"traits": {"vip": "by hand"}})
    yield row(94, "an audience over a cached trait", under, user(labels(vip="false")))
    unseen = {"vip": False, "logins_7d": 0}
    left = {**labels(vip="false"), **dimensions("value", {"logins_7d": 0})}
    yield row(95, "one who left and was never seen", identify(unseen, context={"personas": {"x": 1}}), user(left))


ROWS: Final = tuple(row for rows in (_shapes, _types, _names, _sizes, _dates, _places, _engage) for row in rows())
