"""Segment's Tracking API, at a real server."""

from __future__ import annotations

import base64
import gzip
import json
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.server.kit import KEY, Server
from tests.support.sandbox import RunningSandbox

BASIC = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
TIME = "2026-01-02T03:04:05.678Z"


@pytest.fixture(autouse=True)
def _forget(sandbox: RunningSandbox) -> None:
    sandbox.reset()


def call(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": f"E{number}", "userId": "u1", "timestamp": TIME, "sentAt": TIME, **more}


def features(sandbox: RunningSandbox, server: Server) -> list[str]:
    server.settle()
    return [event["feature"] for event in sandbox.events]


@pytest.mark.parametrize("path", ["track", "t", "track/"])
def test_single_calls(server: Server, sandbox: RunningSandbox, path: str) -> None:
    answer = server.client.post(f"/v1/{path}", json=call(messageId=f"single {path}"), headers=BASIC)
    assert (answer.status_code, answer.text) == (200, '{"success":true}')
    assert features(sandbox, server) == ["E1"]


def test_each_path_tells_the_type(server: Server, sandbox: RunningSandbox) -> None:
    body = {"userId": "u1", "previousId": "u0", "groupId": "a1", "name": "N", "event": "E", "writeKey": KEY}
    for path in ("identify", "page", "group", "alias", "i", "p", "g", "a", "screen", "s"):
        assert server.client.post(f"/v1/{path}", json=body).status_code == 200
    server.settle()
    assert {event["action"] for event in sandbox.events} >= {"identifyUser", "identifyAccount"}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("path", ["batch", "import", "b"])
def test_batches(server: Server, sandbox: RunningSandbox, path: str, packed: bool) -> None:
    body = json.dumps(
        {"batch": [call(n, messageId=f"{path} {packed} {n}") for n in range(40)], "writeKey": KEY}
    ).encode()
    headers = {"Content-Type": "text/plain"}
    if packed:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    assert server.client.post(f"/v1/{path}", content=body, headers=headers).json() == {"success": True}
    assert features(sandbox, server) == [f"E{n}" for n in range(40)]


def test_bad_items_are_refused_one_by_one_and_counted(server: Server, sandbox: RunningSandbox) -> None:
    before = server.settle()
    batch = [call(1), call(2, properties={"text": "x" * 33_000}), "text", {"type": "nonsense"}, call(5)]
    answer = server.client.post("/v1/batch", json={"batch": batch}, headers=BASIC)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "refused": 2})
    assert features(sandbox, server) == ["E1", "E5"]
    after = server.settle()
    assert after["read"] - before["read"] == 5
    assert after["dead"] + after["skipped"] - before["dead"] - before["skipped"] == 3
    assert any("exceeds the limit of 32768 bytes" in reason for reason in after["dead_by_kind"]["invalid"])


@pytest.mark.parametrize("depth", [200, 900])
def test_a_call_that_is_too_deep_is_dead_by_itself(server: Server, sandbox: RunningSandbox, depth: int) -> None:
    before = server.settle()["dead"]
    deep = json.dumps(call(2)).replace('"u1"', '"u1", "properties": {"a": ' + "[" * depth + "]" * depth + "}")
    body = f'{{"batch":[{json.dumps(call(1))},{deep},{json.dumps(call(3))}]}}'
    assert server.client.post("/v1/batch", content=body, headers=BASIC).status_code == 200
    assert server.client.post("/v1/track", content=deep, headers=BASIC).status_code == 200
    assert features(sandbox, server) == ["E1", "E3"]
    assert server.state()["dead"] - before == 2


def test_not_a_number_becomes_null_as_other_libraries_send_it(server: Server, sandbox: RunningSandbox) -> None:
    body = json.dumps({"batch": [call(1), call(2, properties={"price": float("nan")})]})
    assert server.client.post("/v1/batch", content=body, headers=BASIC).status_code == 200
    assert features(sandbox, server) == ["E1", "E2"]


