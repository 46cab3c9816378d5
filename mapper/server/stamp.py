"""What Segment adds to a call when it comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID, uuid4

import msgspec

from mapper.base.json import JsonError, decode, encode
from mapper.expressions.functions.instant import epoch_ms
from mapper.intake.fields import Fields, fields_of, is_absent, raw_of, repaired_fields_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TRUE: Final = msgspec.Raw(b"true")
_NULL: Final = msgspec.Raw(b"null")
_EMPTY: Final = msgspec.Raw(b'""')
_DATES: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
"""What tells apart two calls that are the same else, from one that comes twice."""
_USUAL: Final = len('"2026-01-02T03:04:05.678Z"')
_usual: Final[msgspec.json.Decoder[datetime]] = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)])


class Stamp:
    """What one request adds to its calls.

    Args:
        received: When it came, milliseconds since the epoch, UTC.
        address: Of the client that sent it, as the connection has it.
        by_user: Whether that is the end user's own device. Calls of a server say with ``context.direct`` that it is.
    """

    def __init__(self, received: int, address: str | None, *, by_user: bool) -> None:
        self._received, self._received_at = _received(received)
        self._ip = _ip_of(address)
        self._by_user = by_user

    def on(self, call: Fields, kind: msgspec.Raw | None = None) -> bytes:
        """A call as it is from the moment it came in.

        ``messageId`` where it has none, ``receivedAt``, ``timestamp`` less the skew of the client's clock,
        ``context.ip``, ``type`` where the path tells it; no ``writeKey``.

        Args:
            call: As it was sent; it is changed.
            kind: The type that the path tells, as it is in JSON, or None.
        """
        call.pop("writeKey", None)
        if kind is not None:
            call["type"] = kind
        if _has_no_id(call):
            call["messageId"] = _new_id()
        call["receivedAt"] = self._received_at
        self._set_timestamp(call)
        if self._ip is not None:
            self._set_ip(call, self._ip)
        return encode(call)

    def _set_timestamp(self, call: Fields) -> None:
        """``receivedAt - (sentAt - originalTimestamp)``; as it was sent where one of these can't be read."""
        original = call.get("originalTimestamp", _NULL)
        if (given := call.get("timestamp", _NULL)) == _NULL:
            call["timestamp"] = self._received_at if _read(original) is None else original
        if original == _NULL and (original := given) == _NULL:
            return
        sent = _read(call.get("sentAt", _NULL))
        made = None if sent is None else _read(original)
        if made is None or sent is None:
            return
        try:
            call["timestamp"] = written(self._received - (sent - made))
        except OverflowError:  # no calendar has that day
            return
        call["originalTimestamp"] = original

    def _set_ip(self, call: Fields, ip: msgspec.Raw) -> None:
        raw = call.get("context", _NULL)
        try:
            known = _context.decode(raw) if raw != _NULL else _Context()
        except msgspec.MsgspecError:  # it is no object
            return
        if known.ip in (msgspec.UNSET, _NULL) and (self._by_user or known.direct == _TRUE):
            context = fields_of(raw) if raw != _NULL else {}
            if context is not None:
                call["context"] = raw_of({**context, "ip": ip})


class _Context(msgspec.Struct, gc=False):
    ip: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    direct: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_context = msgspec.json.Decoder(_Context)


def completed(raw: bytes, received: int) -> bytes:
    """A call with ``messageId``, ``receivedAt`` and ``timestamp`` where it has none, and without ``writeKey``; what is
    no call as it is."""
    call = repaired_fields_of(raw)
    if call is None:
        return raw
    had_key = call.pop("writeKey", None) is not None
    more: Fields = {}
    if _has_no_id(call):
        is_dated = not all(is_absent(call, key) for key in _DATES)
        more["messageId"] = raw_of(f"mapper-{UUID(bytes=sha256(raw).digest()[:16])}") if is_dated else _new_id()
    if is_absent(call, "receivedAt"):
        more["receivedAt"] = written(moment_of(received))
    if is_absent(call, "timestamp"):
        more["timestamp"] = more.get("receivedAt") or call["receivedAt"]
    return encode({**call, **more}) if more or had_key else raw


def _has_no_id(call: Fields) -> bool:
    found = call.get("messageId", _NULL)
    return len(found) <= len(_NULL) and found in (_NULL, _EMPTY)


def moment_of(milliseconds: int) -> datetime:
    """A moment in UTC, of milliseconds since the epoch in the years 1 to 9999."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def written(moment: datetime) -> msgspec.Raw:
    """A moment in UTC as JavaScript writes it: ``"2026-01-02T03:04:05.678Z"``."""
    text = encode(moment)  # with six decimals, or none
    return msgspec.Raw(text[: _USUAL - 2] + b'Z"' if len(text) > _USUAL else text[:-2] + b'.000Z"')


@lru_cache(16)
def _received(milliseconds: int) -> tuple[datetime, msgspec.Raw]:
    """A moment, and as it is written: many requests come in the same millisecond."""
    moment = moment_of(milliseconds)
    return moment, written(moment)


def _read(raw: msgspec.Raw) -> datetime | None:
    """A moment to the millisecond; None for what is none."""
    if len(raw) == _USUAL:  # a quick way for what nearly all write
        try:
            return _usual.decode(raw)
        except msgspec.MsgspecError:
            pass
    try:
        found = epoch_ms(decode(bytes(raw)))
    except JsonError:
        return None
    return None if found is None else moment_of(found)


def _new_id() -> msgspec.Raw:
    return raw_of(f"mapper-{uuid4()}")


def _ip_of(address: str | None) -> msgspec.Raw | None:
    """What Segment tells of an address: IPv4 alone, which an IPv6 socket has behind ``::ffff:``."""
    found = (address or "").removeprefix("::ffff:")
    return raw_of(found) if found and ":" not in found else None
