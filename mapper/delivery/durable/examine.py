"""What a queue file holds, row by row, beside what it says that it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import apsw

from mapper.delivery.durable import store
from mapper.delivery.durable.chunk import DamagedError, checksum, unpack
from mapper.delivery.durable.database import meta_of, rows_of, sound
from mapper.delivery.durable.schema import TABLES
from mapper.delivery.durable.store import Entry
from mapper.delivery.queue import NOT_DEAD, Item, TargetKey

_MOST_COMPLAINTS: Final = 20


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A chunk whose bytes are not those that were written.

    Attributes:
        id: Of its first item.
        settled: A bit for each item.
        left: How many items are not settled, as far as its row tells.
        before: The id of the chunk after it; its items have lower ones.
    """

    id: int
    settled: int
    left: int
    before: int


@dataclass(slots=True, kw_only=True)
class Examined:
    """What there is.

    Attributes:
        pages: What SQLite finds wrong with the pages of the file; where there is anything, the rest is not looked at.
        unreadable: Damaged chunks.
        held: By target, unsettled items in the other chunks.
        counted: By target, how many there should be.
        strays: By table, rows that speak of what is not there, by their keys.
        ledger: What the ledger says.
        letters: By kind, dead letters.
        last: The highest id of an item, 0 where there is none.
        next: The id that the next item is to have.
    """

    pages: tuple[str, ...] = ()
    unreadable: list[Unreadable] = field(default_factory=list)
    held: Counter[TargetKey] = field(default_factory=Counter)
    counted: Counter[TargetKey] = field(default_factory=Counter)
    strays: Mapping[str, list[int]] = field(default_factory=dict)
    ledger: Counter[Entry] = field(default_factory=Counter)
    letters: Counter[str] = field(default_factory=Counter)
    last: int = 0
    next: int = 1

    @property
    def pending(self) -> int:
        """Unsettled items, those of damaged chunks included."""
        return self.held.total() + sum(chunk.left for chunk in self.unreadable)

    @property
    def totals(self) -> Counter[str]:
        """The parts of the law: read = delivered + skipped + dead + pending."""
        totals = Counter({"pending": self.pending})
        for (kind, _), results in self.ledger.items():
            totals[kind if kind in NOT_DEAD else "dead"] += results
        return totals

    @property
    def missing(self) -> int:
        """Results that were read and are nowhere; negative where more is somewhere than was read."""
        totals = self.totals
        return totals["read"] - totals["delivered"] - totals["skipped"] - totals["dead"] - totals["pending"]

    @property
    def uncounted(self) -> Counter[str]:
        """By kind, dead letters that the ledger does not know of: where there are more in all than it knows of."""
        counted: Counter[str] = Counter()
        for (kind, _), results in self.ledger.items():
            counted[kind] += results
        return self.letters - counted if self.letters.total() > self.totals["dead"] else Counter()


def examine(connection: apsw.Connection) -> Examined:
    """Look at everything, within the transaction of the caller; nothing is changed."""
    try:
        complaints = rows_of(connection, f"PRAGMA integrity_check({_MOST_COMPLAINTS})")
        if complaints != [("ok",)]:
            return Examined(pages=tuple(str(row[0]) for row in complaints))
        return _examine(connection)
    except (apsw.CorruptError, UnicodeDecodeError) as error:  # garbage that looks like a page
        return Examined(pages=(str(error),))


def _examine(connection: apsw.Connection) -> Examined:
    cursor = connection.cursor()
    _require_rows_of_ours(cursor)
    letters = rows_of(cursor, "SELECT kind, count(*) FROM letter GROUP BY kind")
    examined = Examined(
        counted=store.pending_of(cursor),
        ledger=store.ledger_of(cursor),
        letters=Counter(dict(letters)),
        next=store.next_item(cursor),
    )
    tried = {row[0] for row in rows_of(cursor, "SELECT item FROM tried")}
    finished: list[int] = []
    for chunk in _chunks(cursor, examined.next):
        found = _look_into(cursor, chunk, examined)
        tried.difference_update(found)
        if not found:
            finished.append(chunk.id)
    progress = rows_of(cursor, "SELECT chunk FROM progress WHERE chunk NOT IN (SELECT id FROM chunk)")
    examined.strays = {
        "progress": [*finished, *(row[0] for row in progress)],
        "tried": sorted(tried),
        "chunk": finished,
    }
    return examined


def _require_rows_of_ours(cursor: apsw.Cursor) -> None:
    """All values are of kinds that are written there, and what every file has is there.

    Raises:
        apsw.CorruptError: one is not.
    """
    meta_of(cursor, "owner")
    for table, (_, kinds) in TABLES.items():
        for _ in sound(cursor.execute(f"SELECT * FROM {table}"), *kinds):
            pass


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A row, without its payload. `before`: its items have lower ids."""

    id: int
    items: int
    before: int


def _chunks(cursor: apsw.Cursor, end: int) -> list[_Chunk]:
    rows = rows_of(cursor, "SELECT id, items FROM chunk ORDER BY id")
    befores = [row[0] for row in rows[1:]] + [max(end, rows[-1][0] + 1)] if rows else []
    return [_Chunk(chunk, items, before) for (chunk, items), before in zip(rows, befores, strict=True)]


def _look_into(cursor: apsw.Cursor, chunk: _Chunk, examined: Examined) -> Collection[int]:
    """Note what a chunk holds; the ids of items that may be unsettled."""
    query = "SELECT payload, checksum, settled FROM chunk LEFT JOIN progress ON chunk = id WHERE id = ?"
    ((payload, expected, settled),) = rows_of(cursor, query, (chunk.id,))
    bits = int.from_bytes(settled or b"", "little")
    try:
        if checksum(chunk.id, payload) != expected:
            raise DamagedError
        items = unpack(payload)
    except DamagedError:
        left = chunk.items - (bits & ((1 << chunk.items) - 1)).bit_count()
        examined.unreadable.append(Unreadable(chunk.id, bits, left, chunk.before))
        examined.last = max(examined.last, chunk.id)
        return range(chunk.id, chunk.before)
    left_over = unsettled(items, bits)
    examined.held.update(item.target for item in left_over)
    examined.last = max(examined.last, items[-1].id)
    return {item.id for item in left_over}


def unsettled(items: Sequence[Item], settled: int) -> list[Item]:
    """Those whose bit is not set."""
    return [item for at, item in enumerate(items) if not settled >> at & 1]