def test_the_clock_of_the_client_is_put_right(server: Server, sandbox: RunningSandbox) -> None:
    """It is an hour slow; ten minutes lie between the call and its sending."""
    sent = {
        "originalTimestamp": "2020-01-01T00:00:00Z",
        "timestamp": "2020-01-01T00:00:00Z",
        "sentAt": "2020-01-01T00:10:00Z",
    }
    now = server.client.get("/health").headers["date"]
    server.client.post("/v1/track", json={**call(), **sent}, headers=BASIC)
    server.settle()
    (event,) = sandbox.events
    assert abs(event["created_at"] / 1000 - (parsedate_to_datetime(now).timestamp() - 600)) < 5


def test_what_comes_again_is_skipped_within_its_source(server: Server, sandbox: RunningSandbox) -> None:
    again = call(7, messageId="again and again")
    for key in (KEY, KEY, "older-key", "ios-key"):
        assert server.client.post("/v1/track", json={**again, "writeKey": key}).status_code == 200
    assert features(sandbox, server) == ["E7", "E7"]  # once of web, once of ios


REFUSED: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("track", b"nonsense", BASIC, 400, "the body is no JSON"),
    ("track", b"[]", BASIC, 400, "the body is no JSON object"),
    ("track", b"", BASIC, 400, "the body is no JSON"),
    ("track", b"{" * 100_000, {}, 400, "the body exceeds 32,768 bytes"),
    ("batch", b'{"a":' * 50_000, {}, 400, "the body is no JSON"),
    ("batch", b"{}", BASIC, 400, "the body has no `batch`"),
    ("batch", b'{"batch":{}}', BASIC, 400, "`batch` is not a list"),
    ("batch", b'{"batch":[%s1]}' % (b"1," * 2500), BASIC, 400, "`batch` has 2,501 calls, more than 2,500"),
    ("track", b"{}", {}, 401, "the write key is missing or unknown"),
    ("track", b'{"writeKey":""}', {}, 401, "the write key is missing or unknown"),
    ("track", b'{"writeKey":"wrong"}', {}, 401, "the write key is missing or unknown"),
    ("track", b"{}", {"Authorization": "Basic !"}, 400, "the header Authorization can't be read"),
    ("track", b"{}", {"Authorization": "Basic /w=="}, 400, "the header Authorization can't be read"),
    ("track", b"{}", {"Content-Encoding": "gzip"}, 400, "the body is no gzip"),
    ("track", gzip.compress(b"{}", mtime=0)[:-3], {"Content-Encoding": "gzip"}, 400, "the body is cut-off gzip"),
    (
        "batch",
        gzip.compress(bytes(10_000_000), mtime=0),
        {"Content-Encoding": "gzip"},
        400,
        "the body exceeds 512,000 bytes",
    ),
    ("track", b"{}", {"Content-Encoding": "br"}, 415, "only gzip is understood as Content-Encoding"),
    ("nothing", b"{}", BASIC, 404, "there is nothing here"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused(server: Server, number: int) -> None:
    path, content, headers, status, message = REFUSED[number]
    before = server.state()["read"]
    answer = server.client.post(f"/v1/{path}", content=content, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert server.state()["read"] == before


def test_browsers(server: Server) -> None:
    origin = {"Origin": "https://shop.example"}
    preflight = server.client.options("/v1/t", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    answer = server.client.post("/v1/t", json=call(messageId="browser", writeKey=KEY), headers=origin)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "retry-after" in answer.headers["access-control-expose-headers"].lower()
    settings = server.client.get(f"/v1/projects/{KEY}/settings", headers=origin).json()
    host = server.base_url.removeprefix("http://")
    assert settings == {"integrations": {"Segment.io": {"apiKey": KEY, "apiHost": f"{host}/v1", "protocol": "http"}}}
    assert server.client.get("/v1/projects/wrong/settings").status_code == 404
    assert server.client.post("/v1/m", json={"series": [], "writeKey": KEY}).status_code == 200


def test_health_and_metrics_without_keys(server: Server) -> None:
    assert server.client.get("/health").json() == {"status": "ok"}
    assert server.client.get("/ready").json() == {"status": "ready"}
    server.client.post("/v1/track", json=call(), headers=BASIC)
    metrics = server.client.get("/metrics").text
    assert 'mapper_http_requests_total{path="tracking",status="200"}' in metrics
    assert "mapper_delivered_total" in metrics
    assert KEY not in metrics + "".join(server.text)
    assert server.client.delete("/v1/track").status_code == 405
