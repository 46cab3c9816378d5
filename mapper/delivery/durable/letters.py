"""Dead letters in a queue file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import apsw

from mapper.delivery.durable.database import rows_of, sound
from mapper.delivery.durable.schema import TABLES
from mapper.delivery.queue import Letter

_COLUMNS = (
    "kind, because, destination, mapping, request, type, message_id, file, line, attempts, status, excerpt, call, body"
)

_LAST = "last letter"
"""In ``meta``: the highest number that was ever given, so that none comes twice and stands for another letter."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What of a choice no letter has: numbers, or else one mapping, or else a part of a cause.

    Attributes:
        ids: The numbers.
        mapping: The mapping, as it was chosen.
        mappings: Destination and mapping of all letters, where it is about a mapping.
        reason: The part of a cause.
    """

    ids: Sequence[int] = ()
    mapping: str | None = None
    mappings: Sequence[tuple[str, str]] = ()
    reason: str | None = None


def add_letters(cursor: apsw.Cursor, letters: Iterable[Letter], at: int) -> None:
    """Keep what is dead, under numbers that no letter had before."""
    first = _last_number(cursor) + 1
    rows = [
        (
            number,
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
        for number, letter in enumerate(letters, first)
    ]
    if rows:
        cursor.executemany(f"INSERT INTO letter (id, at, {_COLUMNS}) VALUES ({', '.join('?' * 16)})", rows)
        cursor.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_LAST, rows[-1][0]))


def _last_number(cursor: apsw.Cursor) -> int:
    query = "SELECT max(ifnull((SELECT max(id) FROM letter), 0), ifnull((SELECT value FROM meta WHERE key = ?), 0))"
    return int(rows_of(cursor, query, (_LAST,))[0][0])


def count_letters(source: apsw.Cursor | apsw.Connection, choice: Choice) -> int:
    """How many there are."""
    where, arguments = _where(choice)
    return int(rows_of(source, f"SELECT count(*) FROM letter{where}", arguments)[0][0])


def letters(
    source: apsw.Connection, choice: Choice, limit: int | None = None, *, newest_first: bool = False
) -> Iterator[Kept]:
    """Those chosen, oldest first or the other way round; no more of them are read than are taken."""
    where, arguments = _where(choice)
    order = "id DESC" if newest_first else "id"
    query = f"SELECT id, at, {_COLUMNS} FROM letter{where} ORDER BY {order} LIMIT ?"
    for row in sound(source.execute(query, (*arguments, -1 if limit is None else limit)), *TABLES["letter"][1]):
        yield _kept(row)


def targets(source: apsw.Connection, choice: Choice) -> Iterator[tuple[int, str, str | None]]:
    """The number, kind and destination of those chosen, oldest first; their calls are not read."""
    where, arguments = _where(choice)
    rows = source.execute(f"SELECT id, kind, destination FROM letter{where} ORDER BY id", arguments)
    yield from cast(Iterator[tuple[int, str, str | None]], sound(rows, int, str, str | None))


def mappings_of(source: apsw.Connection) -> list[tuple[str, str]]:
    """Destination and mapping of all letters, each once."""
    query = "SELECT DISTINCT destination, mapping FROM letter WHERE destination IS NOT NULL AND mapping IS NOT NULL"
    return sorted((destination, mapping) for destination, mapping in sound(source.execute(query), str, str))


def take_away(cursor: apsw.Cursor, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Delete letters; the kind and the reason of each that was there."""
    found: list[tuple[str, str]] = []
    for letter in ids:
        rows = rows_of(cursor, "DELETE FROM letter WHERE id = ? RETURNING kind, because", (letter,))
        found += [(kind, because) for kind, because in rows]
    return found


def drop(cursor: apsw.Cursor, choice: Choice, most: int | None = None) -> int:
    """Delete letters for good, the oldest `most` of those chosen; how many. They stay counted as dead."""
    where, arguments = _where(choice)
    if most is not None:
        where = f" WHERE id IN (SELECT id FROM letter{where} ORDER BY id LIMIT ?)"
        arguments = (*arguments, most)
    cursor.execute(f"DELETE FROM letter{where}", arguments)
    return cursor.connection.changes()


def _where(choice: Choice) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    arguments: list[Any] = []
    lists: tuple[tuple[str, Sequence[int] | Sequence[str]], ...] = (
        ("id IN {0}", choice.ids),
        ("kind IN {0}", choice.kinds),
        ("type IN {0}", choice.types),
        ("(mapping IN {0} OR destination || '/' || mapping IN {0})", choice.mappings),
    )
    for test, values in lists:
        if values:  # as one argument: there may be more than SQLite takes, and numbers too great for it
            arguments.append(json.dumps(list(values)))
            parts.append(test.format(f"(SELECT value FROM json_each(?{len(arguments)}))"))
    for column, value in (("at >=", choice.since), ("at <", choice.until)):
        if value is not None:
            arguments.append(value)
            parts.append(f"{column} ?{len(arguments)}")
    if choice.reason:
        arguments.append(choice.reason)
        parts.append(f"instr(lower(because), lower(?{len(arguments)}))")
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(arguments)


def _kept(row: Sequence[Any]) -> Kept:
    names = _COLUMNS.split(", ")
    return Kept(row[0], row[1], Letter(**dict(zip(names, row[2:], strict=True))))
