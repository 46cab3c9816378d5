"""The Account API: credentials, records, and its answer of 200 for records that failed."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.sandbox import RunningSandbox

BASIC = ("api", "sandbox-api-key")
ACME = {"account_id": "a_1", "name": "Acme", "join_date": 1600000000000}
BETA = {"account_id": "a_2", "name": "Beta", "join_date": 1610000000000}


def post(sandbox: RunningSandbox, endpoint: str, *records: Any, auth: Any = BASIC) -> httpx.Response:
    return sandbox.client.post(f"/api/v2/{endpoint}", json={"records": list(records)}, auth=auth)


def test_accounts_and_then_their_users(accounts: RunningSandbox) -> None:
    user = {"account_id": "a_1", "user_id": "u_3", "email": "ada@example.com"}
    for answer in (post(accounts, "accounts", ACME, BETA), post(accounts, "account_users", user)):
        assert answer.status_code == 200
        assert answer.json() == {"status_is_ok": True, "failed_results": []}
    assert accounts.events == [ACME, BETA, user]
    assert [request["endpoint"] for request in accounts.received["requests"]] == ["accounts", "account_users"]


def test_credentials_are_not_among_what_was_received(accounts: RunningSandbox) -> None:
    post(accounts, "accounts", ACME)
    request = accounts.received["requests"][0]
    assert "authorization" not in request["headers"]
    assert request["headers"]["content-type"] == "application/json"


def test_the_key_may_stand_in_the_query_and_is_not_shown(accounts: RunningSandbox) -> None:
    answer = accounts.client.post("/api/v2/accounts?api_key=sandbox-api-key", json={"records": [ACME]})
    assert answer.json() == {"status_is_ok": True, "failed_results": []}
    assert accounts.received["requests"][0]["path"] == "/api/v2/accounts"
    assert "sandbox-api-key" not in str(accounts.received)


@pytest.mark.parametrize(
    ("auth", "query", "error"),
    [
        (
            None,
            "",
            "no credentials; authenticate by HTTP Basic (user `api`, password apiKey) or the query (api_key=apiKey)",
        ),
        (("sandbox-api-key", "api"), "", "user and password are swapped: the user is `api`, the password the apiKey"),
        (("canary", "sandbox-api-key"), "", "the user must be `api`"),
        (("api", "canary"), "", "the password is not this sandbox's apiKey"),
        (None, "?api_key=canary", "api_key is not this sandbox's apiKey"),
        (None, "?key=canary", "the query must be api_key=... and nothing else"),
    ],
)
def test_wrong_credentials_are_refused_with_a_hint(accounts: RunningSandbox, auth: Any, query: str, error: str) -> None:
    answer = post(accounts, f"accounts{query}", ACME, auth=auth)
    assert (answer.status_code, answer.json()) == (401, {"error": error})
    assert answer.headers["www-authenticate"] == 'Basic realm="sandbox"'


@pytest.mark.parametrize("header", ["Basic !!!", "Basic /w==", "Bearer sandbox-api-key", "Basic", "sandbox-api-key"])
def test_odd_authorization_headers_are_refused(accounts: RunningSandbox, header: str) -> None:
    answer = accounts.client.post("/api/v2/accounts", json={"records": []}, headers={"authorization": header})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({**BETA, "join_date": "2024-01-01"}, "Invalid type for property: join_date (expecting integer)"),
        ({**BETA, "plan": "gold"}, "Invalid type for property: plan (is not a field the destination knows)"),
        ({**BETA, "account_id": 2.0}, "Invalid type for property: account_id (expecting string)"),
        (7, "Invalid type for property:  (expecting object)"),
        ({"account_id": "a_2"}, "Missing/invalid required field(s) for Accounts insert: 'name', 'join_date'"),
        ({"account_id": "a_2", "name": "B"}, "Missing/invalid required field(s) for Accounts insert: 'join_date'"),
    ],
)
def test_a_bad_account_holds_up_the_whole_batch(accounts: RunningSandbox, record: Any, message: str) -> None:
    answer = post(accounts, "accounts", ACME, record)
    failure = {"record": 1, "message": message}
    account_id = record.get("account_id") if isinstance(record, dict) else None
    if account_id is not None:
        failure["account_id"] = account_id
    assert (answer.status_code, answer.json()) == (200, {"status_is_ok": False, "failed_results": [failure]})
    assert accounts.events == []
    assert post(accounts, "account_users", {"account_id": "a_1", "user_id": "u"}).json()["failed_results"] != []


def test_a_known_account_is_updated_without_the_fields_of_an_insert(accounts: RunningSandbox) -> None:
    update = {"account_id": "a_1", "tier": "gold"}
    assert post(accounts, "accounts", update).json()["status_is_ok"] is False
    assert post(accounts, "accounts", ACME, update).json() == {"status_is_ok": True, "failed_results": []}
    assert post(accounts, "accounts", update).json() == {"status_is_ok": True, "failed_results": []}
    accounts.client.delete("/received")
    assert post(accounts, "accounts", update).json()["status_is_ok"] is False


def test_users_of_an_unknown_account_fail_alone(accounts: RunningSandbox) -> None:
    post(accounts, "accounts", ACME)
    users = [{"account_id": account, "user_id": f"u_{account}"} for account in ("a_1", "a_9", "a_1")]
    answer = post(accounts, "account_users", *users)
    assert answer.json() == {
        "status_is_ok": True,
        "failed_results": [{"record": 1, "message": "Account not found", "account_id": "a_9", "user_id": "u_a_9"}],
    }
    assert accounts.events == [ACME, users[0], users[2]]


def test_a_record_fails_on_demand_and_is_not_known_after(accounts: RunningSandbox) -> None:
    accounts.fault({"match": {"account_id": "a_1"}, "record_failure": "Account is locked", "times": 1})
    answer = post(accounts, "accounts", ACME, BETA)
    assert answer.json() == {
        "status_is_ok": True,
        "failed_results": [{"record": 0, "message": "Account is locked", "account_id": "a_1"}],
    }
    assert accounts.events == [BETA]
    user = {"account_id": "a_1", "user_id": "u"}
    assert post(accounts, "account_users", user).json()["failed_results"][0]["message"] == "Account not found"
    assert post(accounts, "accounts", ACME).json()["failed_results"] == []
    assert post(accounts, "account_users", user).json()["failed_results"] == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ([], 'expected an object {"records": [...]}, got an array'),
        ({}, 'expected an object with the one key "records", which holds an array'),
        ({"records": {}}, 'expected an object with the one key "records", which holds an array'),
        ({"records": [], "more": 1}, 'expected an object with the one key "records", which holds an array'),
    ],
)
def test_another_form_is_refused(accounts: RunningSandbox, body: Any, error: str) -> None:
    answer = accounts.client.post("/api/v2/accounts", json=body, auth=BASIC)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_lines_instead_of_records_are_refused(accounts: RunningSandbox) -> None:
    answer = accounts.client.post(
        "/api/v2/accounts", content=b"{}\n{}", headers={"content-type": "application/json"}, auth=BASIC
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "not JSON: extra data at line 2, column 1"})
