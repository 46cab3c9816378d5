"""Bodies of Segment's Tracking API to calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from mapper.base.json import JsonError, decode, encode
from mapper.intake.fields import Fields, fields_of, raw_of
from mapper.intake.unwrap import Common, batch_of, bounded, common_of
from mapper.records.line import Line
from mapper.server.refusal import bad
from mapper.server.stamp import Stamp

SINGLE: Final = {
    **{name: name for name in ("identify", "track", "page", "screen", "group", "alias")},
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
}
"""The type that a path's last part tells."""
_TYPES: Final = {name: raw_of(kind) for name, kind in SINGLE.items()}
"""The same as it is in JSON."""
BATCH: Final = frozenset({"batch", "import", "b"})
BY_USERS: Final = frozenset({"i", "t", "p", "s", "g", "a", "b", "import"})
"""Paths that browsers and phones send to, not servers."""
METRICS: Final = "m"
"""What analytics.js counts of itself: answered, and dropped."""
MOST_BYTES: Final = 512_000
"""500 KB as Segment's libraries for Java and Ruby count it, which fill their batches up to it."""
MOST_BYTES_OF_CALL: Final = 32_768
MOST_CALLS: Final = 2_500


def limit_of(name: str) -> int:
    """Most bytes of a body."""
    return MOST_BYTES_OF_CALL if name in SINGLE else MOST_BYTES


class Body(NamedTuple):
    """A body that was opened.

    Attributes:
        raw: As it came.
        fields: Its members; without ``batch`` where `calls` has it.
        calls: Of a batch that consists of objects, as most do.
    """

    raw: bytes
    fields: Fields
    calls: list[Fields] | None = None


class _Envelope(msgspec.Struct):
    batch: list[Fields]
    writeKey: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # noqa: N815 - as it is in JSON
    context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    integrations: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sentAt: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


_text = msgspec.json.Decoder(str)
_envelope = msgspec.json.Decoder(_Envelope)


def opened(name: str, raw: bytes) -> Body:
    """The members of a body. ``NaN``, which Segment's Python library sends, becomes null, as in its other ones.

    Raises:
        Refusal: it is no JSON object.
    """
    if name in BATCH:
        try:
            return _in_one_pass(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    fields = fields_of(raw)
    if fields is None:
        raw = _repaired(raw)
        fields = fields_of(raw)
    if fields is None:
        raise bad("the body is no JSON object")
    return Body(raw, fields)


def _in_one_pass(raw: bytes) -> Body:
    envelope = _envelope.decode(raw)
    members = {name: getattr(envelope, name) for name in ("writeKey", "context", "integrations", "sentAt")}
    return Body(raw, {name: found for name, found in members.items() if found is not msgspec.UNSET}, envelope.batch)


def _repaired(body: bytes) -> bytes:
    try:
        return encode(decode(body))
    except JsonError:
        pass
    try:
        return encode(json.loads(body, parse_constant=lambda _: None))
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise bad("the body is no JSON") from None


def write_key_of(body: Body) -> str | None:
    """The key that a body names."""
    if "writeKey" not in body.fields:
        return None
    try:
        return _text.decode(body.fields["writeKey"])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def lines_of(name: str, body: Body, source: str, stamp: Stamp) -> list[Line]:
    """The calls of a body, which are changed; one that is too long, or none at all, bears a fault.

    Args:
        name: The path's last part.
        body: As :func:`opened` gives it.
        source: For :attr:`Line.file`.
        stamp: What is added to them.

    Raises:
        Refusal: it has no list of calls, or too long a one.
    """
    if name in SINGLE:
        return [Line(stamp.on(body.fields, _TYPES[name]), 1, source)]
    if name == METRICS:
        return []
    common = common_of(body.fields)
    if body.calls is not None:
        _require_few(body.calls)
        lines = [
            Line(stamp.on(common.under(call) if common else call), number, source)
            for number, call in enumerate(body.calls, 1)
        ]
        if all(len(line.raw) <= MOST_BYTES_OF_CALL for line in lines):
            return lines
    items = _items_of(body)
    calls = zip(items, map(fields_of, map(bytes, items)), strict=True)
    return [_line(item, call, number, source, common, stamp) for number, (item, call) in enumerate(calls, 1)]


def is_refused(line: Line) -> bool:
    """Whether it is too long, or no object."""
    return line.fault is not None or line.raw[:1] != b"{"


def _items_of(body: Body) -> list[msgspec.Raw]:
    fields = body.fields if body.calls is None else fields_of(body.raw) or {}
    if "batch" not in fields:
        raise bad("the body has no `batch`")
    items = batch_of(fields)
    if items is None:
        raise bad("`batch` is not a list")
    _require_few(items)
    return items


def _require_few(items: Sequence[object]) -> None:
    if len(items) > MOST_CALLS:
        raise bad(f"`batch` has {len(items):,} calls, more than {MOST_CALLS:,}")


def _line(item: msgspec.Raw, call: Fields | None, number: int, source: str, common: Common, stamp: Stamp) -> Line:
    """An item of a batch where some are too long or no objects."""
    if len(item) > MOST_BYTES_OF_CALL:
        return bounded(Line(bytes(item), number, source), MOST_BYTES_OF_CALL)
    if call is None:  # the engine says what is wrong with it
        return Line(bytes(item), number, source)
    return Line(stamp.on(common.under(call) if common else call), number, source)
