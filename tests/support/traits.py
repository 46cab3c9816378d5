"""Traits of users and accounts made up for tests: known ones in either spelling, a customer's own, and junk."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from tests.support import pools

Draw = Callable[[random.Random], Any]

IDS: Final[tuple[Any, ...]] = ("acct_77", "Acct_77", 7, 7.0, 10**20, "0", " a 1 ", "", " ", None, 7.5, True, {}, ["x"])
DATES: Final[tuple[Any, ...]] = (*pools.READABLE_DATES * 3, *pools.UNREADABLE_DATES)


def draw_traits(rng: random.Random, shapes: tuple[tuple[str, Draw], ...]) -> dict[str, Any]:
    """Some known traits, in either spelling or both, and some that a customer made up."""
    traits: dict[str, Any] = {}
    for snake, value in rng.sample(shapes, rng.randrange(9)):
        spellings = (_camel(snake), snake) if rng.random() < 0.25 else (rng.choice((_camel(snake), snake)),)
        for name in spellings:
            traits[name] = value(rng) if rng.random() < 0.85 else pools.junk(rng)
    for _ in range(rng.randrange(5)):
        traits[rng.choice(_CUSTOM)] = pools.nested(rng) if rng.random() < 0.6 else rng.choice(DATES)
    if rng.random() < 0.15:
        traits[rng.choice(pools.STRANGE_KEYS)] = pools.nested(rng)
    if rng.random() < 0.05:
        clash: list[tuple[str, Any]] = [("usage", {"tier": pools.nested(rng)}), ("usage.tier", pools.nested(rng))]
        traits |= dict(clash if rng.random() < 0.5 else clash[::-1])
    return traits


def _camel(snake: str) -> str:
    first, *others = snake.split("_")
    return first + "".join(word.capitalize() for word in others)


def _from(*pool: Any) -> Draw:
    return lambda rng: rng.choice(pool)


def _address(rng: random.Random) -> Any:
    if rng.random() < 0.2:
        return rng.choice(("1 Main St, Springfield", "", " ", 12, ["1 Main St"]))
    keys = ("street", "city", "state", "postalCode", "postal_code", "zip", "country", "floor")
    return {key: rng.choice(_ADDRESS_PARTS) for key in rng.sample(keys, rng.randrange(6))}


def _company(rng: random.Random) -> Any:
    if rng.random() < 0.2:
        return rng.choice(("Acme GmbH", ["Acme"], None, "", 5))
    company: dict[str, Any] = {"name": "Acme GmbH", "id": rng.choice(IDS), "plan": "team", "employee_count": 240}
    return {key: company[key] for key in rng.sample(tuple(company), rng.randrange(1, 5))}


def _records(rng: random.Random) -> Any:
    """Arrays in and near the shapes that accounts take."""
    fields = rng.choice(_RECORDS)
    items = [{key: rng.choice(fields[key]) for key in rng.sample(tuple(fields), rng.randrange(len(fields) + 1))}]
    if rng.random() < 0.3:
        items.append({"email": "cs@example.com"} if rng.random() < 0.5 else {"other": 1})
    return items


_ADDRESS_PARTS: Final = ("1 Main St", "Berlin", 10115, 10115.0, "10115", "DE", "", " ", None, True, ["x"], {"a": 1})
_RECORD_TEXTS: Final = ("cs@example.com", "Onboarding", "Onboarding", " ", "", None, 5)
_RECORD_TIMES: Final = (1577934245678, 1577934245678, 0, -1, "2020-01-02", 1577934245678.0, None, True)
_RECORDS: Final[tuple[dict[str, tuple[Any, ...]], ...]] = (
    {"email": _RECORD_TEXTS[:3]},
    {"email": _RECORD_TEXTS},
    {"name": _RECORD_TEXTS[:4], "url": _RECORD_TEXTS[:4], "description": _RECORD_TEXTS},
    {"name": _RECORD_TEXTS[:4], "start_date": _RECORD_TIMES[:4], "end_date": _RECORD_TIMES},
    {
        "nps_score": (9, 9.5, 10**20, -1, "9", True),
        "date": _RECORD_TIMES[:4],
        "username": _RECORD_TEXTS[:3],
        "survey_name": _RECORD_TEXTS[:3],
        "comments": _RECORD_TEXTS[:4],
    },
)
_text = _from(*pools.TEXTS, *pools.NUMBERS)
_name = _from(
    "Ada Lovelace", "Ada", " Ada  King  Lovelace ", "Ines\tVogt", "Dr. A. B. C", "東京 太郎", "", " ", 5, None
)
_email = _from("ada@example.com", "not an email", "", 5, None)
_date = _from(*DATES)
_number = _from(*pools.NUMBERS, *pools.NUMERIC_TEXTS)
_boolean = _from(*pools.BOOLEANS, " true ", "TrUe")


def _shapes(names: str, draw: Draw) -> tuple[tuple[str, Draw], ...]:
    return tuple((name, draw) for name in names.split())


_SHARED_TRAITS: Final = (
    *_shapes("name name name first_name last_name", _name),
    *_shapes("email", _email),
    *_shapes("created_at created", _date),
    *_shapes("address address", _address),
    *_shapes("company company", _company),
    *_shapes("account_id", _from(*IDS)),
    *_shapes("phone website description title source state industry plan tier id user_id anonymous_id", _text),
)
USER_TRAITS: Final = (
    *_SHARED_TRAITS,
    *_shapes("position job_title mobile_phone salutation role department lead_source contact_user_id", _text),
    *_shapes("mailing_street mailing_city mailing_state mailing_postal_code mailing_country age", _text),
    *_shapes("product_join_date birthday", _date),
    *_shapes("is_active", _boolean),
)
ACCOUNT_TRAITS: Final = (
    *_SHARED_TRAITS,
    *_shapes("billing_account_id support_account_id crm_account_id parent_account_id stage hierarchy_label", _text),
    *_shapes("billing_street billing_city billing_state billing_postal_code billing_country", _text),
    *_shapes("sales_rep_name sales_rep_email inactive_reason latest_status_title latest_status_details", _text),
    *_shapes("employees employees csm_score current_nps_score current_mrr", _number),
    *_shapes("join_date renewal_date inactive_time latest_status_date", _date),
    *_shapes("is_deleted is_churned", _boolean),
    *_shapes("assigned_csms documents stage_history nps_history", _records),
)
_CUSTOM: Final = (
    *(
        "order_completed_last_30days",
        "total_revenue_180_days",
        "favourites",
        "custom_label_dimensions",
        "logins",
        "usage",
    ),
    *(
        "previous_id",
        "First Name",
        "a.b",
        "Created At",
        "first-name",
        "firstname",
        "metadata",
        "last_seen",
        "address.city",
    ),
)
