"""HTTP as it comes at a real server: methods, encodings, proxies, an end in the middle of a request."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import signal
import socket
from collections.abc import Iterator, MutableMapping
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.base.clock import SystemClock
from mapper.server.application import Application
from mapper.server.config import ServerConfig, load_config
from mapper.server.fault import ConfigError
from mapper.server.http import OVERDUE, Bodies, Request
from mapper.server.log import AsOurs
from mapper.server.refusal import Refusal
from mapper.server.serving import bind
from tests.server.kit import CONFIG, KEY, Server, serving
from tests.server.raw import connected, receive
from tests.server.test_tail import call, listening
from tests.support.awaiting import PATIENCE, await_
from tests.support.disk import empty, fill_up, small_disk
from tests.support.sandbox import RunningSandbox


@pytest.fixture(scope="module")
def server(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    config = f"trust_proxies: [127.0.0.1]\n{CONFIG}"
    with serving(tmp_path_factory.mktemp("server"), sandbox.base_url, config=config) as found:
        yield found


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/track", 405, "POST, OPTIONS"),
        ("PUT", "/v1/batch", 405, "POST, OPTIONS"),
        ("GET", "/webhooks/segment", 405, "POST, PUT, PATCH"),
        ("OPTIONS", "/webhooks/segment", 405, "POST, PUT, PATCH"),
        ("POST", "/health", 405, "GET, HEAD"),
        ("DELETE", "/metrics", 405, "GET, HEAD"),
        ("POST", f"/v1/projects/{KEY}/settings", 405, "GET, HEAD, OPTIONS"),
        ("HEAD", "/health", 200, None),
        ("HEAD", "/metrics", 200, None),
        ("OPTIONS", f"/v1/projects/{KEY}/settings", 204, None),
        ("OPTIONS", "/v1/t/", 204, None),
        ("OPTIONS", "/nothing", 404, None),
    ],
)
def test_methods(server: Server, method: str, path: str, status: int, allow: str | None) -> None:
    answer = server.client.request(method, path)
    assert (answer.status_code, answer.headers.get("allow")) == (status, allow)
    if status == 405:
        assert answer.json()["code"] == "method_not_allowed"
    if method == "HEAD":
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0


def post(server: Server, body: bytes, **headers: str) -> tuple[int, str]:
    answer = server.client.post("/v1/batch", content=body, headers=headers)
    return answer.status_code, answer.json().get("message", "")


def test_bodies_as_they_come(server: Server) -> None:
    def batch(name: str) -> bytes:
        return json.dumps({"batch": [call(name)], "writeKey": KEY}).encode()

    with listening(server, {"outcomes": ["queued"]}) as found:
        assert post(server, b"\xef\xbb\xbf" + batch("bom")) == (200, "")
        assert post(server, gzip.compress(batch("unsaid"))) == (200, "")
        assert post(server, batch("typed"), **{"Content-Type": "application/x-www-form-urlencoded"}) == (200, "")
        assert post(server, batch("plain"), **{"Content-Encoding": "identity"}) == (200, "")
        assert post(server, b"data=" + batch("form")) == (400, "the body is no JSON")
        assert post(server, batch("none"), **{"Content-Encoding": "deflate"})[0] == 415
        stream = found.makefile("rb")
        assert [json.loads(next(stream))["message_id"] for _ in range(4)] == ["bom", "unsaid", "typed", "plain"]


def test_the_address_that_a_trusted_proxy_tells(server: Server) -> None:
    with listening(server, {"outcomes": ["queued"], "payload": True}) as found:
        for path, address in (("t", "203.0.113.7"), ("t", "198.51.100.9, 203.0.113.8"), ("track", "203.0.113.7")):
            body = {**call(f"proxy {path} {address}"), "writeKey": KEY}
            assert server.client.post(f"/v1/{path}", json=body, headers={"X-Forwarded-For": address}).status_code == 200
        stream = found.makefile("rb")
        calls = [json.loads(next(stream))["call"] for _ in range(3)]
    assert [each.get("context", {}).get("ip") for each in calls] == ["203.0.113.7", "203.0.113.8", None]
    assert all("writeKey" not in each for each in calls)


def begin(client: socket.socket, length: int) -> None:
    """Begin a request, and wait until the server has its head and asks for its body."""
    head = f"POST /v1/track HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
    client.sendall(head.encode())
    asked = b""
    while not asked.endswith(b"\r\n\r\n"):
        asked += (part := client.recv(1))
        assert part, asked
    assert asked.startswith(b"HTTP/1.1 100 ")


def listens(server: Server) -> bool:
    """Whether it takes new connections."""
    try:
        with connected(server):
            return True
    except ConnectionRefusedError:
        return False


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_that_has_begun_is_finished_when_the_server_stops(
    tmp_path: Path, sandbox: RunningSandbox, number: signal.Signals
) -> None:
    body = json.dumps({**call("half"), "writeKey": KEY}).encode()
    with serving(tmp_path, sandbox.base_url) as server, connected(server) as client:
        begin(client, len(body))
        client.sendall(body[:20])
        server.process.send_signal(number)
        server.wait_for("stopping")
        await_(lambda: not listens(server))
        with pytest.raises(httpx.TransportError):
            server.client.post("/v1/track", json=call("late"))
        client.sendall(body[20:])
        assert client.recv(12) == b"HTTP/1.1 200"
        assert server.process.wait(timeout=PATIENCE) == 0
        assert server.state()["read"] == 1


@pytest.mark.long
def test_a_request_that_does_not_end_is_told_so_when_the_server_does(tmp_path: Path, sandbox: RunningSandbox) -> None:
    with serving(tmp_path, sandbox.base_url, "--grace", "1s") as server, connected(server) as client:
        begin(client, 50)
        client.sendall(b"{")
        assert server.stop() == 0
        answer = receive(client)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert answer.json["message"] == "the server is being stopped"
        assert len(server.complaints) == 1, "the one that says that it did not wait any longer"


@pytest.mark.long
def test_a_full_disk_is_answered_with_503_and_nothing_is_lost(tmp_path: Path, sandbox: RunningSandbox) -> None:
    sandbox.reset()
    with small_disk(tmp_path / "disk") as disk, serving(disk, sandbox.base_url) as server:
        assert server.client.post("/v1/track", json={**call("d1"), "writeKey": KEY}).status_code == 200
        fill_up(disk)
        body = {"batch": [call(f"d{n}", properties={"text": "x" * 3000}) for n in range(2, 100)], "writeKey": KEY}
        answer = server.client.post("/v1/batch", json=body)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        server.wait_for("queue waits")
        refused = server.client.post("/v1/batch", json=body)
        assert (refused.status_code, refused.json()["message"]) == (503, "nothing can be taken in now")
        assert server.client.get("/ready").status_code == 503
        assert "disk" in server.client.get("/ready").json()["because"]
        assert server.client.get("/health").status_code == 200
        empty(disk)
        server.wait_for("queue goes on")
        assert server.client.post("/v1/batch", json=body).status_code == 200
        state = server.settle()
        assert state["delivered"] == 99  # what was taken in after its client was told to come again came twice
        assert server.stop() == 0


def request_of(*parts: bytes) -> Request:
    left = list(parts)

    async def receive() -> MutableMapping[str, Any]:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    return Request("POST", "/v1/batch", {}, None, receive, late=False, state={})


def test_no_more_is_held_at_a_time_than_there_is_room_for() -> None:
    async def scenario() -> None:
        bodies = Bodies(most=100)
        first, second, third = (request_of(b"x" * 30, b"x" * 30) for _ in range(3))
        assert len(await bodies.read(first, 500)) == 60
        with pytest.raises(Refusal) as refusal:
            await bodies.read(second, 500)
        assert (refusal.value.status, refusal.value.retry_after) == (503, 1)
        bodies.release(second)
        bodies.release(first)
        assert len(await bodies.read(third, 500)) == 60

    asyncio.run(scenario())


def test_a_body_that_is_late_is_read_no_further() -> None:
    request = replace(request_of(b"x", b"y"), state={OVERDUE: True})
    with pytest.raises(Refusal) as refusal:
        asyncio.run(Bodies().read(request, 500))
    assert (refusal.value.status, refusal.value.message) == (408, "the body did not come in time")


def test_a_fault_of_ours_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    """Where and of which type it was is told; what it says may quote what came in."""

    def broken() -> str:
        raise ValueError("a payload")

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    application = Application(load_config(None, {"MAPPER_WRITE_KEYS": "web=b"}), None, SystemClock(), metrics=broken)  # type: ignore[arg-type]  # nothing is taken in
    scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": [], "scheme": "http", "state": {}}
    asyncio.run(application(scope, request_of(b"").receive, send))
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (500, "fault")
    assert application.answers == {("metrics", 500): 1}
    stream = io.StringIO()
    with redirect_stderr(stream):
        AsOurs().handle(caplog.records[0])
    assert json.loads(stream.getvalue())["place"].startswith("test_http.py:")
    assert "payload" not in stream.getvalue()


def test_a_port_in_use_says_how_to_find_who_has_it() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        config = ServerConfig(listen=f"127.0.0.1:{other.getsockname()[1]}")
        with pytest.raises(ConfigError, match="Address already in use") as error:
            bind(config)
    (fault,) = error.value.faults
    assert "ss -ltnp" in fault.help
