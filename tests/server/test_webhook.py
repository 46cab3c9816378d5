"""Segment's webhook destination, at a real server."""

from __future__ import annotations

import hashlib
import hmac

from mapper.base.json import encode
from mapper.server.signature import is_signed
from tests.server.kit import SECRET, Server
from tests.support.sandbox import RunningSandbox

EVENT = encode(
    {"type": "track", "event": "E1", "userId": "u1", "timestamp": "2026-01-02", "messageId": "w1", "text": "é"}
)


def sign(message: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha1).hexdigest()


def post(server: Server, body: bytes, signature: str | None, name: str = "segment") -> tuple[int, str]:
    headers = {} if signature is None else {"X-Signature": signature}
    answer = server.client.post(f"/webhooks/{name}", content=body, headers=headers)
    return answer.status_code, answer.json().get("message", "")


def test_signed_calls_are_taken_once_with_any_of_the_secrets(server: Server, sandbox: RunningSandbox) -> None:
    body = EVENT.replace(b"E1", b"Once").replace(b"w1", b"once")
    assert post(server, body, sign(body)) == (200, "")
    assert post(server, body, sign(body, "old-secret")) == (200, "")
    for method in ("PUT", "PATCH"):
        headers = {"X-Signature": sign(body)}
        assert server.client.request(method, "/webhooks/segment", content=body, headers=headers).status_code == 200
    server.settle()
    assert [event["action"] for event in sandbox.events if event.get("feature") == "Once"] == ["feature"]


def test_what_is_replayed_is_skipped_and_counted(server: Server, sandbox: RunningSandbox) -> None:
    """A signature has no time: whoever saw a request can send it again."""
    before, body = server.settle(), EVENT.replace(b"w1", b"replayed")
    assert {post(server, body, sign(body)) for _ in range(20)} == {(200, "")}
    after = server.settle()
    assert (after["delivered"] - before["delivered"], after["skipped"] - before["skipped"]) == (1, 19)
    (reason,) = (reason for reason, count in after["skipped_by_reason"].items() if count >= 19)
    assert "duplicate" in reason or "again" in reason


def test_what_may_not_be_believed(server: Server) -> None:
    before = server.state()["read"]
    batch = b"[" + EVENT + b"," + EVENT + b"]"
    assert post(server, EVENT, None) == (401, "the header x-signature is missing")
    assert post(server, EVENT, "") == (401, "the signature is wrong")
    assert post(server, EVENT + b" ", sign(EVENT)) == (401, "the signature is wrong")
    assert post(server, EVENT, sign(EVENT).upper()) == (401, "the signature is wrong")
    assert post(server, batch, sign(batch)) == (401, "the signature is wrong")
    assert post(server, b"[]", sign(b"x")) == (401, "the signature is wrong")
    assert post(server, EVENT, sign(EVENT), "other") == (404, "there is no webhook of this name")
    assert post(server, b"{", sign(b"{")) == (400, "the body is no JSON object")
    status, message = post(server, batch, sign(EVENT))
    assert (status, message.partition(":")[0]) == (403, "batches are not taken")
    assert server.state()["read"] == before


def test_a_call_without_a_stamp_gets_one(server: Server, sandbox: RunningSandbox) -> None:
    bare = encode({"type": "track", "event": "Bare", "userId": "u1"})
    assert post(server, bare, sign(bare)) == (200, "")
    server.settle()
    assert [event["action"] for event in sandbox.events if event.get("feature") == "Bare"] == ["feature"]


def test_a_batch_where_the_operator_takes_them(server: Server) -> None:
    before = server.settle()["read"]
    batch = b"[ " + EVENT + b",\n" + EVENT.replace(b"w1", b"w2") + b"]"
    assert post(server, batch, sign(EVENT), "batched") == (200, "")
    assert server.settle()["read"] == before + 2


def test_no_single_bit_of_a_signature_may_differ() -> None:
    right = sign(EVENT)
    assert is_signed(EVENT, right, [SECRET])
    for at in range(len(right)):
        for bit in range(8):
            wrong = right[:at] + chr(ord(right[at]) ^ 1 << bit) + right[at + 1 :]
            assert not is_signed(EVENT, wrong, [SECRET, "old-secret"])
    for wrong in ("", right[:-1], right + "0", "é" * 40, "\ud800" * 40):
        assert not is_signed(EVENT, wrong, [SECRET])
