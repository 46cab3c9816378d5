"""What the sandbox tells of what it took."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.sandbox.received import Received, ReceivedRequest
from tests.support.sandbox import RunningSandbox, sandbox_process

PATH = "/v1/sandbox-auth-key/sandbox-send-key"


def body(*users: int) -> bytes:
    events = [{"action": "feature", "user_id": f"u_{n}", "created_at": n, "feature": "F"} for n in users]
    return "\n".join(map(json.dumps, events)).encode()


def post(sandbox: RunningSandbox, *users: int) -> int:
    headers = {"content-type": "application/json"}
    return sandbox.client.post(PATH, content=body(*users), headers=headers).status_code


def users(answer: dict[str, Any]) -> list[int]:
    return [event["created_at"] for event in answer["events"]]


def test_requests_and_events_in_parts(sandbox: RunningSandbox) -> None:
    for batch in ((1, 2), (3,), (4, 5)):
        post(sandbox, *batch)
    get = sandbox.client.get
    assert users(get("/received?events=1").json()) == [1, 2, 3, 4, 5]
    assert users(get("/received?events=1&offset=1&limit=3").json()) == [2, 3, 4]
    assert [users(one) for one in get("/received?limit=1&offset=2").json()["requests"]] == [[4, 5]]
    assert get("/received?limit=0").json() == {
        "count": 5,
        "request_count": 3,
        "answers": {"200": 3},
        "requests": [],
    }
    assert sandbox.client.delete("/received").status_code == 204
    assert get("/received").json() == {"count": 0, "request_count": 0, "answers": {}, "requests": []}


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "limit=", "more=1", "limit=999999999999999"])
def test_wrong_parameters_are_refused(sandbox: RunningSandbox, query: str) -> None:
    answer = sandbox.client.get(f"/received?{query}")
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "GET /received takes events=1, limit=N and offset=N"},
    )


@pytest.mark.parametrize(("method", "path"), [("POST", "/received"), ("PUT", "/faults"), ("POST", "/")])
def test_other_methods_are_refused(sandbox: RunningSandbox, method: str, path: str) -> None:
    assert sandbox.client.request(method, path).status_code == 405


def test_the_newest_are_kept_and_all_are_counted() -> None:
    with sandbox_process("natero", "--keep", "3") as sandbox:
        post(sandbox, 1, 2)
        post(sandbox, 3, 4)
        assert users(sandbox.client.get("/received?events=1").json()) == [2, 3, 4]
        post(sandbox, *range(10, 20))
        assert users(sandbox.client.get("/received?events=1").json()) == [17, 18, 19]
        assert sandbox.received["count"] == 14


def test_a_sink_only_counts() -> None:
    with sandbox_process("natero", "--sink", "--fault", "status=503,times=1") as sandbox:
        assert [post(sandbox, 1, 2), post(sandbox, 3), post(sandbox, 4, 5)] == [503, 200, 200]
        headers = {"content-type": "application/json"}
        assert sandbox.client.post(PATH, content=b"x\ny\n", headers=headers).status_code == 200
        assert sandbox.client.post("/v1/a/b", content=b"x", headers=headers).status_code == 401
        received = sandbox.received
        assert (received["count"], received["request_count"], received["requests"]) == (5, 3, [])


@given(keep=st.integers(0, 12), batches=st.lists(st.lists(st.integers(), max_size=6), max_size=12))
def test_what_is_kept_is_the_newest_part_of_what_came(keep: int, batches: list[list[int]]) -> None:
    received = Received(keep)
    for batch in batches:
        request = ReceivedRequest(endpoint="e", method="POST", path="/", headers={}, events=tuple(batch))
        received.add(request, [])
    everything = [event for batch in batches for event in batch]
    kept = received.events
    assert received.count == len(everything)
    assert kept == everything[len(everything) - len(kept) :]
    if all(batches):
        assert len(kept) == min(keep, len(everything))
    assert sum(max(1, len(one.events)) for one in received.requests) <= keep
