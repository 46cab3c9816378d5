"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mapper.base.json import JsonError, pretty, verbatim
from mapper.delivery.durable.letters import Kept
from mapper.delivery.queue import Letter
from mapper.render.cells import cut, visible, width
from mapper.render.diff import diff

_HEADS: Final = ("id", "died (UTC)", "reason", "type", "mapping", "cause")
_NUMBER, _TYPE = 0, 3
_LAST_MS: Final = 253_402_300_799_999
"""The end of the year 9999: a file may say anything."""
_NARROW: Final = 100
"""Columns below which the type, which the mapping mostly tells, makes room for the cause."""


def table(kept: Sequence[Kept], room: int | None) -> list[str]:
    """A head and a row for each letter; the cause is cut where `room`, in columns, ends."""
    rows = [_HEADS, *map(_row, kept)]
    if room is not None and room < _NARROW:
        rows = [row[:_TYPE] + row[_TYPE + 1 :] for row in rows]
    widths = [max(map(width, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]
    return [cut("  ".join([*_padded(row, widths), row[-1]]), room) for row in rows]


def _row(kept: Kept) -> tuple[str, ...]:
    letter = kept.letter
    cells = (str(kept.id), _time(kept.at, "minutes"), letter.kind, letter.type or "-", _where(letter), _cause(letter))
    return tuple(map(visible, cells))


def _cause(letter: Letter) -> str:
    """Why it died, and what the destination had to say: one status may have many causes."""
    return ": ".join(part for part in (letter.because, " ".join(letter.excerpt.split())) if part)


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        " " * (room - width(cell)) + cell if at == _NUMBER else cell + " " * (room - width(cell))
        for at, (cell, room) in enumerate(zip(row, widths, strict=False))
    ]


def detail(kept: Kept) -> list[str]:
    """Everything known of one letter."""
    letter = kept.letter
    rows = [
        ("id", str(kept.id)),
        ("died", f"{_time(kept.at, 'seconds')} UTC"),
        ("reason", letter.kind),
        ("cause", letter.because),
        ("mapping", _where(letter)),
        ("request", letter.request),
        ("type", letter.type),
        ("message id", letter.message_id),
        ("from", f"{letter.file}:{letter.line}"),
        ("attempts", str(letter.attempts) if letter.attempts else None),
        ("status", None if letter.status is None else str(letter.status)),
        ("answer", letter.excerpt.strip() or None),
    ]
    lines = [f"{name:<11}{visible(value)}" for name, value in rows if value is not None]
    lines += ["", "call:", *_indented(pretty(letter.call))]
    if letter.body is not None:
        lines += ["", "body as it was sent:", *_indented(pretty(letter.body))]
    return lines


def as_json(kept: Kept) -> dict[str, Any]:
    """Everything known of one letter; bytes that are no JSON as text, those that are no text as base64.

    In a file, these are dead letters that can be run: hence no ``type``, which would make a call of it.
    """
    letter = kept.letter
    return {
        "id": kept.id,
        "died_at": _moment(kept.at).isoformat(timespec="milliseconds"),
        "reason": letter.kind,
        "because": letter.because,
        "destination": letter.destination,
        "mapping": letter.mapping,
        "request": letter.request,
        "call_type": letter.type,
        "message_id": letter.message_id,
        "file": letter.file,
        "line": letter.line,
        "attempts": letter.attempts,
        "status": letter.status,
        "response": letter.excerpt,
        **plain("call", "raw", letter.call),
        **({} if letter.body is None else plain("body", "body_raw", letter.body)),
    }


def plain(name: str, raw_name: str, raw: bytes) -> dict[str, Any]:
    """Bytes under a name: as JSON where they are some, else as text or base64 under `raw_name`."""
    try:
        return {name: verbatim(raw)}
    except JsonError:
        pass
    try:
        return {raw_name: raw.decode()}
    except UnicodeDecodeError:
        return {f"{raw_name}_base64": base64.b64encode(raw).decode()}


def outcome(kept: Kept, now: Iterable[tuple[str, bytes]], *, color: bool, room: int | None) -> list[str]:
    """What a letter would become: its head, and for each result what differs.

    Args:
        kept: The letter.
        now: What today's mappings make of its call: in words, and the body, empty where there is none.
        color: Red and green.
        room: Columns; None is any number.
    """
    letter = kept.letter
    lines = [cut(f"{kept.id}  {letter.type or '-'}  {_where(letter)}  {letter.file}:{letter.line}", room)]
    lines.append(cut(f"  was  {letter.kind}: {_cause(letter)}", room))
    for what, body in now:
        if body and letter.body is not None and pretty(body) == pretty(letter.body):
            lines.append(cut(f"  now  {what}: the same as before", room))
            continue
        lines.append(cut(f"  now  {what}", room))
        if body:
            old = "" if letter.body is None else pretty(letter.body)
            found = diff(old, pretty(body), color=color, room=None if room is None else room - 4)
            lines += [f"    {line}" for line in found]
    return lines


def _indented(text: str) -> list[str]:
    return [f"  {visible(line)}" for line in text.splitlines()]


def _where(letter: Letter) -> str:
    return "/".join(part for part in (letter.destination, letter.mapping) if part) or "-"


def _time(milliseconds: int, precision: str) -> str:
    return _moment(milliseconds).replace(tzinfo=None).isoformat(" ", precision)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(milliseconds, 0), _LAST_MS) / 1000, UTC)
