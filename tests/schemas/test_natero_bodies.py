"""Natero's events and records: strict, and saying what is wrong in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Judge = Callable[[str, Any], list[str]]

WHEN = 1719830405891
BASE = {"user_id": "u", "created_at": WHEN}
USER = {"action": "identifyUser", **BASE}
ACCOUNT = {"action": "identifyAccount", "account_id": "a", **BASE}
FEATURE = {"action": "feature", "feature": "F", "total": 1, **BASE}


def user(**details: Any) -> dict[str, Any]:
    return {**USER, "details": details}


def account(**details: Any) -> dict[str, Any]:
    return {**ACCOUNT, "details": details}


def without(body: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != field}


ACCEPTED: dict[str, dict[str, Any]] = {
    "user": USER,
    "account": ACCOUNT,
    "feature": FEATURE,
    "feature with everything": {**FEATURE, "account_id": "a", "session_id": "s", "module": "M", "product": "P"},
    "feature with a fraction": {**FEATURE, "total": 2.5},
    "feature with none": {**FEATURE, "total": 0},
    "module": {"action": "moduleEnd", "module": "M", "time_spent": 0, **BASE},
    "session": {"action": "sessionSync", "active_duration": 95000, **BASE},
    "first moment": {**USER, "created_at": -62135596800000},
    "last moment": {**USER, "created_at": 253402300799999},
    "user attributes": user(first_name="Ines", is_active=False, product_join_date=WHEN),
    "dimensions": user(
        custom_label_dimensions=[{"key": "plan.tier", "value": "true"}],
        custom_value_dimensions=[{"key": "n", "value": 18446744073709551617}, {"key": "x", "value": -0.5}],
        custom_event_dimensions=[{"key": "since", "value": 0}],
    ),
    "account attributes": account(name="Acme", employees=329, is_churned=True, renewal_date=WHEN, current_mrr=9.5),
    "account lists": account(
        assigned_csms=[{"email": "lena@vendor.example"}],
        documents=[{"name": "Plan"}, {"url": "https://docs.example", "description": "D"}],
        stage_history=[{"name": "trial", "start_date": WHEN}],
        nps_history=[{"nps_score": 9, "date": WHEN, "username": "i", "survey_name": "S", "comments": "C"}],
    ),
}
REFUSED: dict[str, tuple[Any, list[str]]] = {
    "not an object": ([], ["$: [] is not of type 'object'"]),
    "no action": (BASE, ["$: 'action' is a required property"]),
    "unknown action": (
        {**BASE, "action": "identify"},
        [
            "$.action: 'identify' is not one of "
            "['identifyUser', 'identifyAccount', 'feature', 'moduleEnd', 'sessionSync']"
        ],
    ),
    "no user": (without(USER, "user_id"), ["$: 'user_id' is a required property"]),
    "no time": (without(FEATURE, "created_at"), ["$: 'created_at' is a required property"]),
    "no account": (without(ACCOUNT, "account_id"), ["$: 'account_id' is a required property"]),
    "no feature": (without(FEATURE, "feature"), ["$: 'feature' is a required property"]),
    "no total": (without(FEATURE, "total"), ["$: 'total' is a required property"]),
    "no time spent": ({"action": "moduleEnd", "module": "M", **BASE}, ["$: 'time_spent' is a required property"]),
    "no duration": ({"action": "sessionSync", **BASE}, ["$: 'active_duration' is a required property"]),
    "negative duration": (
        {"action": "sessionSync", "active_duration": -1, **BASE},
        ["$.active_duration: -1 is less than the minimum of 0"],
    ),
    "unknown field": (
        {**FEATURE, "Module": "M"},
        ["$: Additional properties are not allowed ('Module' was unexpected)"],
    ),
    "field of another action": (
        {**USER, "feature": "F"},
        ["$: Additional properties are not allowed ('feature' was unexpected)"],
    ),
    "numeric user": ({**USER, "user_id": 42}, ["$.user_id: 42 is not of type 'string'"]),
    "empty user": ({**USER, "user_id": ""}, ["$.user_id: '' should be non-empty"]),
    "null account": ({**USER, "account_id": None}, ["$.account_id: None is not of type 'string'"]),
    "empty module": ({**FEATURE, "module": ""}, ["$.module: '' should be non-empty"]),
    "total as text": ({**FEATURE, "total": "1"}, ["$.total: '1' is not of type 'number'"]),
    "time as text": ({**USER, "created_at": "2024-07-01"}, ["$.created_at: '2024-07-01' is not of type 'integer'"]),
    "time with a fraction": ({**USER, "created_at": 0.5}, ["$.created_at: 0.5 is not of type 'integer'"]),
    "time as boolean": ({**USER, "created_at": True}, ["$.created_at: True is not of type 'integer'"]),
    "time too late": (
        {**USER, "created_at": 253402300800000},
        ["$.created_at: 253402300800000 is greater than the maximum of 253402300799999"],
    ),
    "time too early": (
        {**USER, "created_at": -62135596800001},
        ["$.created_at: -62135596800001 is less than the minimum of -62135596800000"],
    ),
    "empty details": (user(), ["$.details: {} should be non-empty"]),
    "details of an account": (
        user(tier="T"),
        ["$.details: Additional properties are not allowed ('tier' was unexpected)"],
    ),
    "details of a user": (
        account(email="E"),
        ["$.details: Additional properties are not allowed ('email' was unexpected)"],
    ),
    "details as null": ({**USER, "details": None}, ["$.details: None is not of type 'object'"]),
    "flag as text": (user(is_active="true"), ["$.details.is_active: 'true' is not of type 'boolean'"]),
    "employees as text": (account(employees="329"), ["$.details.employees: '329' is not of type 'number'"]),
    "no dimensions": (
        user(custom_label_dimensions=[]),
        ["$.details.custom_label_dimensions: [] should be non-empty"],
    ),
    "label as number": (
        user(custom_label_dimensions=[{"key": "k", "value": 1}]),
        ["$.details.custom_label_dimensions[0].value: 1 is not of type 'string'"],
    ),
    "empty label": (
        user(custom_label_dimensions=[{"key": "k", "value": ""}]),
        ["$.details.custom_label_dimensions[0].value: '' should be non-empty"],
    ),
    "value as text": (
        user(custom_value_dimensions=[{"key": "k", "value": "1"}]),
        ["$.details.custom_value_dimensions[0].value: '1' is not of type 'number'"],
    ),
    "event as text": (
        user(custom_event_dimensions=[{"key": "k", "value": "2024-07-01"}]),
        ["$.details.custom_event_dimensions[0].value: '2024-07-01' is not of type 'integer'"],
    ),
    "dimension without key": (
        user(custom_value_dimensions=[{"value": 1}]),
        ["$.details.custom_value_dimensions[0]: 'key' is a required property"],
    ),
    "dimension with more": (
        user(custom_value_dimensions=[{"key": "k", "value": 1, "unit": "kg"}]),
        ["$.details.custom_value_dimensions[0]: Additional properties are not allowed ('unit' was unexpected)"],
    ),
    "manager as text": (
        account(assigned_csms=["lena@vendor.example"]),
        ["$.details.assigned_csms[0]: 'lena@vendor.example' is not of type 'object'"],
    ),
    "empty document": (account(documents=[{}]), ["$.details.documents[0]: {} should be non-empty"]),
    "stage with a date as text": (
        account(stage_history=[{"name": "trial", "start_date": "2024-07-01"}]),
        ["$.details.stage_history[0].start_date: '2024-07-01' is not of type 'integer'"],
    ),
    "no answers": (account(nps_history=[]), ["$.details.nps_history: [] should be non-empty"]),
}
RECORDS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "account": ("account", {"account_id": "a", "name": "N", "join_date": WHEN}, []),
    "account to update": ("account", {"account_id": "a", "tier": "T"}, []),
    "user": ("user", {"account_id": "a", "user_id": "u", "email": "E"}, []),
    "account without id": ("account", {"name": "N"}, ["$: 'account_id' is a required property"]),
    "account with a date as text": (
        "account",
        {"account_id": "a", "join_date": "2024-07-01"},
        ["$.join_date: '2024-07-01' is not of type 'integer'"],
    ),
    "account with details": (
        "account",
        {"account_id": "a", "details": {"name": "N"}},
        ["$: Additional properties are not allowed ('details' was unexpected)"],
    ),
    "user without account": ("user", {"user_id": "u"}, ["$: 'account_id' is a required property"]),
    "user without id": ("user", {"account_id": "a"}, ["$: 'user_id' is a required property"]),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepts(case: str, judge: Judge) -> None:
    body = ACCEPTED[case]
    assert judge("natero/event.schema.json", body) == []
    assert judge(f"natero/{body['action']}.schema.json", body) == []


@pytest.mark.parametrize("case", REFUSED)
def test_refuses_and_says_why(case: str, judge: Judge) -> None:
    body, problems = REFUSED[case]
    assert judge("natero/event.schema.json", body) == problems


@pytest.mark.parametrize("case", RECORDS)
def test_records(case: str, judge: Judge) -> None:
    name, record, problems = RECORDS[case]
    assert judge(f"natero/{name}.schema.json", record) == problems
