"""Requests that no honest client sends: each is answered in words or cut off, the server goes on, and nothing of it is
queued."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import socket
from collections.abc import Iterator

import pytest

from mapper.base.json import encode
from mapper.server.connection import MOST_BYTES_OF_HEAD
from tests.server.kit import KEY, SECRET, Server
from tests.server.raw import NONE, connected, exchange, post, receive, worked
from tests.server.test_webhook import EVENT, sign
from tests.support.awaiting import await_

BASIC = b"authorization: Basic " + base64.b64encode(f"{KEY}:".encode())
TRACK = encode({"type": "track", "event": "E", "userId": "u1"})
UNREADABLE = {"code": "bad_request", "message": "this is no HTTP request that can be read"}


@pytest.fixture(autouse=True)
def _goes_on(server: Server) -> Iterator[None]:
    """Whatever came, nothing was queued by it, no traceback was written, and the next one is served."""
    before = server.settle()["read"]
    yield
    assert server.client.get("/ready").json() == {"status": "ready"}
    assert server.state()["read"] == before
    assert not server.complaints


def hook(signature: bytes, body: bytes = EVENT) -> bytes:
    return post("/webhooks/segment", body, b"x-signature: " + signature)


def test_no_single_bit_of_a_signature_may_differ(server: Server) -> None:
    """Of the 160 bits that it tells, and of the 320 of the text that tells them."""
    right = sign(EVENT).encode()
    digest = int(right, 16)
    wrong = [b"%040x" % (digest ^ 1 << bit) for bit in range(160)]
    wrong += [right[:at] + bytes([right[at] ^ 1 << bit]) + right[at + 1 :] for at in range(40) for bit in range(8)]
    with connected(server) as connection:
        for each in wrong[:160]:
            connection.sendall(hook(each))
            assert receive(connection).json == {"code": "unauthorized", "message": "the signature is wrong"}
    for each in wrong[160:]:
        answer = exchange(server, hook(each))
        readable = not any(byte < 0x20 or byte == 0x7F for byte in each)
        assert answer.status == (401 if readable else 400), each


SIGNATURES = [b"", b" ", b"\xff" * 40, "é".encode() * 20, b"0" * 30_000, b"sha1=" + sign(EVENT).encode(), b"null"]


@pytest.mark.parametrize("signature", SIGNATURES, ids=range(len(SIGNATURES)))
def test_signatures_that_are_none(server: Server, signature: bytes) -> None:
    assert exchange(server, hook(signature)).status == 401


def test_signatures_with_another_hash_or_another_key(server: Server) -> None:
    for secret in ("", SECRET[:-1], SECRET + " ", SECRET.upper()):
        assert exchange(server, hook(sign(EVENT, secret).encode())).status == 401
    longer = hmac.new(SECRET.encode(), EVENT, hashlib.sha256).hexdigest()
    for each in (longer, longer[:40], hashlib.sha1(EVENT + SECRET.encode()).hexdigest()):
        assert exchange(server, hook(each.encode())).status == 401
    right = b"x-signature: " + sign(EVENT).encode()
    both = exchange(server, post("/webhooks/segment", EVENT, right, b"x-signature: " + b"0" * 40))
    assert both.status == 401, "the one that counts is the last one, which is wrong"


HEADERS = {
    b"authorization: ": 401,
    b"authorization: Basic": 401,
    b"authorization: Basic \xff\xff": 400,
    b"authorization: Basic " + b"=" * 40: 400,
    b"authorization: Basic " + base64.b64encode("é:".encode()): 401,
    b"authorization: Basic " + base64.b64encode(f"{KEY}\r\nx: y:".encode()): 401,
    b"authorization: Basic " + base64.b64encode(f"{KEY}\0:".encode()): 401,
    b"authorization: Bearer " + KEY.encode(): 401,
    b"authorization: " + KEY.encode(): 401,
    BASIC + b"\r\ncontent-encoding: \xff": 415,
    BASIC + b"\r\ncontent-encoding: gzip, gzip": 415,
    BASIC + b"\r\ncontent-encoding: GZIP": 400,
    BASIC + b"\r\ncontent-length: 5": 400,
    BASIC + b"\r\ntransfer-encoding: chunked": 400,
    BASIC + b"\r\ntransfer-encoding: gzip": 400,
    BASIC + b"\r\nname without a colon": 400,
    BASIC + b"\r\n: no name": 400,
    BASIC + b"\r\nx y: blank in its name": 400,
    BASIC + b"\r\nx\x80: not ASCII": 400,
    BASIC + b"\r\nx: \x00": 400,
    BASIC + b"\r\nx: a\rb: c": 400,
    BASIC + b"\r\nupgrade: h2c\r\nconnection: upgrade": 400,
}


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_headers(server: Server, number: int) -> None:
    header, status = list(HEADERS.items())[number]
    body = b"{" if header.startswith(BASIC) else TRACK  # would not be taken anyway
    answer = exchange(server, post("/v1/track", body, header))
    assert answer.status == status
    assert isinstance(answer.json["message"], str)
    assert KEY not in answer.body.decode()


@pytest.mark.parametrize("length", [b"-1", b"+2", b"1e3", b"0x2", b"", b" ", b"9" * 400, "２".encode()])
def test_lengths(server: Server, length: bytes) -> None:
    answer = exchange(server, b"POST /v1/track HTTP/1.1\r\nhost: a\r\ncontent-length: %b\r\n\r\n{}" % length)
    assert answer.status in (400, 401)


LINES = [
    b"GET / HTTP/9.9",
    b"GET /health HTTP/1.1 more",
    b"GET \xc3\xa9 HTTP/1.1",
    b"GET  HTTP/1.1",
    b"GET health HTTP/1.1",
    b"FETCH /health HTTP/1.1",
    b"get /health HTTP/1.1",
    b"CONNECT example.org:443 HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\0" * 40,
    b"SSH-2.0-OpenSSH_9.6",
]


@pytest.mark.parametrize("line", LINES)
def test_what_is_no_request_for_us(server: Server, line: bytes) -> None:
    assert exchange(server, line + b"\r\nhost: a\r\n\r\n").status in (400, 404)


def test_what_can_not_be_read_is_counted(server: Server) -> None:
    assert exchange(server, b"\x16\x03\x01\r\n\r\n").json == UNREADABLE
    assert 'mapper_http_requests_total{path="unreadable",status="400"}' in server.client.get("/metrics").text


METHODS = {
    "/v1/track": "POST, OPTIONS",
    "/v1/batch": "POST, OPTIONS",
    "/webhooks/segment": "POST, PUT, PATCH",
    f"/v1/projects/{KEY}/settings": "GET, HEAD, OPTIONS",
    "/health": "GET, HEAD",
    "/ready": "GET, HEAD",
    "/metrics": "GET, HEAD",
}


@pytest.mark.parametrize("path", METHODS)
def test_methods_that_are_not_answered(server: Server, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND"):
        answer = exchange(
            server, f"{method} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n".encode(), head=method == "HEAD"
        )
        if method not in METHODS[path].split(", "):
            assert (answer.status, answer.headers["allow"]) == (405, METHODS[path])
        else:
            assert answer.status != 405


PATHS = [
    *("/", "//", "/v1", "/v1/", "/v1/delete", "/v2/track", "/V1/TRACK", "/v1/track/x", "/v1/track%2f..", "/v1//track"),
    *("/webhooks", "/webhooks/a/b", "/webhooks/..%2f..", "/v1/projects/x", "/v1/projects//settings", "/metrics/x"),
    *("/v1/track%00", "/v1/track%0d%0ax: y", "/v1/%ff", "/etc/passwd", "/../../etc/passwd", "/" + "a/" * 8_000),
]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_paths(server: Server, path: str) -> None:
    answer = exchange(server, post(path.replace(" ", "%20"), TRACK, BASIC))
    assert answer.status in (404, 405)
    assert answer.headers.keys() <= {"date", "content-type", "content-length", "allow"}


def test_nothing_gets_into_headers(server: Server) -> None:
    """What is given back is what came, or nothing."""
    for origin in (b"https://a\r\n set-cookie: b", b"https://a\rset-cookie: b", b"https://a\nset-cookie: b", b"a\0b"):
        answer = exchange(server, post("/v1/track", b"{", BASIC, b"origin: " + origin))
        assert "set-cookie" not in answer.headers
    path = f"/v1/projects/{KEY}/settings"
    for host in (b"", b"a b", b"a/b", b"a\xff", b'a"', b"<script>", b"a:b", b"a" * 300, b"a@b"):
        answer = exchange(server, b"GET %b HTTP/1.1\r\nhost: %b\r\n\r\n" % (path.encode(), host))
        assert (answer.status, answer.json["message"]) == (400, "the header Host is missing, or names no host")
    for key in (f"{KEY}%0d%0aset-cookie:%20a", f"{KEY}%00", f"{KEY}%20"):
        assert exchange(server, f"GET /v1/projects/{key}/settings HTTP/1.1\r\nhost: a\r\n\r\n".encode()).status == 404


DEEP = 200_000
BODIES = {
    "a list in a list": b"[" * DEEP,
    "an object in an object": b'{"a":' * DEEP,
    "closed lists": b'{"properties":' + b"[" * 16_000 + b"]" * 16_000 + b"}",
    "closed objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deep calls": b'{"batch":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    "a long number": b'{"batch":' + b"9" * 490_000 + b"}",
    "a long power": b'{"batch":1e' + b"9" * 30_000 + b"}",
    "a long text": b'{"batch":"' + b"x" * 490_000 + b'"}',
    "escapes": b'{"batch":"' + b"\\ud800" * 80_000 + b'"}',
    "many members": b"{" + b",".join(b'"%d":1' % number for number in range(40_000)) + b"}",
    "many small calls": b'{"batch":[' + b"1," * 240_000 + b"1]}",
    "many lists": b'{"batch":[' + b"[]," * 160_000 + b"[]]}",
    "many keys": b'{"batch":[{' + b",".join(b'"%x":{}' % number for number in range(40_000)) + b"}]",
    "not UTF-8": b'{"batch":"\xff\xfe"}',
    "UTF-16": '{"batch":[]}'.encode("utf-16"),
    "NUL": b"\0" * 1_000,
    "nothing": b"",
    "blanks": b" " * 400_000,
    "infinite": b'{"batch":-Infinity}',
    "not a number, deep": b'{"batch":' + b"[" * 100_000 + b"NaN" + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/webhooks/segment"])
@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_deep_or_huge(server: Server, name: str, path: str) -> None:
    body = BODIES[name]
    signature = hmac.new(SECRET.encode(), body + b" ", hashlib.sha1).hexdigest().encode()
    before = worked(server)
    answer = exchange(server, post(path, body, b"x-signature: " + signature))
    assert answer.status in (400, 401)
    assert worked(server) - before < 5, "one request takes all others' time"


def gone(server: Server) -> int:
    """How many requests were counted whose clients went away."""
    found = re.search(r'path="tracking",status="0"} (\d+)', server.client.get("/metrics").text)
    return int(found[1]) if found else 0


def test_clients_that_go_away(server: Server) -> None:
    """Counted is who has sent a head; the server may hear of it after its next request."""
    before, whole = gone(server), post("/v1/track", TRACK, BASIC)
    for end in (1, 10, len(whole) - len(TRACK) - 1, len(whole) - len(TRACK), len(whole) - 1):
        with connected(server) as connection:
            connection.sendall(whole[:end])
    await_(lambda: gone(server) >= before + 2)
    assert gone(server) == before + 2


def test_requests_that_are_split_anyhow(server: Server) -> None:
    refused = post("/v1/track", b"[]", BASIC, b"x-filler: " + b"x" * 100)
    with connected(server) as connection:
        for byte in refused:
            connection.send(bytes([byte]))
        assert receive(connection).status == 400


def answers(server: Server, *parts: bytes) -> list[int]:
    """The statuses of all answers to what is sent on one connection, until the server closes it."""
    with connected(server) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        found = b"".join(iter(lambda: connection.recv(65_536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", found)]


ASK = b"GET /health HTTP/1.1\r\nhost: a\r\n\r\n"
FILLED = post("/v1/track", TRACK, b"x: " + b"y" * 3_000)
TOO_LONG = ASK[:-2] + b"x: " + b"y" * 40_000 + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (ASK * 10, [200] * 10),
        (ASK * 1_000, [200] * 17 + [503]),
        (FILLED * 16, [401] * 16),
        (FILLED + b"\x16\x03\r\n\r\n", [401, 400]),
        (FILLED + TOO_LONG, [401, 431]),
        (FILLED + post("/v1/track", b"", BASIC, length=9), [401]),
        (FILLED + post("/nothing", b"") + ASK, [401, 404, 200]),
    ],
    ids=["some", "too many", "long heads", "no request", "too long", "half a body", "after an error"],
)
def test_many_requests_at_once_on_one_connection(server: Server, sent: bytes, expected: list[int]) -> None:
    """Each is answered, in order, whatever comes behind it, and although the client says no more."""
    assert answers(server, sent) == expected


def test_one_request_after_the_other_without_a_wait(server: Server) -> None:
    """However much all of them have in common, none has too long a head."""
    with connected(server) as connection:
        found = b""
        for number in range(100):
            connection.sendall(FILLED)
            while found.count(b"401 Un") < number - 5:
                found += connection.recv(65_536)


def test_trailers_are_no_headers(server: Server) -> None:
    """Or else a client could say behind a proxy's back what the proxy would not let it say."""
    head = post("/v1/track", b"").replace(b"content-length: 0", b"transfer-encoding: chunked")
    assert exchange(server, head + b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(TRACK), TRACK, BASIC)).status == 401


