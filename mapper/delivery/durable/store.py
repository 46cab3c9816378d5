"""What is written to the tables of a queue, and read from them; a transaction is the caller's business."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import apsw

from mapper.delivery.durable.chunk import DamagedError, checksum, unpack_for
from mapper.delivery.durable.database import meta_of, rows_of, sound
from mapper.delivery.durable.letters import Choice, add_letters, drop, take_away
from mapper.delivery.queue import DROPPED, Item, Letter, Position, TargetKey
from mapper.delivery.reasons import general

_MOST_REASONS: Final = 1_000
"""Rows of the ledger; reasons may hold something of the call all the same, and a bound keeps the table small."""

_OTHER: Final = "other reasons"
Entry = tuple[str, str]
"""Of the ledger: kind and reason."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An item that was tried.

    Attributes:
        item: Its id.
        attempts: Tries that counted.
        first: When it was first sent, milliseconds since the epoch, UTC.
        due: When it may be sent again, likewise.
        wait: How long that was to wait when this was written, in milliseconds.
    """

    item: int
    attempts: int
    first: int
    due: int
    wait: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What of a chunk in the file waits for one destination.

    Attributes:
        id: Of the chunk's first item.
        waiting: The items, and where in the chunk they are.
        tried: By item, those that were tried.
        size: How many items the chunk has in all.
    """

    id: int
    waiting: Sequence[tuple[int, Item]]
    tried: Mapping[int, Tried]
    size: int = 0


@dataclass(slots=True)
class Changes:
    """What a settlement changes.

    Attributes:
        settled: By chunk, a bit for each of its items that are settled now.
        sizes: By chunk, how many items it has.
        tried: Items whose attempts need not be remembered any more.
        pending: By target, how many items are settled.
        ledger: What is counted.
        letters: What is dead.
    """

    settled: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    tried: list[int] = field(default_factory=list)
    pending: Counter[TargetKey] = field(default_factory=Counter)
    ledger: Counter[Entry] = field(default_factory=Counter)
    letters: list[Letter] = field(default_factory=list)


def add_chunk(cursor: apsw.Cursor, chunk_id: int, at: int, items: Sequence[Item], payload: bytes) -> None:
    """Add what is to be sent, but for :func:`count_pending`; `payload` holds the items."""
    cursor.execute(
        "INSERT INTO chunk VALUES (?, ?, ?, ?, ?)",
        (chunk_id, at, len(items), payload, checksum(chunk_id, payload)),
    )
    cursor.execute("UPDATE meta SET value = ? WHERE key = 'next item'", (items[-1].id + 1,))


def settle(cursor: apsw.Cursor, changes: Changes, at: int) -> None:
    """Write down how items ended."""
    for chunk, settled in changes.settled.items():
        _settle_in(cursor, chunk, changes.sizes[chunk], settled)
    if changes.tried:
        cursor.executemany("DELETE FROM tried WHERE item = ?", [(item,) for item in changes.tried])
    count_pending(cursor, Counter({target: -count for target, count in changes.pending.items()}))
    count(cursor, changes.ledger)
    add_letters(cursor, changes.letters, at)


def _settle_in(cursor: apsw.Cursor, chunk: int, items: int, settled: int) -> None:
    """Some more of a chunk is settled; nothing is left of it once all is."""
    ask = "SELECT settled FROM chunk LEFT JOIN progress ON chunk = id WHERE id = ?"
    for (before,) in sound(rows_of(cursor, ask, (chunk,)), bytes | None):
        settled |= int.from_bytes(before or b"", "little")
        if settled.bit_count() < items:
            bits = settled.to_bytes((items + 7) // 8, "little")
            cursor.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (chunk, bits))
        else:
            cursor.execute("DELETE FROM chunk WHERE id = ?", (chunk,))
            cursor.execute("DELETE FROM progress WHERE chunk = ?", (chunk,))


def count_pending(cursor: apsw.Cursor, items: Mapping[TargetKey, int]) -> None:
    """Change how much is unsettled."""
    cursor.executemany(
        "INSERT INTO pending VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET items = items + ?3",
        [(*target, change) for target, change in items.items()],
    )


def count(cursor: apsw.Cursor, ledger: Mapping[Entry, int]) -> None:
    """Enter results into the ledger."""
    rows = 0
    if any(reason for _, reason in ledger):  # without one there are a few kinds, and no more
        (rows,) = rows_of(cursor, "SELECT count(*) FROM ledger")[0]
    for (kind, reason), results in _generalised(ledger).items():
        if reason and rows >= _MOST_REASONS and not _is_known(cursor, kind, reason):
            reason = _OTHER
        cursor.execute(
            "INSERT INTO ledger VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET results = results + ?3",
            (kind, reason, results),
        )
        rows += 1  # or as many as before, which is asked once it matters


def _generalised(ledger: Mapping[Entry, int]) -> Counter[Entry]:
    found: Counter[Entry] = Counter()
    for (kind, reason), results in ledger.items():
        found[kind, general(kind, reason)] += results
    return found


def _is_known(cursor: apsw.Cursor, kind: str, reason: str) -> bool:
    return bool(rows_of(cursor, "SELECT 1 FROM ledger WHERE (kind, reason) = (?, ?)", (kind, reason)))


def entered(ledger: Counter[Entry], changes: Mapping[Entry, int]) -> None:
    """The same for what is kept in memory of the ledger."""
    rows = len(ledger)
    for (kind, reason), results in _generalised(changes).items():
        if reason and rows >= _MOST_REASONS and (kind, reason) not in ledger:
            reason = _OTHER
        ledger[kind, reason] += results
        rows += 1


