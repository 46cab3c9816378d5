"""Calls out of what holds them: Tracking-API envelopes and our own dead letters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import structs

from mapper.base.json import JsonError, decode, encode
from mapper.intake.fields import Fields, is_absent, raw_of, repaired_fields_of
from mapper.intake.hold import beginning, mask_write_key
from mapper.records.line import Line, place_of

_items = msgspec.json.Decoder(list[msgspec.Raw])
_MERGED: Final = ("context", "integrations")


class Batch(NamedTuple):
    """Lines read at once, and whether any of them has to be looked at by :func:`unwrap`."""

    lines: list[Line]
    suspicious: bool


def may_wrap(raw: bytes) -> bool:
    """A quick test that every envelope and every dead letter passes, and few calls do."""
    return raw.rfind(b'"batch"') >= 0 or raw.rfind(b'"reason"') >= 0  # from behind: that is twice as quick


def unwrapped(batch: Batch, limit: int, *, number_items: bool = False) -> Iterable[Line]:
    """The lines of a batch, with the calls that some of them hold in their place."""
    return _opened(batch.lines, limit, number_items) if batch.suspicious else batch.lines


def _opened(lines: list[Line], limit: int, number_items: bool) -> Iterator[Line]:
    for line in lines:
        if line.fault is None and may_wrap(line.raw):
            yield from _marked(unwrap(line, limit, number_items=number_items), line.part)
        else:
            yield line


def _marked(lines: Iterator[Line], part: int) -> Iterator[Line]:
    """Each says how many of the same line came before, and all but the last that another one comes next."""
    for line, following in pairwise(chain(lines, [None])):
        if line is not None:
            same = following is not None and following.number == line.number
            yield structs.replace(line, more=same, part=part) if same or part else line
            part = part + 1 if same else 0


def unwrap(line: Line, limit: int, *, number_items: bool) -> Iterator[Line]:
    """Give the calls that a line holds, or the line itself where it is a call or no JSON.

    An envelope has ``batch`` and no ``type``. Its ``context`` and ``integrations`` lie beneath those of each item, key
    by key, and its ``sentAt`` stands in where the item has none; its ``writeKey`` is a credential and goes no further.
    What stands in a batch and is no object comes out as it is. A dead letter has ``reason``, one of ``call``, ``raw``
    and ``raw_base64``, and no ``type``; of it comes the call, and the mapping that it failed in.

    Args:
        line: One value, without a fault.
        limit: Most bytes of a call inside.
        number_items: Number an envelope's items from 1, not all of them by the line.
    """
    fields = repaired_fields_of(line.raw)
    if fields is None or "type" in fields:
        yield _but(line, mask_write_key(line.raw)) if fields is None and b'"batch"' in line.raw else line
    elif "batch" in fields:
        calls = _open_envelope(line, fields, limit)
        yield from numbered(calls) if number_items else calls
    elif "reason" in fields and ("call" in fields or "raw" in fields or "raw_base64" in fields):
        yield bounded(_open_dead_letter(line, fields), limit)
    else:
        yield line


def numbered(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines numbered from 1."""
    for index, line in enumerate(lines, 1):
        yield _but(line, line.raw, number=index)


def _repaired(raw: bytes) -> Any:
    """Decode what the quick decoder refuses and our codec can repair; None where it can't."""
    try:
        return decode(raw)
    except JsonError:
        return None


# -- envelopes ---------------------------------------------------------------------------------------------------------


def _open_envelope(line: Line, envelope: Fields, limit: int) -> Iterator[Line]:
    items = batch_of(envelope)
    if items is None:
        yield _but(line, beginning(line.raw), fault="the envelope's `batch` is not a list")
    else:
        yield from calls_of(line, envelope, items, limit)


def batch_of(envelope: Fields) -> list[msgspec.Raw] | None:
    """What stands in an envelope's ``batch``; None where that is no list."""
    try:
        return _items.decode(envelope["batch"])
    except msgspec.MsgspecError:
        return None


def calls_of(line: Line, envelope: Fields, items: Sequence[msgspec.Raw], limit: int) -> Iterator[Line]:
    """The items of an envelope with what it says of all of them, each as `line` is otherwise.

    Args:
        line: Whose file and number they get.
        envelope: Its members.
        items: Of its ``batch``.
        limit: Most bytes of a call.
    """
    common = common_of(envelope)
    for item in items:
        call = bounded(_but(line, bytes(item)), limit)
        fields = repaired_fields_of(call.raw) if common and call.fault is None else None
        yield call if fields is None else _but(call, encode(common.under(fields)))


class Common(NamedTuple):
    """What an envelope says of all its calls; false where it says nothing."""

    beneath: dict[str, Fields]
    sent_at: msgspec.Raw | None

    def __bool__(self) -> bool:
        return bool(self.beneath) or self.sent_at is not None

    def under(self, call: Fields) -> Fields:
        """Lay it under a call, which is changed, and given back."""
        for key, members in self.beneath.items():
            if is_absent(call, key):
                call[key] = raw_of(members)
            elif (own := _object(call, key)) is not None:
                call[key] = raw_of({**members, **own})
        if self.sent_at is not None and is_absent(call, "sentAt"):
            call["sentAt"] = self.sent_at
        return call


def common_of(envelope: Fields) -> Common:
    """What an envelope's members say of all its calls."""
    beneath = {key: members for key in _MERGED if (members := _object(envelope, key))}
    return Common(beneath, None if is_absent(envelope, "sentAt") else envelope["sentAt"])


def _object(fields: Fields, key: str) -> Fields | None:
    return repaired_fields_of(bytes(fields[key])) if key in fields else None


# -- dead letters ------------------------------------------------------------------------------------------------------


def _open_dead_letter(line: Line, letter: Fields) -> Line:
    raw = _original(letter)
    if raw is None:
        return _but(line, beginning(line.raw), fault="the dead letter holds no call that can be read")
    return _but(line, raw, mapping=place_of(_text(letter, "destination"), _text(letter, "mapping")))


def _original(letter: Fields) -> bytes | None:
    if "call" in letter:
        return bytes(letter["call"])
    if (text := _text(letter, "raw")) is not None:
        return text.encode()
    try:
        return base64.b64decode(_text(letter, "raw_base64") or "", validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _text(fields: Fields, key: str) -> str | None:
    value = _repaired(bytes(fields[key])) if key in fields else None
    return value if isinstance(value, str) else None


# -- lines -------------------------------------------------------------------------------------------------------------


def bounded(line: Line, limit: int) -> Line:
    """The line; the beginning of one that is too long, with that as its fault."""
    size = len(line.raw)
    if line.fault is not None or size <= limit:
        return line
    return _but(line, beginning(line.raw), fault=f"call of {size} bytes exceeds the limit of {limit} bytes")


def _but(
    line: Line, raw: bytes, *, number: int | None = None, fault: str | None = None, mapping: str | None = None
) -> Line:
    return Line(raw, number or line.number, line.file, fault or line.fault, mapping or line.mapping)
