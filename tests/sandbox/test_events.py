"""Form and content of NDJSON batches."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.sandbox import RunningSandbox

PATH = "/v1/sandbox-auth-key/sandbox-send-key"
TIMES = {"user_id": "u_1", "created_at": 1700000000123}
RIGHT: dict[str, dict[str, Any]] = {
    "identifyUser": {
        "action": "identifyUser",
        **TIMES,
        "account_id": "a_2",
        "session_id": "s_3",
        "details": {
            "first_name": "Ada",
            "product_join_date": 1600000000000,
            "is_active": False,
            "custom_label_dimensions": [{"key": "plan", "value": "gold"}],
            "custom_value_dimensions": [{"key": "seats", "value": 7.5}],
            "custom_event_dimensions": [{"key": "trial", "value": -86400000}],
        },
    },
    "identifyAccount": {
        "action": "identifyAccount",
        **TIMES,
        "account_id": "a_2",
        "details": {
            "name": "Acme",
            "employees": 329,
            "is_churned": True,
            "assigned_csms": [{"email": "csm@example.com"}],
            "nps_history": [{"nps_score": 9, "date": 1600000000000}],
        },
    },
    "feature": {"action": "feature", **TIMES, "feature": "Clicked", "module": "Home", "total": 2, "product": "Web"},
    "moduleEnd": {"action": "moduleEnd", **TIMES, "module": "Home", "time_spent": 5000},
    "sessionSync": {"action": "sessionSync", **TIMES, "active_duration": 0},
}


def post(sandbox: RunningSandbox, body: bytes) -> httpx.Response:
    return sandbox.client.post(PATH, content=body, headers={"content-type": "application/json"})


def send(sandbox: RunningSandbox, *events: Any) -> httpx.Response:
    return post(sandbox, b"\n".join(json.dumps(event).encode() for event in events))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_every_action_is_taken_with_either_line_end(sandbox: RunningSandbox, end: str, last: str) -> None:
    body = end.join(json.dumps(event) for event in RIGHT.values()) + (end if last else "")
    assert post(sandbox, body.encode()).status_code == 200
    assert sandbox.events == list(RIGHT.values())


@pytest.mark.parametrize(
    ("body", "message", "line"),
    [
        (b"", "the body is empty; expected one JSON object per line", None),
        (b"\n", "line 1 is blank; expected one JSON object per line", 1),
        (b"{}\n\n{}", "line 2 is blank; expected one JSON object per line", 2),
        (b"{}\n\n", "line 2 is blank; expected one JSON object per line", 2),
        (b'[{"a":1}]', "line 1 is a JSON array; expected one JSON object per line, not an array", 1),
        (
            b'[\n{"a":1}\n]',
            "line 1: not JSON: ends too early, at column 2; expected one JSON object per line, not an array",
            1,
        ),
        (b'{"a":1}\n"x"', "line 2 is a string; expected one JSON object per line", 2),
        (b'{"a":1}\n7', "line 2 is a number; expected one JSON object per line", 2),
        (b'{"a":1} {"b":2}', "line 1: not JSON: extra data at column 9", 1),
        (b'{"a":NaN}', "line 1: not JSON: NaN is no JSON number", 1),
        (b'{"a":1}\n{"a":"\xff"}', "line 2: not UTF-8: byte 0xff at column 7", 2),
        (b'{"a":"\\ud800"}', "line 1: holds a lone surrogate, or a number out of range", 1),
        (b'{"a":1e999}', "line 1: holds a lone surrogate, or a number out of range", 1),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "line 1: nested deeper than 128 levels", 1),
        (b"\xef\xbb\xbf{}", "line 1: not JSON: unexpected UTF-8 BOM (decode using utf-8-sig) at column 1", 1),
    ],
)
def test_another_form_is_refused(sandbox: RunningSandbox, body: bytes, message: str, line: int | None) -> None:
    answer = post(sandbox, body)
    assert answer.status_code == 400
    assert answer.json() == ({"error": message} if line is None else {"error": message, "line": line})
    assert sandbox.received["count"] == 0


def changed(name: str, /, **fields: Any) -> dict[str, Any]:
    return {**RIGHT[name], **fields}


def without(action: str, field: str) -> dict[str, Any]:
    return {key: value for key, value in RIGHT[action].items() if key != field}


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (
            without("feature", "action"),
            "action: is none of identifyUser, identifyAccount, feature, moduleEnd, sessionSync",
        ),
        (
            changed("feature", action="Feature"),
            "action: is none of identifyUser, identifyAccount, feature, moduleEnd, sessionSync",
        ),
        (without("feature", "user_id"), "user_id: is required"),
        (without("feature", "feature"), "feature: is required"),
        (without("identifyUser", "created_at"), "created_at: is required"),
        (without("moduleEnd", "time_spent"), "time_spent: is required"),
        (without("sessionSync", "active_duration"), "active_duration: is required"),
        (changed("feature", user_id=42), "user_id: expecting string"),
        (changed("feature", user_id=""), "user_id: the value is shorter than 1 character"),
        (changed("feature", account_id=12345.0), "account_id: expecting string"),
        (changed("feature", created_at="1700000000123"), "created_at: expecting integer"),
        (
            changed("feature", created_at=1700000000123.0),
            "created_at: a whole number must be written without fraction and exponent",
        ),
        (changed("feature", created_at=True), "created_at: expecting integer"),
        (changed("feature", module=None), "module: expecting string"),
        (changed("feature", total="2"), "total: expecting number"),
        (changed("feature", details={}), "details: is not a field the destination knows"),
        (changed("feature", messageId="m"), "messageId: is not a field the destination knows"),
        (changed("moduleEnd", time_spent=-1), "time_spent: the value is less than the minimum of 0"),
        (changed("identifyUser", details={}), "details: the value has less than 1 property"),
        (changed("identifyUser", details={"name": "Ada"}), "details.name: is not a field the destination knows"),
        (changed("identifyUser", details={"is_active": "true"}), "details.is_active: expecting boolean"),
        (changed("identifyUser", details={"email": ""}), "details.email: the value is shorter than 1 character"),
        (
            changed("identifyUser", details={"custom_label_dimensions": [{"key": "k", "value": 1}]}),
            "details.custom_label_dimensions.0.value: expecting string",
        ),
        (
            changed("identifyUser", details={"custom_value_dimensions": [{"key": "k", "value": "1"}]}),
            "details.custom_value_dimensions.0.value: expecting number",
        ),
        (
            changed("identifyUser", details={"custom_event_dimensions": [{"key": "k", "value": "2024-01-01"}]}),
            "details.custom_event_dimensions.0.value: expecting integer",
        ),
        (changed("identifyAccount", details={"employees": "329"}), "details.employees: expecting number"),
        (
            changed("identifyAccount", details={"first_name": "A"}),
            "details.first_name: is not a field the destination knows",
        ),
    ],
)
def test_an_event_the_api_does_not_describe_refuses_the_batch(
    sandbox: RunningSandbox, event: dict[str, Any], cause: str
) -> None:
    answer = send(sandbox, RIGHT["feature"], event)
    assert (answer.status_code, answer.json()) == (400, {"error": f"line 2: {cause}", "line": 2})
    assert sandbox.received["count"] == 0


def test_the_text_of_a_float_is_no_account_id(sandbox: RunningSandbox) -> None:
    answer = send(sandbox, changed("feature", account_id="12345.0"))
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("line 1: account_id: ")


def test_no_value_of_an_event_comes_back(sandbox: RunningSandbox) -> None:
    for field in RIGHT["feature"]:
        answer = send(sandbox, changed("feature", **{field: {"canary": ["canary"]}}))
        assert answer.status_code == 400
        assert "canary" not in answer.text


def test_integers_stay_exact_and_text_is_any_unicode(sandbox: RunningSandbox) -> None:
    event = changed("feature", total=10**30, feature='ü\u2028"\\ \U0001f600')
    assert send(sandbox, event).status_code == 200
    assert sandbox.events == [event]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(deadline=None, max_examples=60, suppress_health_check=HEALTHY)
@given(action=st.sampled_from(sorted(RIGHT)), field=st.sampled_from(["action", *TIMES, "details", "other"]), junk=JUNK)
def test_whatever_a_field_holds_the_answer_is_200_or_400_and_agrees_with_what_is_kept(
    sandbox: RunningSandbox, action: str, field: str, junk: Any
) -> None:
    before = sandbox.received["count"]
    answer = send(sandbox, changed(action, **{field: junk}))
    assert answer.status_code in (200, 400)
    assert sandbox.received["count"] == before + (answer.status_code == 200)


@settings(deadline=None, max_examples=60, suppress_health_check=HEALTHY)
@given(body=st.binary(max_size=200))
def test_any_bytes_get_an_answer(sandbox: RunningSandbox, body: bytes) -> None:
    assert post(sandbox, body).status_code == 400
