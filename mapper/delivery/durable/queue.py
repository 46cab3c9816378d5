"""The :class:`~mapper.delivery.queue.Queue` that outlives the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

import apsw

from mapper.base.clock import Clock
from mapper.delivery.durable import store
from mapper.delivery.durable.chunk import DamagedError, pack
from mapper.delivery.durable.commits import Commits
from mapper.delivery.durable.database import Database, explained
from mapper.delivery.durable.errors import DamagedFileError, UnwrittenError
from mapper.delivery.durable.letters import Choice, add_letters
from mapper.delivery.durable.recent import WINDOW_MS, Recent
from mapper.delivery.durable.room import Room
from mapper.delivery.durable.share import Share
from mapper.delivery.durable.store import Changes, Stored, Tried
from mapper.delivery.queue import (
    Arrival,
    Counts,
    Dead,
    Item,
    Lease,
    LostLeaseError,
    Position,
    QueueClosedError,
    TargetKey,
    waited_in_vain,
)

WINDOW: Final = 20_000
"""Items kept in memory; the rest lies in the file until there is room."""
_MOST_BYTES: Final = 64_000_000
"""Bytes of bodies and calls that are kept in memory; likewise."""
_READ, _READ_BYTES = 500, 8_000_000
"""Items read at a time, or bytes of them: few, for what is to be written meanwhile waits."""
_DROPPED: Final = 1_000
"""Letters deleted at a time."""


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
        self._shares: dict[str, Share] = {}
        self._opened = clock.now(), self._now()
        self._listeners: list[Callable[[], None]] = []
        self._recent = Recent()
        self._closed = False
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
        waiting = Counter[str]()
        for (destination, _), items in self._targets.items():
            waiting[destination] += items
        for destination, items in waiting.items():
            self._share(destination, 0, items)
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
        counts = [share.memory.counts() for share in self._shares.values()]
        in_file = sum(share.in_file for share in self._shares.values())
        return Counts(sum(each.waiting for each in counts) + in_file, sum(each.leased for each in counts))

    def oldest(self) -> Item | None:
        """The unfinished item with the lowest id, of those in memory."""
        found = [item for share in self._shares.values() if (item := share.memory.oldest()) is not None]
        return min(found, key=lambda item: item.id, default=None)

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

    async def told(self, key: str) -> str | None:
        """What word was left, by whoever had the file last."""
        return await self._commits.read(lambda cursor: store.live_of(cursor, key))

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
        self._listeners.append(on_change)
        return lambda: self._listeners.remove(on_change)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # -- putting ------------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether nothing will be put any more."""
        return self._closed

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for room: never, for the disk has it."""
        return False

    @property
    def suspended(self) -> bool:
        """Whether nothing may be sent for now: never, for no other process has the file."""
        return False

    def close(self) -> None:
        """Let nothing in any more."""
        self._closed = True
        for share in self._shares.values():
            share.close()
        self._tell()

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
        store.entered(self._ledger, +ledger)
        store.entered(self._ledger, {entry: -results for entry, results in replayed.items()})
        self._recent.add_packed(arrival.seen, at)
        self._recent.forget(at)
        if items:
            self._targets.update(targets)
            mine = _by_destination(items, {destination for destination, _ in targets})
            for destination in mine.keys() - self._shares.keys():
                self._share(destination, items[0].id)
            for destination, share in self._shares.items():
                share.take(mine.get(destination, ()), items[0].id, items[-1].id, len(items))

    def _check(self, items: Sequence[Item]) -> None:
        last, mine = self._next_id - 1, set[int]()
        for item in items:
            if item.id <= last:
                raise ValueError(f"item {item.id} comes after item {last}")
            waits_here = item.after is None or item.after in mine or self._has(item.request.destination, item.after)
            if not waits_here:
                raise ValueError(f"item {item.id} is to wait for item {item.after}, which does not wait here before it")
            last = item.id
            mine.add(last)

    def _has(self, destination: str, item: int) -> bool:
        share = self._shares.get(destination)
        return share is not None and item in share.places

    # -- reading back -------------------------------------------------------------------------------------------------

    def _share(self, destination: str, begin: int, in_file: int = 0) -> Share:
        """A new one; the others have less room from now on."""
        share = self._shares[destination] = Share(destination, begin, in_file, self._read, self._opened)
        share.memory.subscribe(self._tell)
        for each in self._shares.values():
            each.resize(max(self._window // len(self._shares), 1), _MOST_BYTES // len(self._shares))
        return share

    async def _read(self, destination: str, begin: int) -> list[Stored]:
        def read(cursor: apsw.Cursor) -> list[Stored]:
            return store.chunks_from(cursor, destination, begin, _READ, _READ_BYTES)

        try:
            found = await self._commits.read(read)
        except DamagedError as error:
            raise DamagedFileError(self.path, str(error)) from None
        if not found:
            missing = sum(share.in_file for share in self._shares.values())
            raise DamagedFileError(self.path, f"{missing} requests are not where they should be")
        return found

    # -- leasing ------------------------------------------------------------------------------------------------------

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased."""
        share = self._shares.get(target[0])
        return None if share is None else await share.lease(target, limit, now, patient=patient, apart=apart)

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        share = self._shares.get(target[0])
        return None if share is None else await share.memory.next_due(target)

    # -- settling -----------------------------------------------------------------------------------------------------

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items."""
        share = self._share_of(lease)
        share.memory.check_held(lease, (item.id for item in items))
        changes = _changes(share, items)
        changes.ledger["delivered", ""] += len(items)
        await self._settle(changes)
        await share.memory.deliver(lease, items)

    async def kill(self, lease: Lease, deaths: Sequence[Dead]) -> Sequence[Item]:
        """Forget items that can't be delivered; give those that waited for them, forgotten too."""
        share, dead = self._share_of(lease), [death.item for death in deaths]
        share.memory.check_held(lease, (item.id for item in dead))
        skipped = share.memory.dependents([item.id for item in dead])
        changes = _changes(share, [*dead, *skipped])
        changes.letters += [death.letter for death in deaths]
        changes.ledger.update((letter.kind, letter.because) for letter in changes.letters)
        changes.ledger.update(("skipped", waited_in_vain(item)) for item in skipped)
        await self._settle(changes)
        return await share.memory.kill(lease, deaths)

    async def give_back(self, lease: Lease, items: Sequence[Item]) -> None:
        """Let items wait again, as they are given."""
        share = self._share_of(lease)
        share.memory.check_held(lease, (item.id for item in items))
        tried = [self._attempt(item) for item in items if item.first_attempt_at is not None]
        if tried:
            await self._commits.write(lambda cursor: store.note_tried(cursor, tried))
            share.tried.update(each.item for each in tried)
        await share.memory.give_back(lease, items)

    def _share_of(self, lease: Lease) -> Share:
        share = self._shares.get(lease.items[0].request.destination) if lease.items else None
        if share is None:
            raise LostLeaseError(f"lease {lease.token} is not of this queue")
        return share

    def _attempt(self, item: Item) -> Tried:
        now, wall = self._clock.now(), self._now()
        first = now if item.first_attempt_at is None else item.first_attempt_at
        wait = max(round((item.not_before - now) * 1000), 0)
        return Tried(item.id, item.attempts, wall - round((now - first) * 1000), wall + wait, wait)

    async def _settle(self, changes: Changes) -> None:
        at = self._now()
        await self._commits.write(lambda cursor: store.settle(cursor, changes, at))
        store.entered(self._ledger, changes.ledger)
        self._targets.subtract(changes.pending)

    def _now(self) -> int:
        return round(self._clock.wall() * 1000)


def _by_destination(items: Sequence[Item], destinations: Collection[str]) -> dict[str, list[tuple[int, Item]]]:
    """The items of a chunk, numbered from 0, apart by destination."""
    if len(destinations) == 1:
        return {destination: [*enumerate(items)] for destination in destinations}
    found: dict[str, list[tuple[int, Item]]] = {destination: [] for destination in destinations}
    for numbered in enumerate(items):
        found[numbered[1].request.destination].append(numbered)
    return found


def _changes(share: Share, items: Sequence[Item]) -> Changes:
    """What settling items changes in the file. They have no place there any more from now on."""
    changes = Changes()
    for item in items:
        chunk, at, changes.sizes[chunk] = share.places.pop(item.id)
        changes.settled[chunk] = changes.settled.get(chunk, 0) | 1 << at
        changes.pending[item.target] += 1
        if item.id in share.tried:
            share.tried.remove(item.id)
            changes.tried.append(item.id)
    return changes