def note_tried(cursor: apsw.Cursor, tried: Iterable[Tried]) -> None:
    """Remember attempts."""
    cursor.executemany(
        "INSERT OR REPLACE INTO tried VALUES (?, ?, ?, ?, ?)",
        [(each.item, each.attempts, each.first, each.due, each.wait) for each in tried],
    )


def take_letters(cursor: apsw.Cursor, ids: Sequence[int]) -> Counter[Entry]:
    """Letters are none any more; what the ledger counted them under."""
    taken = Counter(take_away(cursor, ids))
    count(cursor, Counter({entry: -times for entry, times in taken.items()}))
    return taken


def drop_letters(cursor: apsw.Cursor, choice: Choice, why: str, most: int | None = None) -> int:
    """Delete letters for good, at most `most`, and count them; how many."""
    dropped = drop(cursor, choice, most)
    count(cursor, +Counter({(DROPPED, why): dropped}))
    return dropped


def note_seen(cursor: apsw.Cursor, at: int, hashes: bytes, forgotten: int) -> None:
    """Remember that messages came; of those that came before `forgotten`, some more are forgotten than come in."""
    cursor.execute("INSERT INTO seen VALUES (?, ?)", (at, hashes))
    oldest = "SELECT rowid FROM seen ORDER BY rowid LIMIT 4"
    cursor.execute(f"DELETE FROM seen WHERE at < ? AND rowid IN ({oldest})", (forgotten,))


def seen_since(cursor: apsw.Cursor, at: int) -> list[tuple[int, bytes]]:
    """When messages came, and their hashes; what came before is forgotten."""
    cursor.execute("DELETE FROM seen WHERE at < ?", (at,))
    return [(when, hashes) for when, hashes in sound(rows_of(cursor, "SELECT at, hashes FROM seen"), int, bytes)]


def note_live(cursor: apsw.Cursor, at: int, key: str, value: str) -> None:
    """Say something of this process that others can read."""
    cursor.execute("INSERT OR REPLACE INTO live VALUES (?, ?, ?)", (key, at, value))


def live_of(cursor: apsw.Cursor, key: str) -> str | None:
    """What was said, by this process or by one that had the file before."""
    rows = rows_of(cursor, "SELECT value FROM live WHERE key = ?", (key,))
    return rows[0][0] if rows else None


def note_position(cursor: apsw.Cursor, position: Position) -> None:
    """Remember how far a file has been read."""
    cursor.execute(
        "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            position.path,
            position.inode,
            position.head_size,
            position.head,
            position.line,
            position.size,
            position.part,
        ),
    )


def position(cursor: apsw.Cursor, path: str) -> Position | None:
    """How far a file has been read; None where it was not."""
    rows = rows_of(cursor, "SELECT inode, head_size, head, line, size, part FROM position WHERE path = ?", (path,))
    if not rows:
        return None
    inode, head_size, head, line, size, part = rows[0]
    return Position(path=path, inode=inode, size=size, head_size=head_size, head=head, line=line, part=part)


def chunks_from(cursor: apsw.Cursor, destination: str, first: int, most: int, most_bytes: int) -> list[Stored]:
    """What waits for a destination in the next chunks, oldest first, from an id on: in those of about `most` items or
    `most_bytes`, and at least in one; none at the end of the file.

    Raises:
        DamagedError: one of them is not what was written.
    """
    rows = []
    reading = cursor.connection.execute(
        "SELECT id, payload, checksum, settled, items FROM chunk LEFT JOIN progress ON chunk = id"
        " WHERE id >= ? ORDER BY id",
        (first,),
    )
    for row in sound(reading, int, bytes, int, bytes | None, int):
        if row[0] < first:
            raise DamagedError(f"chunk {row[0]} is there twice")
        rows.append(row[:4])
        first = row[0] + 1
        most, most_bytes = most - row[4], most_bytes - len(row[1])
        if min(most, most_bytes) <= 0:
            break
    reading.close()
    return [_stored(cursor.connection, destination, *row) for row in rows]


def _stored(
    connection: apsw.Connection, destination: str, chunk: int, payload: bytes, expected: int, settled: bytes | None
) -> Stored:
    if checksum(chunk, payload) != expected:
        raise DamagedError(f"chunk {chunk} is not what was written")
    bits = int.from_bytes(settled or b"", "little")
    size, mine = unpack_for(destination, payload)
    waiting = [(at, item) for at, item in mine if not bits >> at & 1]
    if not waiting:
        return Stored(chunk, (), {})
    ask = "SELECT * FROM tried WHERE item BETWEEN ? AND ?"
    tried = rows_of(connection, ask, (waiting[0][1].id, waiting[-1][1].id))
    return Stored(chunk, waiting, {row[0]: Tried(*row) for row in sound(tried, int, int, int, int, int)}, size)


def ledger_of(cursor: apsw.Cursor) -> Counter[Entry]:
    """What became of all results so far."""
    rows = sound(rows_of(cursor, "SELECT * FROM ledger"), str, str, int)
    return _generalised({(kind, reason): results for kind, reason, results in rows})


def pending_of(cursor: apsw.Cursor) -> Counter[TargetKey]:
    """Unsettled items by target."""
    rows = rows_of(cursor, "SELECT destination, request, items FROM pending WHERE items > 0")
    return Counter({(destination, request): items for destination, request, items in sound(rows, str, str, int)})


def next_item(cursor: apsw.Cursor) -> int:
    """The id that the next item gets."""
    return meta_of(cursor, "next item")
