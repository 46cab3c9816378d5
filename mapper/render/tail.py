"""The live view for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from mapper.base.json import pretty
from mapper.records.tail import TailEntry
from mapper.render.cells import cut_start, visible, width
from mapper.render.fold import folded
from mapper.render.paint import paint

_TINTS: Final = {"delivered": "32", "dead": "31", "refused": "31", "retry": "33", "missed": "33", "skipped": "2"}
_NARROW: Final = 100
"""Columns below which less is shown of a ``messageId``: its end, for many begin alike, and so little that in 80 columns
the time still fits beside it that a delivery took."""
_INDENT: Final = 13
"""Columns of the time, and a blank."""


def lines_of(entry: TailEntry, *, color: bool, room: int | None) -> list[str]:
    """One thing that happened.

    What does not fit beside the call goes below it, so that nothing is lost.

    Args:
        entry: With payload or without.
        color: Whether outcomes are coloured.
        room: Columns; None is any number, and one line.
    """
    head, more = _head(entry, room), visible(_more(entry))
    first = f"{_time(entry.at)} {paint(_TINTS.get(entry.outcome, '0'), f'{entry.outcome:<9}', color)} "
    used = _INDENT + 10 + width(head)
    if room is None or used + 2 + width(more) <= room or not more:
        lines = [first + "  ".join(part for part in (head, more) if part)]
    else:
        lines = [first + head, *folded(more, room, indent=" " * _INDENT)]
    return [*(line.rstrip() for line in lines), *_payload(entry)]


def _head(entry: TailEntry, room: int | None) -> str:
    """What it is about, in columns."""
    if entry.outcome == "missed":
        return ""
    if entry.outcome == "refused":
        return entry.path or ""
    place = "/".join(part for part in (entry.destination, entry.mapping or entry.request) if part) or "-"
    if entry.outcome == "retry":
        return visible(place)
    longest = 12 if room is not None and room < _NARROW else None
    cells = [f"{visible(entry.source or '-'):<8}", f"{visible(entry.type or '-'):<8}", f"{visible(place):<16}"]
    return " ".join([*cells, cut_start(entry.message_id or "-", longest)])


def _more(entry: TailEntry) -> str:
    """What there is to say of it."""
    match entry.outcome:
        case "missed":
            return f"{entry.count or 0:,} more that were not read in time"
        case "refused":
            return f"{entry.status}: {entry.because}"
        case "retry":
            events = f"{entry.count or 0:,} event{'' if entry.count == 1 else 's'}"
            again = "not again for now" if entry.wait is None else f"again in {entry.wait:.3g} s"
            return f"{entry.because}; {events} {again}"
        case "delivered":
            tries = f" at try {entry.attempts}" if (entry.attempts or 1) > 1 else ""
            return "" if entry.seconds is None else f"{_span(entry.seconds)}{tries}"
        case "dead":
            return f"{entry.reason}: {entry.because}"
    return entry.because or ""


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.2f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 2 * 86_400 else f"{seconds / 86_400:,.0f} days"


def _payload(entry: TailEntry) -> list[str]:
    shown = [("call", entry.call), ("raw", entry.raw), ("raw", entry.raw_base64), ("body", entry.body)]
    lines: list[str] = []
    for name, found in shown:
        if found is not None and found is not msgspec.UNSET:
            text = found if isinstance(found, str) else pretty(bytes(found))
            lines += [f"  {name}:", *(f"    {visible(line)}" for line in text.splitlines())]
    return lines


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%H:%M:%S.%f")[:-3]
