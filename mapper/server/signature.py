"""Signatures of Segment's webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from mapper.intake.fields import repaired_fields_of
from mapper.records.line import Line
from mapper.server.refusal import Refusal, bad
from mapper.server.stamp import completed

_items = msgspec.json.Decoder(list[msgspec.Raw])
_patient: Final = json.JSONDecoder()
_OPEN: Final = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*")
_AFTER: Final = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")


def events_of(body: bytes) -> tuple[list[bytes], bytes]:
    """The calls of a webhook's body, and the bytes that its signature is of: of a batch, only the first call.

    Raises:
        Refusal: it is no JSON object and no list of them.
    """
    if body.lstrip()[:1] != b"[":
        if repaired_fields_of(body) is None:
            raise bad("the body is no JSON object")
        return [body], body
    try:
        items = [bytes(item) for item in _items.decode(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        items = _cut(body)
    return items, items[0] if items else b""


def _cut(body: bytes) -> list[bytes]:
    """The items of a list that the quick decoder refuses, for half of a surrogate pair, say, which JavaScript sends."""
    items: list[bytes] = []
    try:
        text = body.decode()
        after = _OPEN.match(text)
        while after and after[0].strip()[-1] != "]":
            start = after.end()
            _, end = _patient.raw_decode(text, start)
            items.append(text[start:end].encode())
            after = _AFTER.match(text, end)
    except (ValueError, RecursionError):
        raise bad("the body is no JSON") from None
    if after is None or after.end() < len(text):
        raise bad("the body is no JSON")
    return items


def is_signed(message: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets gives this signature, lower-case hex of HMAC-SHA1; takes as long whichever it is."""
    given = signature.encode("utf-8", "surrogatepass")
    found = [
        hmac.compare_digest(hmac.new(secret.encode(), message, hashlib.sha1).hexdigest().encode(), given)
        for secret in secrets
    ]
    return any(found)


def require_signed(body: bytes, signature: str | None, secrets: Sequence[str], *, batches: bool) -> list[bytes]:
    """The calls of a webhook, if they may be believed.

    Raises:
        Refusal: the signature is missing or wrong, or it is a batch and these are not taken.
    """
    if signature is None:
        raise Refusal(401, "unauthorized", "the header x-signature is missing")
    events, message = events_of(body)
    if not is_signed(message, signature, secrets):
        raise Refusal(401, "unauthorized", "the signature is wrong")
    if message is not body and not batches:
        raise Refusal(
            403, "forbidden", "batches are not taken: only their first call is signed (`batches: true` takes them)"
        )
    return events


def lines_of(events: Sequence[bytes], source: str, received: int) -> list[Line]:
    """As lines. Segment has stamped these calls before; what lacks a stamp, such as one of another sender, gets it.

    Args:
        events: Of one body.
        source: For :attr:`Line.file`.
        received: Milliseconds since the epoch, UTC.
    """
    return [Line(completed(event, received), number, source) for number, event in enumerate(events, 1)]
