"""The oracle's details against a table worked out by hand from natero-api.md sections 3, 4 and 6."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.examples import account, call, group, identify, labels, user
from tests.oracle.natero import Skip, Unmappable, map_call

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

EXAMPLES = [
    pytest.param(given, expected, id=f"{table}: {name}")
    for table, rows in (("identify", IDENTIFY), ("group", GROUP))
    for name, (given, expected) in rows.items()
]


@pytest.mark.parametrize(("given", "expected"), EXAMPLES)
def test_example(given: Any, expected: Any) -> None:
    assert map_call(given) == expected


def test_details_keep_the_order_of_traits() -> None:
    given = call("identify", context={"traits": {"b": "1", "c": "2"}}, traits={"a": "3", "b": "4"})
    result = map_call(given)
    assert isinstance(result, dict)
    assert result["details"]["custom_label_dimensions"] == labels(b="4", c="2", a="3")
