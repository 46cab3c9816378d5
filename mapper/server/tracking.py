"""Bodies of Segment's Tracking API to calls."""

from __future__ import annotations

import json
from typing import Final

import msgspec

from mapper.base.json import JsonError, decode, encode
from mapper.intake.fields import Fields, fields_of
from mapper.intake.unwrap import batch_of, calls_of, numbered
from mapper.records.line import Line
from mapper.server.refusal import bad
from mapper.server.stamp import stamped

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
BATCH: Final = frozenset({"batch", "import", "b"})
METRICS: Final = "m"
"""What analytics.js counts of itself: answered, and dropped."""
MOST_BYTES: Final = 500_000
MOST_BYTES_OF_CALL: Final = 32_768
MOST_CALLS: Final = 2_500


def limit_of(name: str) -> int:
    """Most bytes of a body."""
    return MOST_BYTES_OF_CALL if name in SINGLE else MOST_BYTES


def opened(body: bytes) -> Fields:
    """The members of a body. ``NaN``, which Segment's Python library sends, becomes null, as in its other ones.

    Raises:
        Refusal: it is no JSON object.
    """
    fields = fields_of(body)
    if fields is None:
        fields = fields_of(_repaired(body))
    if fields is None:
        raise bad("the body is no JSON object")
    return fields


def _repaired(body: bytes) -> bytes:
    try:
        return encode(decode(body))
    except JsonError:
        pass
    try:
        return encode(json.loads(body, parse_constant=lambda _: None))
    except (ValueError, RecursionError, msgspec.MsgspecError):
        raise bad("the body is no JSON") from None


def write_key_of(fields: Fields) -> str | None:
    """The key that a body names."""
    if "writeKey" not in fields:
        return None
    try:
        key = decode(bytes(fields["writeKey"]))
    except JsonError:
        return None
    return key if isinstance(key, str) else None


def lines_of(name: str, fields: Fields, *, source: str, received: int, ip: str | None) -> list[Line]:
    """The calls of a body; one that is too long, or none at all, bears a fault.

    Args:
        name: The path's last part.
        fields: Of the body.
        source: For :attr:`Line.file`.
        received: Milliseconds since the epoch, UTC.
        ip: Of the client.

    Raises:
        Refusal: it has no list of calls, or too long a one.
    """
    if name in SINGLE:
        return [Line(stamped(fields, kind=SINGLE[name], received=received, ip=ip), 1, source)]
    if name == METRICS:
        return []
    if "batch" not in fields:
        raise bad("the body has no `batch`")
    items = batch_of(fields)
    if items is None:
        raise bad("`batch` is not a list")
    if len(items) > MOST_CALLS:
        raise bad(f"`batch` has {len(items):,} calls, more than {MOST_CALLS:,}")
    lines = numbered(calls_of(Line(b"", 1, source), fields, items, MOST_BYTES_OF_CALL))
    return [_stamped(line, received, ip) for line in lines]


def _stamped(line: Line, received: int, ip: str | None) -> Line:
    call = fields_of(line.raw) if line.fault is None else None
    if call is None:  # the engine says what is wrong with it
        return line
    return Line(stamped(call, kind=None, received=received, ip=ip), line.number, line.file)
