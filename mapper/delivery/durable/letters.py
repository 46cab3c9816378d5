"""Dead letters in a queue file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw

from mapper.delivery.durable.database import rows_of
from mapper.delivery.queue import Letter

_COLUMNS = (
    "kind, because, destination, mapping, request, type, message_id, file, line, attempts, status, excerpt, call, body"
)

DAMAGED: Final = "damaged"
"""Kind of letters for what can't be read of a file that was repaired."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter in the file. `at`: when it died, milliseconds since the epoch, UTC."""

    id: int
    at: int
    letter: Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which letters; what is empty or None chooses all.

    Attributes:
        ids: Their numbers.
        kinds: invalid, unmappable, rejected ...
        types: Call types.
        mappings: ``destination/mapping``, or a mapping's name alone.
        since: The earliest, milliseconds since the epoch, UTC.
        until: The first that is too late, likewise.
        reason: Part of what is said of it.
    """

    ids: Sequence[int] = ()
    kinds: Sequence[str] = ()
    types: Sequence[str] = ()
    mappings: Sequence[str] = ()
    since: int | None = None
    until: int | None = None
    reason: str | None = None


def add_letters(cursor: apsw.Cursor, letters: Iterable[Letter], at: int) -> None:
    """Keep what is dead."""
    rows = [
        (
            at,
            letter.kind,
            letter.because,
            letter.destination,
            letter.mapping,
            letter.request,
            letter.type,
            letter.message_id,
            letter.file,
            letter.line,
            letter.attempts,
            letter.status,
            letter.excerpt,
            letter.call,
            letter.body,
        )
        for letter in letters
    ]
    cursor.executemany(f"INSERT INTO letter (at, {_COLUMNS}) VALUES ({', '.join('?' * 15)})", rows)


def count_letters(source: apsw.Cursor | apsw.Connection, choice: Choice) -> int:
    """How many there are."""
    where, arguments = _where(choice)
    return int(rows_of(source, f"SELECT count(*) FROM letter{where}", arguments)[0][0])


def letters(source: apsw.Connection, choice: Choice, limit: int | None = None) -> Iterator[Kept]:
    """Those chosen, oldest first."""
    where, arguments = _where(choice)
    query = f"SELECT id, at, {_COLUMNS} FROM letter{where} ORDER BY id LIMIT ?"
    for row in source.execute(query, (*arguments, -1 if limit is None else limit)):
        yield _kept(row)


def take_away(cursor: apsw.Cursor, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Delete letters; the kind and the reason of each that was there."""
    found: list[tuple[str, str]] = []
    for letter in ids:
        rows = rows_of(cursor, "DELETE FROM letter WHERE id = ? RETURNING kind, because", (letter,))
        found += [(kind, because) for kind, because in rows]
    return found


def drop(cursor: apsw.Cursor, choice: Choice) -> int:
    """Delete letters for good; how many. They stay counted as dead."""
    where, arguments = _where(choice)
    return len(rows_of(cursor, f"DELETE FROM letter{where} RETURNING id", arguments))


def _where(choice: Choice) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    arguments: list[Any] = []
    lists = (
        ("id", choice.ids),
        ("kind", choice.kinds),
        ("type", choice.types),
    )
    for column, values in lists:
        if values:
            parts.append(f"{column} IN ({', '.join('?' * len(values))})")
            arguments += values
    if choice.mappings:
        marks = ", ".join("?" * len(choice.mappings))
        parts.append(f"(mapping IN ({marks}) OR destination || '/' || mapping IN ({marks}))")
        arguments += [*choice.mappings, *choice.mappings]
    for test, value in (("at >= ?", choice.since), ("at < ?", choice.until)):
        if value is not None:
            parts.append(test)
            arguments.append(value)
    if choice.reason:
        parts.append("instr(lower(because), lower(?))")
        arguments.append(choice.reason)
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(arguments)


def _kept(row: Sequence[Any]) -> Kept:
    names = _COLUMNS.split(", ")
    return Kept(row[0], row[1], Letter(**dict(zip(names, row[2:], strict=True))))
