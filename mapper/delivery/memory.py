"""A queue that lives as long as the process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from mapper.delivery.lanes import Lanes
from mapper.delivery.queue import Arrival, Counts, Dead, Item, Lease, LostLeaseError, QueueClosedError, TargetKey
from mapper.delivery.ready import Ready

_Due = tuple[float, int]
"""When an item is due, and its id."""


@dataclass(slots=True)
class _Shelf:
    """The items of one target that can be leased, or wait for nothing but time.

    Attributes:
        ready: Items that may leave together.
        apart: Those that may not: who has waited longest since it was due comes first.
        later: Those that wait, by when they are due.
        waiting: Items of the target that are not leased, whatever they wait for.
    """

    ready: Ready = field(default_factory=Ready)
    apart: list[_Due] = field(default_factory=list)
    later: list[_Due] = field(default_factory=list)
    waiting: int = 0


class MemoryQueue:
    """The :class:`~mapper.delivery.queue.Queue` of a plain run.

    Every operation costs O(log n) an item at most. An item is on its target's shelf exactly while it can be leased or
    waits for nothing but time; it gets there when the last thing it waited for ends.

    Args:
        capacity: Unfinished items beyond which `put` waits.
        max_bytes: Bytes of unfinished bodies and calls beyond which `put` waits.
    """

    def __init__(self, capacity: int = 10_000, max_bytes: int = 64_000_000) -> None:
        self._capacity = capacity
        self._max_bytes = max_bytes
        self._bytes = 0
        self._items: dict[int, Item] = {}
        self._holder: dict[int, int] = {}
        self._lanes = Lanes(self._items)
        self._awaited: dict[int, int] = {}
        self._dependents: defaultdict[int, list[int]] = defaultdict(list)
        self._shelves: defaultdict[TargetKey, _Shelf] = defaultdict(_Shelf)
        self._last_id = -1
        self._last_token = 0
        self._closed = False
        self._putting = 0
        self._room = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def resize(self, capacity: int, max_bytes: int) -> None:
        """Have room for more, or for less, from now on."""
        self._capacity, self._max_bytes = capacity, max_bytes

    # -- putting ------------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether nothing will be put any more."""
        return self._closed

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for room."""
        return self._putting > 0

    @property
    def suspended(self) -> bool:
        """Whether nothing may be sent for now: never, for all of it is ours."""
        return False

    @property
    def next_id(self) -> int:
        """The id that the next item may have."""
        return self._last_id + 1

    async def accept(self, arrival: Arrival) -> None:
        """Take in the items; there is no place for more."""
        if arrival.items:
            await self.put(arrival.items)

    async def put(self, items: Sequence[Item]) -> None:
        """Take in all of `items`, once there is room for one."""
        self._putting += 1
        try:
            while self.full and not self._closed:
                self._room.clear()
                self.tell()
                await self._room.wait()
        finally:
            self._putting -= 1
        if self._closed:
            raise QueueClosedError("the queue is closed")
        self._check(items)
        self.add(items)

    def add(self, items: Sequence[Item]) -> None:
        """Take in items that are known to be right, without waiting for room."""
        held, append = self._items, self._lanes.append
        target, shelf = None, None
        for item in items:
            request = item.request
            if (
                shelf is None
                or target is None
                or target.destination != request.destination
                or target.name != request.name
            ):
                target, shelf = request, self._shelves[item.target]
            held[item.id] = item
            self._bytes += len(request.body) + len(item.call)
            shelf.waiting += 1
            is_first = item.lane is None or append(item.lane, item.id)
            if item.after is not None:
                self._awaited[item.id] = item.after
                self._dependents[item.after].append(item.id)
            elif is_first:
                _put_on(shelf, item)
        if items:
            self._last_id = items[-1].id
        self.tell()

    def close(self) -> None:
        """Let nothing in any more."""
        self._closed = True
        self._room.set()
        self.tell()

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._items) >= self._capacity or self.heavy

    @property
    def heavy(self) -> bool:
        """Whether there are too many bytes."""
        return self._bytes >= self._max_bytes

    def _check(self, items: Sequence[Item]) -> None:
        last = self._last_id
        for item in items:
            if item.id <= last:
                raise ValueError(f"item {item.id} comes after item {last}")
            last = item.id
        if any(item.after is not None for item in items):
            self._check_order(items)

    def _check_order(self, items: Iterable[Item]) -> None:
        mine: set[int] = set()
        for item in items:
            if item.after is not None and item.after not in mine and item.after not in self._items:
                raise ValueError(f"item {item.id} is to wait for item {item.after}, which does not wait here before it")
            mine.add(item.id)

    # -- leasing ------------------------------------------------------------------------------------------------------

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased."""
        shelf = self._shelves[target]
        self._wake_due(shelf, now)
        if not (shelf.apart if apart else shelf.ready):
            return None
        patient = patient and not self._closed and not self.crowded
        if patient and shelf.waiting < limit:
            return Lease(0, ())
        self._last_token += 1
        taken = self._take_apart(shelf, limit, now) if apart else self._take(shelf, limit, now)
        shelf.waiting -= len(taken)
        if patient and len(taken) < limit:
            self._return(taken)
            return Lease(0, ())
        return Lease(self._last_token, tuple(taken))

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        later = self._shelves[target].later
        return later[0][0] if later else None

    def _wake_due(self, shelf: _Shelf, now: float) -> None:
        while shelf.later and shelf.later[0][0] <= now:
            _make_ready(shelf, self._items[heappop(shelf.later)[1]])

    def _take(self, shelf: _Shelf, limit: int, now: float) -> list[Item]:
        """Hold the oldest items; one that waits for others of its lane follows them in the same lease."""
        ready, items, holder, token = shelf.ready, self._items, self._holder, self._last_token
        followers: list[int] = []
        taken: list[Item] = []
        while len(taken) < limit and (ready or followers):
            is_follower = followers and (not ready or followers[0] < ready.lowest())
            item_id = heappop(followers) if is_follower else ready.pop()
            item = items[item_id]
            taken.append(item)
            holder[item_id] = token
            follower = self._follower(item, now)
            if follower is not None and follower.company is None:
                heappush(followers, follower.id)
        return taken

    def _take_apart(self, shelf: _Shelf, limit: int, now: float) -> list[Item]:
        """The same of items that leave apart, no more of them together than each allows."""
        followers: list[_Due] = []
        taken: list[Item] = []
        while shelf.apart or followers:
            first = followers if not shelf.apart or (followers and followers[0] < shelf.apart[0]) else shelf.apart
            item = self._items[first[0][1]]
            limit = limit if item.company is None else min(limit, item.company)
            if len(taken) >= limit:
                break
            heappop(first)
            taken.append(item)
            self._holder[item.id] = self._last_token
            follower = self._follower(item, now)
            if follower is not None and follower.company is not None:
                heappush(followers, (follower.not_before, follower.id))
        return taken

    def _follower(self, item: Item, now: float) -> Item | None:
        """The next of an item's lane, where it lacks nothing but that those before it are in the same lease."""
        following = None if item.lane is None else self._lanes.next(item.id)
        if following is None or following in self._holder or following in self._awaited:
            return None
        follower = self._items[following]
        return follower if follower.target == item.target and follower.not_before <= now else None

    def _offer(self, item: Item) -> None:
        """Put an item on its shelf, if time is all that it may wait for."""
        if item.id in self._holder or item.id in self._awaited:
            return
        if item.lane is not None and self._lanes.first(item.lane) != item.id:
            return
        _put_on(self._shelves[item.target], item)

    # -- settling -----------------------------------------------------------------------------------------------------

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items."""
        self.check_held(lease, (item.id for item in items))
        for item in items:
            del self._holder[item.id]
            self._forget(item)
            if self._dependents:
                for dependent in self._dependents.pop(item.id, ()):
                    del self._awaited[dependent]
                    self._offer(self._items[dependent])
        self.tell()

    async def give_back(self, lease: Lease, items: Sequence[Item]) -> None:
        """Let items wait again, as they are given."""
        self.check_held(lease, (item.id for item in items))
        for item in items:
            self._items[item.id] = item
        self._return(items)
        self.tell()

    async def kill(self, lease: Lease, deaths: Sequence[Dead]) -> Sequence[Item]:
        """Forget items that can't be delivered; give those that waited for them, forgotten too."""
        self.check_held(lease, (death.item.id for death in deaths))
        skipped: list[Item] = []
        for death in deaths:
            del self._holder[death.item.id]
            self._forget(death.item)
            self._skip_dependents(death.item.id, skipped)
        self.tell()
        return skipped

    def check_held(self, lease: Lease, ids: Iterable[int]) -> None:
        """Raises :class:`LostLeaseError` where a lease does not hold one of these items."""
        holder, token = self._holder, lease.token
        for item_id in ids:
            if holder.get(item_id) != token:
                raise LostLeaseError(f"lease {lease.token} does not hold item {item_id}")

    def holds(self, lease: Lease, item_id: int) -> bool:
        """Whether an item is here, and held by this very lease."""
        return self._holder.get(item_id) == lease.token

    def _return(self, items: Sequence[Item]) -> None:
        for item in items:
            del self._holder[item.id]
            self._shelves[item.target].waiting += 1
        for item in items:
            self._offer(item)

    def _forget(self, item: Item) -> None:
        del self._items[item.id]
        self._bytes -= len(item.request.body) + len(item.call)
        if item.lane is not None:
            head = self._lanes.remove(item.lane, item.id)
            if head is not None:
                self._offer(self._items[head])

    def _skip_dependents(self, dead: int, skipped: list[Item]) -> None:
        for dependent in self._dependents.pop(dead, ()):
            item = self._items[dependent]
            del self._awaited[dependent]
            self._shelves[item.target].waiting -= 1
            self._forget(item)
            skipped.append(item)
            self._skip_dependents(dependent, skipped)

    def dependents(self, ids: Iterable[int]) -> list[Item]:
        """Those that wait for one of these items, and those that wait for them in turn."""
        found: list[Item] = []
        for item_id in ids:
            waiting = self._dependents.get(item_id, ())
            for dependent in waiting:
                found += [self._items[dependent], *self.dependents([dependent])]
        return found

    def is_leased(self, item_id: int) -> bool:
        """Whether an item is here and leased."""
        return item_id in self._holder

    def forget(self, ids: Iterable[int]) -> None:
        """Items are not for this process to send any more, leased or not; with them go all that wait for them."""
        gone = sorted({item_id for item_id in ids if item_id in self._items}, reverse=True)
        for item_id in gone:  # the last first, so that none becomes the first of its lane only to go
            item = self._items[item_id]
            if self._holder.pop(item_id, None) is None:
                self._shelves[item.target].waiting -= 1
            awaited = self._awaited.pop(item_id, None)
            if awaited is not None and awaited in self._dependents:
                self._dependents[awaited].remove(item_id)
            self._dependents.pop(item_id, None)
            self._forget(item)
        for shelf in self._shelves.values():
            shelf.ready.keep(self._items)
            for heap in (shelf.apart, shelf.later):
                heap[:] = [entry for entry in heap if entry[1] in self._items]
                heapify(heap)
        self.tell()

    # -- watching -----------------------------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """How much is unfinished."""
        return Counts(len(self._items) - len(self._holder), len(self._holder))

    def oldest(self) -> Item | None:
        """The unfinished item with the lowest id."""
        return self._items[min(self._items)] if self._items else None

    def subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Have `on_change` called whenever something may have become leasable; gives what ends it."""
        self._listeners.append(on_change)
        return lambda: self._listeners.remove(on_change)

    def tell(self) -> None:
        """Something may have become leasable."""
        if not self.full:
            self._room.set()
        for listener in self._listeners:
            listener()


def _put_on(shelf: _Shelf, item: Item) -> None:
    if item.not_before > 0:
        heappush(shelf.later, (item.not_before, item.id))
    else:
        _make_ready(shelf, item)


def _make_ready(shelf: _Shelf, item: Item) -> None:
    if item.company is None:
        shelf.ready.push(item.id)
    else:
        heappush(shelf.apart, (item.not_before, item.id))
