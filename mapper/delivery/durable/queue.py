"""The :class:`~mapper.delivery.queue.Queue` that outlives the process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw
import msgspec

from mapper.base.clock import Clock
from mapper.delivery.durable import store
from mapper.delivery.durable.chunk import DamagedError, pack
from mapper.delivery.durable.commits import Commits
from mapper.delivery.durable.database import Database, explained
from mapper.delivery.durable.errors import DamagedFileError, UnwrittenError
from mapper.delivery.durable.letters import Choice, add_letters
from mapper.delivery.durable.recent import WINDOW_MS, Recent
from mapper.delivery.durable.room import Room
from mapper.delivery.durable.store import Changes, Stored, Tried
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import (
    Arrival,
    Counts,
    Item,
    Lease,
    Letter,
    Position,
    QueueClosedError,
    Settlement,
    TargetKey,
    waited_in_vain,
)

WINDOW: Final = 20_000
"""Items kept in memory; the rest lies in the file until there is room."""
_WIDEST: Final = 5
"""How many times as many there may be while nothing of what is in memory can be sent."""
_READ: Final = 4_000
"""Items read at a time."""
_DROPPED: Final = 1_000
"""Letters deleted at a time."""


@dataclass(slots=True)
class _Chunk:
    """A chunk in memory: bits of items that are settled, and how many are not."""

    id: int
    size: int
    settled: int
    left: int


class DurableQueue:
    """Keeps everything in a file, and as much of it in memory as is soon to be sent.

    What is put is on the disk when `put` returns, and what is settled stays settled. After a crash, what was leased
    waits again.

    Args:
        database: Belongs to this queue from now on.
        clock: Time.
        window: Items kept in memory.
        on_trouble: Told, perhaps from another thread, what the disk holds up; None once that has passed.

    Raises:
        QueueFileError: the file can't be used after all; the database is closed then.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        window: int = WINDOW,
        on_trouble: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self.path: Path = database.path
        self._clock = clock
        self._window = window
        self._memory = MemoryQueue(capacity=window)
        self._chunks: dict[int, tuple[_Chunk, int]] = {}
        self._tried: set[int] = set()
        self._recent = Recent()
        self._next_chunk = 0
        self._closed = False
        self._reading = asyncio.Lock()
        try:
            with explained(self.path):
                self._begin(database.connection.cursor())
        except BaseException:
            database.close()
            raise
        self._commits = Commits(database, on_trouble)
        self._room = Room(database.path, clock, on_trouble, self._commits.tidy)

    def _begin(self, cursor: apsw.Cursor) -> None:
        self._next_id = store.next_item(cursor)
        self._ledger = store.ledger_of(cursor)
        self._targets = store.pending_of(cursor)
        self._in_file = self._targets.total()
        for when, hashes in store.seen_since(cursor, self._now() - WINDOW_MS):
            self._recent.add_packed(hashes, when)

    def hasten(self) -> None:
        """Wait for no disk from now on: what it does not take at once is not written, and whoever asked is told."""
        self._commits.hasten()

    def shut(self) -> None:
        """Write what is to be written, as far as the disk takes it now, and let others have the file."""
        self._commits.close()

    # -- what it holds ------------------------------------------------------------------------------------------------

    @property
    def next_id(self) -> int:
        """The id that the next item must have."""
        return self._next_id

    @property
    def ledger(self) -> Counter[tuple[str, str]]:
        """By kind and reason, what became of all results that ever came in."""
        return Counter(self._ledger)

    @property
    def targets(self) -> Counter[TargetKey]:
        """By target, how much is unfinished."""
        return +self._targets

    def counts(self) -> Counts:
        """How much is unfinished."""
        counts = self._memory.counts()
        return Counts(counts.waiting + self._in_file, counts.leased)

    def oldest(self) -> Item | None:
        """The unfinished item with the lowest id, of those in memory."""
        return self._memory.oldest()

    async def position(self, path: str) -> Position | None:
        """How far a file has been read."""
        return await self._commits.read(lambda cursor: store.position(cursor, path))

    def knows(self, message: int) -> bool:
        """Whether a message came within the last 24 hours, by the hash that :mod:`recent` has for it."""
        return self._recent.knows(message)

    async def tell(self, key: str, value: str) -> None:
        """Leave word for whoever looks at the file; `value` is JSON."""
        at = self._now()
        await self._commits.write(lambda cursor: store.note_live(cursor, at, key, value))

    async def drop_letters(self, choice: Choice, why: str) -> int:
        """Delete dead letters for good; how many. In portions, so that nothing else waits for all of it."""
        dropped = portion = _DROPPED
        total = 0
        while dropped == portion:
            dropped = await self._commits.write(lambda cursor: store.drop_letters(cursor, choice, why, portion))
            total += dropped
        return total

    def subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Have `on_change` called whenever something may have become leasable."""
        return self._memory.subscribe(on_change)

    # -- putting ------------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether nothing will be put any more."""
        return self._closed

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for room: never, for the disk has it."""
        return False

    def close(self) -> None:
        """Let nothing in any more."""
        self._closed = True
        if self._in_file:
            self._memory.tell()  # who waits for more to come waits in vain
        else:
            self._memory.close()

    async def put(self, items: Sequence[Item]) -> None:
        """Take in all of `items`."""
        await self.accept(Arrival(items=items))

    async def accept(self, arrival: Arrival) -> None:
        """Take in what one step of reading brings, all of it or nothing, once there is room on the disk."""
        await self._room.wait()
        if self._closed:
            raise QueueClosedError("the queue is closed")
        items = arrival.items
        self._check(items)
        ledger = Counter({("lines", ""): arrival.lines, ("read", ""): arrival.read})
        ledger.update({("skipped", reason): count for reason, count in arrival.skipped.items()})
        ledger.update((letter.kind, letter.because) for letter in arrival.letters)
        if items:
            self._next_id = items[-1].id + 1
        payload = pack(items) if items else b""
        targets = Counter([item.target for item in items])
        at = self._now()

        def write(cursor: apsw.Cursor) -> Counter[tuple[str, str]]:
            if items:
                store.add_chunk(cursor, items[0].id, at, items, payload)
                store.count_pending(cursor, targets)
            store.count(cursor, +ledger)
            add_letters(cursor, arrival.letters, at)
            for position in arrival.positions:
                store.note_position(cursor, position)
            if arrival.seen:
                store.note_seen(cursor, at, arrival.seen, at - WINDOW_MS)
            return store.take_letters(cursor, arrival.replayed)

        try:
            replayed = await self._commits.write(write)
        except UnwrittenError as error:
            raise QueueClosedError(str(error)) from error
        self._ledger.update(ledger)
        self._ledger.subtract(replayed)
        self._recent.add_packed(arrival.seen, at)
        self._recent.forget(at)
        if items:
            self._targets.update(targets)
            if self._in_file or self._memory.full or self._reading.locked():
                self._in_file += len(items)
                self._memory.tell()
            else:
                self._hold(items)

    def _check(self, items: Sequence[Item]) -> None:
        last, mine = self._next_id - 1, set[int]()
        for item in items:
            if item.id <= last:
                raise ValueError(f"item {item.id} comes after item {last}")
            if item.after is not None and item.after not in mine and item.after not in self._chunks:
                raise ValueError(f"item {item.id} is to wait for item {item.after}, which does not wait here before it")
            last = item.id
            mine.add(last)

    def _hold(self, items: Sequence[Item]) -> None:
        """Keep new items in memory, which are in the file by now."""
        chunk = _Chunk(items[0].id, len(items), 0, len(items))
        self._chunks.update((item.id, (chunk, at)) for at, item in enumerate(items))
        self._next_chunk = items[-1].id + 1
        self._memory.add(items)

    # -- reading back -------------------------------------------------------------------------------------------------

    async def _read_on(self, most: int) -> None:
        """Take from the file what there is room for in memory."""
        async with self._reading:
            while self._in_file and self._memory.counts().pending < most and not self._memory.heavy:
                found = await self._read()
                if not found:
                    if self._in_file > 0:
                        raise DamagedFileError(self.path, f"{self._in_file} requests are not where they should be")
                    break
                for stored in found:
                    self._take_back(stored)
            if self._closed and not self._in_file:
                self._memory.close()

    async def _read(self) -> list[Stored]:
        try:
            return await self._commits.read(lambda cursor: store.chunks_from(cursor, self._next_chunk, _READ))
        except DamagedError as error:
            raise DamagedFileError(self.path, str(error)) from None

    def _take_back(self, stored: Stored) -> None:
        chunk = _Chunk(stored.id, len(stored.items), stored.settled, 0)
        waiting: list[Item] = []
        for at, item in enumerate(stored.items):
            if not stored.settled >> at & 1:
                tried = stored.tried.get(item.id)
                after = item.after if item.after in self._chunks else None
                item = msgspec.structs.replace(item, after=after)
                waiting.append(self._resumed(item, tried) if tried else item)
                self._chunks[item.id] = (chunk, at)
        chunk.left = len(waiting)
        self._next_chunk = stored.items[-1].id + 1
        self._in_file -= len(waiting)
        self._memory.add(waiting)

    def _resumed(self, item: Item, tried: Tried) -> Item:
        """With the times of an earlier process as times of this one; a clock that jumped changes them little."""
        self._tried.add(item.id)
        now, wall = self._clock.now(), self._now()
        ago = max(wall - tried.first, 0)
        wait = min(max(tried.due - wall, 0), tried.wait)
        return msgspec.structs.replace(
            item, attempts=tried.attempts, first_attempt_at=now - ago / 1000, not_before=now + wait / 1000
        )

    # -- leasing ------------------------------------------------------------------------------------------------------

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased."""
        window = max(self._window, 4 * limit)
        if self._in_file:
            await self._read_on(window)
        lease = await self._memory.lease(target, limit, now, patient=patient, apart=apart)
        if lease is None and self._in_file and not apart:  # those that are to leave apart were in memory before
            await self._read_on(window * _WIDEST)
            lease = await self._memory.lease(target, limit, now, patient=patient)
        return lease

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        return await self._memory.next_due(target)

    # -- settling -----------------------------------------------------------------------------------------------------

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items."""
        self._memory.check_held(lease, (item.id for item in items))
        changes = self._changes(items)
        changes.ledger["delivered", ""] += len(items)
        await self._settle(changes)
        await self._memory.deliver(lease, items)

    async def kill(self, lease: Lease, settlements: Sequence[Settlement]) -> Sequence[Item]:
        """Forget items that can't be delivered; give those that waited for them, forgotten too."""
        dead = [settlement.item for settlement in settlements]
        self._memory.check_held(lease, (item.id for item in dead))
        skipped = self._memory.dependents([item.id for item in dead])
        changes = self._changes([*dead, *skipped])
        changes.letters += map(_letter, settlements)
        changes.ledger.update((letter.kind, letter.because) for letter in changes.letters)
        changes.ledger.update(("skipped", waited_in_vain(item)) for item in skipped)
        await self._settle(changes)
        return await self._memory.kill(lease, settlements)

    async def give_back(self, lease: Lease, items: Sequence[Item]) -> None:
        """Let items wait again, as they are given."""
        self._memory.check_held(lease, (item.id for item in items))
        tried = [self._attempt(item) for item in items if item.first_attempt_at is not None]
        if tried:
            await self._commits.write(lambda cursor: store.note_tried(cursor, tried))
            self._tried.update(each.item for each in tried)
        await self._memory.give_back(lease, items)

    def _attempt(self, item: Item) -> Tried:
        now, wall = self._clock.now(), self._now()
        first = now if item.first_attempt_at is None else item.first_attempt_at
        wait = max(round((item.not_before - now) * 1000), 0)
        return Tried(item.id, item.attempts, wall - round((now - first) * 1000), wall + wait, wait)

    def _changes(self, items: Sequence[Item]) -> Changes:
        """What settling items changes in the file. In memory, their chunks know of it at once, so that what is settled
        while this is written does not undo it."""
        changes = Changes()
        for item in items:
            chunk, at = self._chunks.pop(item.id)
            chunk.settled |= 1 << at
            chunk.left -= 1
            changes.settled[chunk.id] = chunk.settled if chunk.left else None
            changes.sizes[chunk.id] = chunk.size
            changes.pending[item.target] += 1
            if item.id in self._tried:
                self._tried.remove(item.id)
                changes.tried.append(item.id)
        return changes

    async def _settle(self, changes: Changes) -> None:
        at = self._now()
        await self._commits.write(lambda cursor: store.settle(cursor, changes, at))
        self._ledger.update(changes.ledger)
        self._targets.subtract(changes.pending)

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


def _letter(settlement: Settlement) -> Letter:
    item = settlement.item
    return Letter(
        kind=settlement.reason or "rejected",
        because=settlement.because,
        destination=item.request.destination,
        mapping=item.request.mapping,
        request=item.request.name,
        type=item.type,
        message_id=item.message_id,
        file=item.file,
        line=item.line,
        call=item.call,
        attempts=settlement.attempts,
        status=settlement.status,
        excerpt=settlement.excerpt,
        body=item.request.body,
    )
