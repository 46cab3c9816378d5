"""Faults on demand, as a sender meets them."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from mapper.sandbox import SandboxError, parse_fault_option
from tests.support.awaiting import await_
from tests.support.sandbox import RunningSandbox

PATH = "/v1/sandbox-auth-key/sandbox-send-key"


def event(user: str) -> dict[str, Any]:
    return {"action": "feature", "user_id": user, "created_at": 1700000000000, "feature": "Clicked"}


def post(sandbox: RunningSandbox, *users: str) -> httpx.Response:
    body = "\n".join(json.dumps(event(user)) for user in users or ("u_1",))
    return sandbox.client.post(PATH, content=body, headers={"content-type": "application/json"})


def test_a_status_with_retry_after_so_many_times(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 503, "retry_after": 2, "times": 2})
    answers = [post(sandbox) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "2"
    assert answers[0].json() == {"error": "a fault on demand"}
    assert sandbox.received["count"] == 1
    assert sandbox.received["answers"] == {"200": 1, "503": 2}
    assert sandbox.client.get("/faults").json() == []


def test_after_lets_some_pass_first(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 500, "after": 2, "times": 1})
    assert [post(sandbox).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_without_times_a_rule_stays_until_it_is_dropped(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 500})
    assert [post(sandbox).status_code for _ in range(3)] == [500, 500, 500]
    sandbox.client.delete("/faults")
    assert post(sandbox).status_code == 200


def test_rules_apply_in_their_order(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 500, "times": 1}, {"status": 502, "times": 1})
    sandbox.fault({"status": 503, "times": 1})
    assert sandbox.client.get("/faults").json() == [
        {"status": 500, "after": 0, "times": 1},
        {"status": 502, "after": 0, "times": 1},
        {"status": 503, "after": 0, "times": 1},
    ]
    assert [post(sandbox).status_code for _ in range(4)] == [500, 502, 503, 200]


def test_retry_after_as_a_date_and_as_any_text(sandbox: RunningSandbox) -> None:
    sandbox.fault(
        {"status": 429, "retry_after": {"date_in": 60}, "times": 1}, {"status": 429, "retry_after": "soon", "times": 1}
    )
    before = time.time()
    when = parsedate_to_datetime(post(sandbox).headers["retry-after"]).timestamp()
    assert before + 59 <= when <= time.time() + 61
    assert post(sandbox).headers["retry-after"] == "soon"


@pytest.mark.parametrize(
    ("body", "content"), [("plain <html>", b"plain <html>"), ({"a": [1]}, b'{"a":[1]}\n'), ("", b"")]
)
def test_an_answer_with_body_and_headers_of_ones_own(sandbox: RunningSandbox, body: Any, content: bytes) -> None:
    sandbox.fault({"status": 302, "headers": {"location": "https://elsewhere.example/"}, "body": body, "times": 1})
    answer = post(sandbox)
    assert (answer.status_code, answer.content) == (302, content)
    assert answer.headers["location"] == "https://elsewhere.example/"


def test_a_204_has_no_body(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 204, "times": 1})
    answer = post(sandbox)
    assert (answer.status_code, answer.content) == (204, b"")
    assert post(sandbox).status_code == 200


def test_chosen_events_reject_their_batch(sandbox: RunningSandbox) -> None:
    sandbox.fault({"match": {"user_id": "u_7"}, "status": 400})
    assert post(sandbox, "u_1", "u_7", "u_2").status_code == 400
    assert post(sandbox, "u_1", "u_2").status_code == 200
    assert [one["user_id"] for one in sandbox.events] == ["u_1", "u_2"]


@pytest.mark.parametrize(
    ("match", "status"),
    [
        ({"details": {"email": "e"}}, 418),
        ({"details": {"email": "e", "phone": "p"}}, 200),
        ({"details": {}}, 418),
        ({"details": {"custom_value_dimensions": [{"key": "k", "value": 1}]}}, 418),
        ({"details": {"custom_value_dimensions": [{"key": "k"}]}}, 200),
        ({"details": {"is_active": 1}}, 200),
        ({"details": {"is_active": True}}, 418),
    ],
)
def test_a_match_is_a_part_of_the_event(sandbox: RunningSandbox, match: dict[str, Any], status: int) -> None:
    sandbox.fault({"match": match, "status": 418})
    details = {"email": "e", "is_active": True, "custom_value_dimensions": [{"key": "k", "value": 1}]}
    body = {"action": "identifyUser", "user_id": "u", "created_at": 1, "details": details}
    assert sandbox.client.post(PATH, json=body).status_code == status


def test_taken_and_then_failed(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 502, "partial": True, "times": 1})
    assert post(sandbox).status_code == 502
    assert post(sandbox).status_code == 200
    assert sandbox.events == [event("u_1"), event("u_1")]


def test_delay(sandbox: RunningSandbox) -> None:
    sandbox.fault({"delay": 0.3, "times": 1})
    begun = time.monotonic()
    assert post(sandbox).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_hang_until_the_sender_gives_up(sandbox: RunningSandbox) -> None:
    sandbox.fault({"hang": True, "times": 1})
    with (
        httpx.Client(base_url=sandbox.base_url, timeout=0.3, trust_env=False) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post(PATH, json=event("u_1"))
    await_(lambda: sandbox.received["answers"] == {"hang": 1})  # it may hear of it late
    assert post(sandbox, "u_2").status_code == 200
    assert sandbox.events == [event("u_2")]
    assert sandbox.received["answers"] == {"200": 1, "hang": 1}


@pytest.mark.parametrize(("partial", "count"), [(False, 0), (True, 1)])
def test_a_reset_after_reading(sandbox: RunningSandbox, partial: bool, count: int) -> None:
    sandbox.fault({"close": "after-read", "times": 1, "partial": partial})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        post(sandbox)
    assert sandbox.received["count"] == count
    assert post(sandbox).status_code == 200


def test_a_reset_before_reading(sandbox: RunningSandbox) -> None:
    sandbox.fault({"close": "before", "after": 1, "times": 1})
    assert post(sandbox).status_code == 200
    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        post(sandbox)
    assert post(sandbox).status_code == 200
    assert sandbox.received["answers"] == {"200": 2, "close before": 1}


@pytest.mark.parametrize("status", [None, 503])
def test_a_hang_up_in_the_middle_of_the_answer(sandbox: RunningSandbox, status: int | None) -> None:
    rule: dict[str, Any] = {"close": "mid-body", "times": 1}
    sandbox.fault(rule if status is None else {**rule, "status": status})
    with sandbox.client.stream("POST", PATH, json=event("u_1")) as answer:
        assert answer.status_code == (status or 200)
        assert int(answer.headers["content-length"]) > 1
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            answer.read()
    assert sandbox.received["count"] == (1 if status is None else 0)


def test_a_slow_answer_trickles(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 500, "body": "slow", "slow": 10, "times": 1})
    begun = time.monotonic()
    with sandbox.client.stream("POST", PATH, json=event("u_1")) as answer:
        parts = list(answer.iter_raw())
    assert parts == [b"s", b"l", b"o", b"w"]
    assert time.monotonic() - begun >= 0.35


def test_a_truncated_answer_looks_whole(accounts: RunningSandbox) -> None:
    accounts.fault({"truncate": 10, "times": 1})
    record = {"account_id": "a", "name": "A", "join_date": 1}
    answer = accounts.client.post("/api/v2/accounts", json={"records": [record]}, auth=("api", "sandbox-api-key"))
    assert (answer.status_code, answer.content) == (200, b'{"status_i')
    assert accounts.events == [record]


def test_a_rule_for_one_endpoint_leaves_the_other_alone(accounts: RunningSandbox) -> None:
    accounts.fault({"endpoint": "account_users", "status": 500})
    statuses = [
        accounts.client.post(f"/api/v2/{path}", json={"records": []}, auth=("api", "sandbox-api-key")).status_code
        for path in ("accounts", "account_users")
    ]
    assert statuses == [200, 500]


def test_a_wrong_request_uses_no_rule_up(sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 503, "times": 1})
    assert sandbox.client.post("/v1/x/y", json=event("u_1")).status_code == 401
    assert post(sandbox).status_code == 503


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        ([{}], "fault rule 0: needs one of status, delay, hang, close, slow, truncate, record_failure"),
        ([{"status": 503}, {"status": 99}], "fault rule 1/status: 99 is less than the minimum of 200"),
        ([{"statu": 503}], "fault rule 0: Additional properties are not allowed ('statu' was unexpected)"),
        (7, 'fault rule 0: 7 is not of type "object"'),
        (
            [{"close": "before", "match": {"user_id": "u"}}],
            "fault rule 0/match: does not go with the rule's other fields",
        ),
        (
            [{"status": 302, "headers": {"location": "a\r\nb: c"}}],
            'fault rule 0/headers/location: "a\\r\\nb: c" does not match "^([!-~]([ -~]*[!-~])?)?$"',
        ),
        ([{"delay": -1}], "fault rule 0/delay: -1 is less than the minimum of 0"),
        ([{"record_failure": "x"}], 'fault rule 0: "match" is a required property'),
        ([{"status": 500, "endpoint": "events"}], "fault rule 0: endpoint must be one of event"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_cause_and_none_is_added(
    sandbox: RunningSandbox, rules: Any, error: str
) -> None:
    answer = sandbox.client.post("/faults", json=rules)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert sandbox.client.get("/faults").json() == []
    assert post(sandbox).status_code == 200


def test_rules_that_are_no_json(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.post("/faults", content=b"[{")
    assert (answer.status_code, answer.json()) == (400, {"error": "not JSON: ends too early, at column 3"})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("status=503", {"status": 503}),
        ("status=503,retry_after=2, times=3", {"status": 503, "retry_after": 2, "times": 3}),
        ("close=mid-body,partial=true", {"close": "mid-body", "partial": True}),
        ('{"match": {"user_id": "u"}, "status": 400}', {"match": {"user_id": "u"}, "status": 400}),
    ],
)
def test_rules_on_the_command_line(text: str, rule: dict[str, Any]) -> None:
    assert parse_fault_option(text) == rule


@pytest.mark.parametrize("text", ["", "status", "=503", "status=503,", "{"])
def test_wrong_rules_on_the_command_line(text: str) -> None:
    with pytest.raises(SandboxError, match=r"^--fault: not "):
        parse_fault_option(text)
