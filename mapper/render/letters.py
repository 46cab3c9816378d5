"""Dead letters for people and for programs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mapper.base.json import JsonError, decode
from mapper.delivery.durable.letters import Kept
from mapper.delivery.queue import Letter
from mapper.render.cells import visible, width
from mapper.render.diff import cut, diff

_HEADS: Final = ("id", "died (UTC)", "reason", "type", "mapping", "cause")
_NUMBER: Final = 0


def table(kept: Sequence[Kept], room: int | None) -> list[str]:
    """A head and a row for each letter; the cause is cut where `room`, in columns, ends."""
    rows = [_HEADS, *map(_row, kept)]
    widths = [max(width(row[at]) for row in rows) for at in range(len(_HEADS) - 1)]
    return [cut("  ".join([*_padded(row, widths), row[-1]]), room) for row in rows]


def _row(kept: Kept) -> tuple[str, ...]:
    letter = kept.letter
    cells = (str(kept.id), _time(kept.at, "minutes"), letter.kind, letter.type or "-", _where(letter), letter.because)
    return tuple(map(visible, cells))


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
    """Everything known of one letter; bytes that are no JSON as text, those that are no text as base64."""
    letter = kept.letter
    return {
        "id": kept.id,
        "died_at": datetime.fromtimestamp(kept.at / 1000, UTC).isoformat(timespec="milliseconds"),
        "reason": letter.kind,
        "because": letter.because,
        "destination": letter.destination,
        "mapping": letter.mapping,
        "request": letter.request,
        "type": letter.type,
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
        return {name: decode(raw)}
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
    lines.append(cut(f"  was  {letter.kind}: {letter.because}", room))
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


def pretty(raw: bytes) -> str:
    """JSON broken into lines; other text as it is, with what is no text escaped."""
    try:
        return json.dumps(decode(raw), indent=2, ensure_ascii=False)
    except JsonError:
        return raw.decode(errors="backslashreplace")


def _indented(text: str) -> list[str]:
    return [f"  {visible(line)}" for line in text.splitlines()]


def _where(letter: Letter) -> str:
    return "/".join(part for part in (letter.destination, letter.mapping) if part) or "-"


def _time(milliseconds: int, precision: str) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None).isoformat(" ", precision)