def test_two_requests_of_which_a_proxy_sees_one(server: Server) -> None:
    """Where length and chunks contradict each other, or there are two lengths, neither is believed."""
    inner = post("/v1/track", TRACK, BASIC)
    both = post("/v1/track", b"0\r\n\r\n" + inner, BASIC, b"transfer-encoding: chunked")
    twice = post("/v1/track", b"{}" + inner, BASIC, b"content-length: 2")
    odd = post("/v1/track", b"0\r\n\r\n" + inner, BASIC, b"transfer-encoding: xchunked")
    for request in (both, twice, odd):
        assert exchange(server, request).status == 400


def test_what_follows_a_body_that_was_refused_half_way(server: Server) -> None:
    """It is not taken for a request, and gets no answer, which would be taken for the next one's."""
    head = post("/v1/batch", b"", BASIC).replace(b"content-length: 0", b"transfer-encoding: chunked")
    for rest, answer in ((b"\r\nno size\r\n\r\n", NONE.status), (b"\r\n0\r\n\r\n\x16\x03\r\n\r\n", 400)):
        with connected(server) as connection:
            connection.sendall(head + b"%x\r\n%b" % (600_000, b" " * 600_000))
            assert receive(connection).json["message"] == "the body exceeds 512,000 bytes"
            connection.sendall(rest)
            assert receive(connection).status == answer


@pytest.mark.parametrize(("room", "body", "status"), [(0, b"!", 400), (1, TRACK, 431), (30_000, TRACK, 431)])
def test_a_head_that_is_too_long_and_comes_at_one_go(server: Server, room: int, body: bytes, status: int) -> None:
    """It is refused, and nothing of it is taken: it was begun once, and then cut off without an answer."""
    head = len(post("/v1/track", body, BASIC, b"x: ")) - len(body)
    padding = b"y" * (MOST_BYTES_OF_HEAD + room - head)
    assert exchange(server, post("/v1/track", body, BASIC, b"x: " + padding)).status == status


def test_an_upgrade_is_not_taken_up(server: Server) -> None:
    more = b"host: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQCAAAAAAIAAAAA"
    answer = exchange(server, b"GET /health HTTP/1.1\r\n" + more + b"\r\n\r\n")
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    refused = exchange(server, post("/v1/track", TRACK, BASIC, more))
    assert (refused.status, refused.json["message"]) == (400, "a request with Upgrade can't have a body here")
