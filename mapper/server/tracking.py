"""Bodies of Segment's Tracking API to calls."""

from __future__ import annotations

import json
from typing import Final

import msgspec

from mapper.base.json import JsonError, decode, encode
from mapper.intake.fields import Fields, fields_of, fields_of_each
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
BATCH: Final = frozenset({"batch", "import", "b"})
BY_USERS: Final = frozenset({"i", "t", "p", "s", "g", "a", "b", "import"})
"""Paths that browsers and phones send to, not servers."""
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


def lines_of(name: str, fields: Fields, source: str, stamp: Stamp) -> list[Line]:
    """The calls of a body; one that is too long, or none at all, bears a fault.

    Args:
        name: The path's last part.
        fields: Of the body; those of a single call are changed.
        source: For :attr:`Line.file`.
        stamp: What is added to them.

    Raises:
        Refusal: it has no list of calls, or too long a one.
    """
    if name in SINGLE:
        return [Line(stamp.on(fields, SINGLE[name]), 1, source)]
    if name == METRICS:
        return []
    if "batch" not in fields:
        raise bad("the body has no `batch`")
    items = batch_of(fields)
    if items is None:
        raise bad("`batch` is not a list")
    if len(items) > MOST_CALLS:
        raise bad(f"`batch` has {len(items):,} calls, more than {MOST_CALLS:,}")
    common = common_of(fields)
    calls = zip(items, fields_of_each(items, fields["batch"]), strict=True)
    return [_line(item, call, number, source, common, stamp) for number, (item, call) in enumerate(calls, 1)]


def _line(item: msgspec.Raw, call: Fields | None, number: int, source: str, common: Common, stamp: Stamp) -> Line:
    if len(item) > MOST_BYTES_OF_CALL:
        return bounded(Line(bytes(item), number, source), MOST_BYTES_OF_CALL)
    if call is None:  # the engine says what is wrong with it
        return Line(bytes(item), number, source)
    return Line(stamp.on(common.under(call) if common else call), number, source)
