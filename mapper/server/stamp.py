"""What Segment adds to a call when it comes in."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from mapper.base.json import JsonError, decode, encode
from mapper.expressions.functions.instant import epoch_ms
from mapper.intake.fields import Fields, fields_of, is_absent, raw_of


def stamped(call: Fields, *, kind: str | None, received: int, ip: str | None) -> bytes:
    """A call as it is from the moment it came in.

    ``messageId`` where it has none, ``receivedAt``, ``timestamp`` less the skew of the client's clock, ``context.ip``,
    ``type`` where the path tells it; no ``writeKey``.

    Args:
        call: As it was sent.
        kind: The type that the path tells, or None.
        received: Milliseconds since the epoch, UTC.
        ip: Of the client.
    """
    made = {key: value for key, value in call.items() if key != "writeKey"}
    if kind is not None:
        made["type"] = raw_of(kind)
    if is_absent(made, "messageId"):
        made["messageId"] = raw_of(f"mapper-{uuid4()}")
    made["receivedAt"] = raw_of(iso(received))
    _set_timestamp(made, received)
    if ip is not None:
        _set_ip(made, ip)
    return encode(made)


def completed(raw: bytes, received: int) -> bytes:
    """A call with ``messageId``, ``receivedAt`` and ``timestamp`` where it has none; what is no call as it is."""
    call = fields_of(raw)
    if call is None:
        return raw
    found = raw_of(iso(received))
    missing = {
        "messageId": raw_of(f"mapper-{uuid4()}"),
        "receivedAt": found,
        "timestamp": call.get("receivedAt", found),
    }
    more = {key: value for key, value in missing.items() if is_absent(call, key)}
    return encode({**call, **more}) if more else raw


def iso(milliseconds: int) -> str:
    """As JavaScript writes it: ``2026-01-02T03:04:05.678Z``."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _set_timestamp(call: Fields, received: int) -> None:
    """``receivedAt - (sentAt - originalTimestamp)``; as it was sent where one of these can't be read."""
    original = next((call[key] for key in ("originalTimestamp", "timestamp") if not is_absent(call, key)), None)
    if original is None:
        call["timestamp"] = call["receivedAt"]
        return
    made, sent = _moment(original), _moment(call.get("sentAt"))
    if made is None or sent is None:
        return
    try:
        call["timestamp"] = raw_of(iso(received - (sent - made)))
    except (ValueError, OverflowError, OSError):  # no calendar has that day
        return
    call["originalTimestamp"] = original


def _moment(raw: msgspec.Raw | None) -> int | None:
    if raw is None:
        return None
    try:
        return epoch_ms(decode(bytes(raw)))
    except JsonError:
        return None


def _set_ip(call: Fields, ip: str) -> None:
    context = fields_of(bytes(call["context"])) if not is_absent(call, "context") else {}
    if context is not None and is_absent(context, "ip"):
        call["context"] = raw_of({**context, "ip": ip})
