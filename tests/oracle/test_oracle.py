"""The oracle against a table worked out by hand from natero-api.md, so that it deserves to judge the mappings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.natero import Skip, Unmappable, map_call, map_line

Fields = dict[str, Any]

NOON = "2024-07-01T12:00:00.123Z"
NOON_MS = 1719835200123


def call(kind: str, **fields: Any) -> Fields:
    return {"type": kind, "userId": "u1", "timestamp": NOON} | fields


def event(action: str, **fields: Any) -> Fields:
    return {"action": action, "user_id": "u1", "created_at": NOON_MS} | fields


def user(**details: Any) -> Fields:
    return event("identifyUser", **({"details": details} if details else {}))


def account(**details: Any) -> Fields:
    return event("identifyAccount", account_id="a1", **({"details": details} if details else {}))


def feature(name: str, **fields: Any) -> Fields:
    return event("feature", feature=name, **({"total": 1} | fields))


def identify(**traits: Any) -> Fields:
    return call("identify", traits=traits)


def group(**traits: Any) -> Fields:
    return call("group", groupId="a1", traits=traits)


def track(**fields: Any) -> Fields:
    return call("track", event="Exported", **fields)


def labels(**pairs: Any) -> list[Fields]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


def without(fields: Fields, *names: str) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


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
        without(track(timestamp=None, receivedAt=True, originalTimestamp="1719835200123")),
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

IDENTIFY: dict[str, tuple[Any, Any]] = {
    "no traits": (call("identify"), user()),
    "traits null": (call("identify", traits=None), user()),
    "traits an empty array": (call("identify", traits=[]), user()),
    "traits text": (call("identify", traits="x"), Unmappable("traits is not an object")),
    "traits true": (call("identify", traits=True), Unmappable("traits is not an object")),
    "camelCase wins, the loser becomes a label": (
        identify(first_name="B", firstName="A"),
        user(first_name="A", custom_label_dimensions=labels(first_name="B")),
    ),
    "name split": (identify(name=" Ada  King Lovelace "), user(first_name="Ada", last_name="King Lovelace")),
    "name of one word": (identify(name="Ada"), user(first_name="Ada")),
    "name gives the last name only": (
        identify(firstName="A", name="B C"),
        user(first_name="A", last_name="C"),
    ),
    "name gives nothing": (
        identify(firstName="A", name="B"),
        user(first_name="A", custom_label_dimensions=labels(name="B")),
    ),
    "name is a number": (identify(name=5), user(custom_value_dimensions=labels(name=5))),
    "email of user id": (call("identify", userId="a@b.co"), user(email="a@b.co") | {"user_id": "a@b.co"}),
    "email of traits": (
        call("identify", userId="a@b.co", traits={"email": "c@d.co"}),
        user(email="c@d.co") | {"user_id": "a@b.co"},
    ),
    "title, position, job title": (
        identify(jobTitle="J", position="P"),
        user(title="P", custom_label_dimensions=labels(jobTitle="J")),
    ),
    "number for text": (identify(phone=49301.0, role=1.5), user(phone="49301", role="1.5")),
    "junk for text": (
        identify(phone=True, role={}, department=["a", 1, None]),
        user(custom_label_dimensions=labels(phone="true", department="a,1")),
    ),
    "address": (
        identify(address={"street": "S", "city": "C", "zip": "1", "postalCode": 2, "floor": 3}),
        user(
            mailing_street="S",
            mailing_city="C",
            mailing_postal_code="2",
            custom_label_dimensions=[{"key": "address.zip", "value": "1"}],
            custom_value_dimensions=[{"key": "address.floor", "value": 3}],
        ),
    ),
    "own name before address": (
        identify(mailingCity="M", address={"city": "C"}),
        user(mailing_city="M", custom_label_dimensions=[{"key": "address.city", "value": "C"}]),
    ),
    "address as text": (identify(address="1 Main St"), user(mailing_street="1 Main St")),
    "join date": (
        identify(createdAt="yesterday", created=1577934245),
        user(product_join_date=1577934245000, custom_label_dimensions=labels(createdAt="yesterday")),
    ),
    "active": (identify(isActive="FALSE"), user(is_active=False)),
    "not quite boolean": (identify(is_active="yes"), user(custom_label_dimensions=labels(is_active="yes"))),
    "account id is used up": (
        identify(account_id="a", accountId="b"),
        user(custom_label_dimensions=labels(accountId="b")) | {"account_id": "a"},
    ),
    "company id is used up": (
        identify(company={"id": 7, "name": "Acme"}),
        user(custom_label_dimensions=[{"key": "company.name", "value": "Acme"}]) | {"account_id": "7"},
    ),
    "company id is kept where another id won": (
        call("identify", context={"groupId": "g"}, traits={"company": {"id": 7}}),
        user(custom_value_dimensions=[{"key": "company.id", "value": 7}]) | {"account_id": "g"},
    ),
    "traits over context.traits": (
        call(
            "identify",
            context={"traits": {"email": "old", "plan": "p", "userId": "x", "anonymousId": "y"}},
            traits={"email": "new", "userId": "own"},
        ),
        user(email="new", custom_label_dimensions=labels(plan="p", userId="own")),
    ),
    "dimensions": (
        identify(
            audience=False,
            logins=3,
            score=1.5,
            day="2020-01-02",
            moment="2020-01-02T03:04:05.678+01:00",
            month="2020-01",
            empty="",
            blank=" ",
            nothing=None,
            list=[],
            object={},
            tags=["a", None, True, 2.0, "b"],
            days=["2020-01-02"],
            records=[{"a": 1.0}, None],
            custom_label_dimensions=["x"],
        ),
        user(
            custom_label_dimensions=labels(
                audience="false",
                month="2020-01",
                tags="a,true,2,b",
                days="2020-01-02",
                records='[{"a":1.0},null]',
                custom_label_dimensions="x",
            ),
            custom_value_dimensions=labels(logins=3, score=1.5),
            custom_event_dimensions=labels(day=1577923200000, moment=1577930645678),
        ),
    ),
    "nested": (
        identify(**{"a": {"b": {"c": 1, "": 2}, "d": None}, "": "no", "a.b.c": 3}),
        user(custom_value_dimensions=[{"key": "a.b.c", "value": 3}]),
    ),
}

GROUP: dict[str, tuple[Any, Any]] = {
    "no traits": (group(), account()),
    "no account id": (call("group", groupId=" "), Unmappable("no account id")),
    "no user id": (call("group", groupId="a1", userId=None), Skip("no usable user id")),
    "traits before account id": (call("group", traits=5), Unmappable("traits is not an object")),
    "number as id": (call("group", groupId=7), account() | {"account_id": "7"}),
    "id of its traits is used up": (
        call("group", traits={"accountId": "a1", "company": {"id": 5}}),
        account(custom_value_dimensions=[{"key": "company.id", "value": 5}]),
    ),
    "a user's traits are not the account's": (
        call("group", groupId="a1", context={"traits": {"plan": "no"}}, traits={"plan": "yes"}),
        account(tier="yes"),
    ),
    "tier before plan": (group(plan="p", tier="t"), account(tier="t", custom_label_dimensions=labels(plan="p"))),
    "numbers": (
        group(employees="329", csm_score=" $39.95", currentMrr=5, current_nps_score=-1.5),
        account(employees=329, csm_score=39.95, current_mrr=5, current_nps_score=-1.5),
    ),
    "no number": (group(employees="201-500"), account(custom_label_dimensions=labels(employees="201-500"))),
    "dates": (
        group(created_at="2020-01-02", renewalDate="2020-01-02T03:04:05Z"),
        account(join_date=1577923200000, renewal_date=1577934245000),
    ),
    "booleans": (group(isChurned=True, is_deleted="false"), account(is_churned=True, is_deleted=False)),
    "address": (
        group(address={"city": "C", "postal_code": "1", "zip": "2"}),
        account(
            billing_city="C",
            billing_postal_code="1",
            custom_label_dimensions=[{"key": "address.zip", "value": "2"}],
        ),
    ),
    "records": (
        group(
            assignedCsms=[{"email": "a@b.co"}],
            documents=[{"name": "n", "url": "u"}],
            stage_history=[{"name": "s", "start_date": 1, "end_date": 2}],
            nps_history=[{"nps_score": 9, "date": 1, "comments": "c"}],
        ),
        account(
            assigned_csms=[{"email": "a@b.co"}],
            documents=[{"name": "n", "url": "u"}],
            stage_history=[{"name": "s", "start_date": 1, "end_date": 2}],
            nps_history=[{"nps_score": 9, "date": 1, "comments": "c"}],
        ),
    ),
    "records that do not fit": (
        group(assigned_csms=[{"email": "a@b.co", "x": 1}], stage_history=[{"start_date": "2020"}]),
        account(
            custom_label_dimensions=labels(
                assigned_csms='[{"email":"a@b.co","x":1}]', stage_history='[{"start_date":"2020"}]'
            )
        ),
    ),
    "name and website": (
        group(name="Acme", website="w", email="e"),
        account(name="Acme", website="w", custom_label_dimensions=labels(email="e")),
    ),
}

TABLES = {"who": WHO_IS_SENT, "shared": SHARED, "track": TRACK, "page": PAGE, "alias": ALIAS}
TABLES |= {"identify": IDENTIFY, "group": GROUP}
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


def test_details_keep_the_order_of_traits() -> None:
    given = call("identify", context={"traits": {"b": "1", "c": "2"}}, traits={"a": "3", "b": "4"})
    result = map_call(given)
    assert isinstance(result, dict)
    assert result["details"]["custom_label_dimensions"] == labels(b="4", c="2", a="3")


def test_lines() -> None:
    assert map_line(b'{"type":"track","userId":"u1","event":"x","timestamp":1719835200}') == (
        b'{"action":"feature","user_id":"u1","feature":"x","total":1,"created_at":1719835200000}'
    )
    assert map_line(b'{"type":"screen"}') is None
