"""Path, keys, method, content type and length: what is refused before a body is looked at."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.awaiting import PATIENCE
from tests.support.sandbox import RunningSandbox

PATH = "/v1/sandbox-auth-key/sandbox-send-key"
EVENT = b'{"action":"feature","user_id":"u_1","created_at":1700000000000,"feature":"Clicked"}'
JSON = {"content-type": "application/json"}


def post(sandbox: RunningSandbox, path: str = PATH, body: bytes = EVENT, **more: Any) -> httpx.Response:
    return sandbox.client.post(path, content=body, **{"headers": JSON, **more})


def test_a_right_request_is_taken(sandbox: RunningSandbox) -> None:
    answer = post(sandbox)
    assert (answer.status_code, answer.content) == (200, b"")
    received = sandbox.received
    assert (received["count"], received["request_count"], received["answers"]) == (1, 1, {"200": 1})
    request = received["requests"][0]
    assert request["path"] == "/v1/***/***"
    assert request["events"] == [
        {"action": "feature", "user_id": "u_1", "created_at": 1700000000000, "feature": "Clicked"}
    ]


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/sandbox-auth-key", f"{PATH}/", f"{PATH}/x", f"/{PATH}", "/v2/sandbox-auth-key/sandbox-send-key"],
)
def test_another_path_is_not_found(sandbox: RunningSandbox, path: str) -> None:
    answer = sandbox.client.build_request("POST", sandbox.base_url + path, content=EVENT, headers=JSON)
    response = sandbox.client.send(answer)
    assert response.status_code == (405 if path == "/" else 404)
    assert sandbox.received["count"] == 0


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("canary-key/sandbox-send-key", "the authKey in the path is not this sandbox's"),
        ("sandbox-auth-key/canary-key", "the sendKey in the path is not this sandbox's"),
        ("sandbox-send-key/sandbox-auth-key", "the sendKey stands where the authKey belongs"),
        ("Sandbox-auth-key/sandbox-send-key", "the authKey in the path is not this sandbox's"),
    ],
)
def test_wrong_keys_are_told_apart_and_not_repeated(sandbox: RunningSandbox, keys: str, message: str) -> None:
    answer = post(sandbox, f"/v1/{keys}")
    assert answer.status_code == 401
    assert answer.json()["error"].startswith(message)
    assert "canary" not in answer.text
    assert sandbox.received["answers"] == {"401": 1}


def test_the_event_api_takes_no_query(sandbox: RunningSandbox) -> None:
    answer = post(sandbox, f"{PATH}?api_key=canary")
    assert answer.status_code == 401
    assert answer.json() == {"error": "keys do not belong in a query; this path takes none"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_other_methods_are_refused(sandbox: RunningSandbox, method: str) -> None:
    answer = sandbox.client.request(method, PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"content-type": "application/x-ndjson"}, "Content-Type must be application/json"),
        ({"content-type": ""}, "Content-Type must be application/json"),
        ({**JSON, "content-encoding": "gzip"}, "no Content-Encoding is taken"),
    ],
)
def test_other_content_is_refused(sandbox: RunningSandbox, headers: dict[str, str], error: str) -> None:
    answer = post(sandbox, headers=headers)
    assert (answer.status_code, answer.json()) == (415, {"error": error})


def test_a_charset_is_allowed(sandbox: RunningSandbox) -> None:
    assert post(sandbox, headers={"content-type": "application/json; charset=utf-8"}).status_code == 200


def test_without_content_length_is_refused(sandbox: RunningSandbox) -> None:
    answer = sandbox.client.post(PATH, content=iter([EVENT]), headers=JSON)
    assert (answer.status_code, answer.json()) == (411, {"error": "Content-Length is missing"})


def test_too_large_a_body_is_refused_with_an_answer_that_arrives(sandbox: RunningSandbox) -> None:
    answer = post(sandbox, body=b" " * 5_000_001)
    assert (answer.status_code, answer.json()) == (413, {"error": "the body is larger than 5000000 bytes"})
    assert post(sandbox, body=EVENT).status_code == 200


def test_one_connection_serves_many_requests_right_and_wrong(sandbox: RunningSandbox) -> None:
    host, port = urlsplit(sandbox.base_url).netloc.split(":")
    head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: "
    right = f"{head}{len(EVENT)}\r\n\r\n".encode() + EVENT
    wrong = f"{head}2\r\n\r\n[]".encode()
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(right + wrong + right)
        connection.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert [line[:12] for line in answers.split(b"\n") if line.startswith(b"HTTP/1.1")] == [
        b"HTTP/1.1 200",
        b"HTTP/1.1 400",
        b"HTTP/1.1 200",
    ]
    assert sandbox.received["count"] == 2


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"POST\r\n\r\n", b"A" * 70_000]
)
def test_bytes_that_are_no_http_get_an_answer_or_an_end(sandbox: RunningSandbox, raw: bytes) -> None:
    host, port = urlsplit(sandbox.base_url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))
    assert post(sandbox).status_code == 200


def test_a_body_that_breaks_off_takes_nothing(sandbox: RunningSandbox) -> None:
    host, port = urlsplit(sandbox.base_url).netloc.split(":")
    head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + EVENT)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400")
    assert sandbox.received["count"] == 0


def test_expect_100_continue(sandbox: RunningSandbox) -> None:
    host, port = urlsplit(sandbox.base_url).netloc.split(":")
    head = f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n"
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}content-length: {len(EVENT)}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(EVENT)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
