"""A queue that lives as long as the process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush

from mapper.delivery.lanes import Lanes
from mapper.delivery.queue import Arrival, Counts, Dead, Item, Lease, LostLeaseError, QueueClosedError, TargetKey


class MemoryQueue:
    """The :class:`~mapper.delivery.queue.Queue` of a plain run.

    Every operation costs O(log n) an item at most. An item is on one of the heaps exactly while it can be leased or
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
        self._ready: defaultdict[tuple[TargetKey, bool], list[tuple[float, int]]] = defaultdict(list)
        self._later: defaultdict[TargetKey, list[tuple[float, int]]] = defaultdict(list)
        self._waiting: defaultdict[TargetKey, int] = defaultdict(int)
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
        for item in items:
            self._add(item)
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
        mine: set[int] = set()
        for item in items:
            if item.id <= last:
                raise ValueError(f"item {item.id} comes after item {last}")
            if item.after is not None and item.after not in mine and item.after not in self._items:
                raise ValueError(f"item {item.id} is to wait for item {item.after}, which does not wait here before it")
            last = item.id
            mine.add(last)

    def _add(self, item: Item) -> None:
        self._last_id = item.id
        self._items[item.id] = item
        self._bytes += len(item.request.body) + len(item.call)
        target = item.target
        self._waiting[target] += 1
        is_first = item.lane is None or self._lanes.append(item.lane, item.id)
        if item.after is not None:
            self._awaited[item.id] = item.after
            self._dependents[item.after].append(item.id)
        elif is_first:
            self._push(item, target)

    # -- leasing ------------------------------------------------------------------------------------------------------

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased."""
        self._wake_due(target, now)
        if not self._ready[target, apart]:
            return None
        patient = patient and not self._closed and not self.crowded
        if patient and self._waiting[target] < limit:
            return Lease(0, ())
        self._last_token += 1
        taken = self._take(target, apart, limit, now, self._last_token)
        if patient and len(taken) < limit:
            self._return(taken)
            return Lease(0, ())
        return Lease(self._last_token, tuple(taken))

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        later = self._later[target]
        return later[0][0] if later else None

    def _wake_due(self, target: TargetKey, now: float) -> None:
        later = self._later[target]
        while later and later[0][0] <= now:
            item = self._items[heappop(later)[1]]
            heappush(self._ready[target, item.company is not None], _rank(item))

    def _take(self, target: TargetKey, apart: bool, limit: int, now: float, token: int) -> list[Item]:
        ready = self._ready[target, apart]
        followers: list[tuple[float, int]] = []
        taken: list[Item] = []
        while ready or followers:
            first = followers if not ready or (followers and followers[0] < ready[0]) else ready
            item = self._items[first[0][1]]
            limit = limit if item.company is None else min(limit, item.company)
            if len(taken) >= limit:
                break
            heappop(first)
            taken.append(item)
            self._holder[item.id] = token
            follower = None if item.lane is None else self._lanes.next(item.id)
            if follower is not None and self._may_follow(follower, target, apart, now):
                heappush(followers, _rank(self._items[follower]))
        self._waiting[target] -= len(taken)
        return taken

    def _may_follow(self, follower: int, target: TargetKey, apart: bool, now: float) -> bool:
        """Whether an item lacks nothing but that those before it in its lane are in the same lease."""
        item = self._items[follower]
        return (
            item.target == target
            and item.not_before <= now
            and (item.company is not None) == apart
            and follower not in self._holder
            and follower not in self._awaited
        )

    def _offer(self, item: Item) -> None:
        """Put an item on its heap, if time is all that it may wait for."""
        if item.id in self._holder or item.id in self._awaited:
            return
        if item.lane is not None and self._lanes.first(item.lane) != item.id:
            return
        self._push(item, item.target)

    def _push(self, item: Item, target: TargetKey) -> None:
        if item.not_before > 0:
            heappush(self._later[target], (item.not_before, item.id))
        else:
            heappush(self._ready[target, item.company is not None], _rank(item))

    # -- settling -----------------------------------------------------------------------------------------------------

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items."""
        self.check_held(lease, (item.id for item in items))
        for item in items:
            del self._holder[item.id]
            self._forget(item)
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
        for item_id in ids:
            if not self.holds(lease, item_id):
                raise LostLeaseError(f"lease {lease.token} does not hold item {item_id}")

    def holds(self, lease: Lease, item_id: int) -> bool:
        """Whether an item is here, and held by this very lease."""
        return self._holder.get(item_id) == lease.token

    def _return(self, items: Sequence[Item]) -> None:
        for item in items:
            del self._holder[item.id]
            self._waiting[item.target] += 1
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
            self._waiting[item.target] -= 1
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
                self._waiting[item.target] -= 1
            awaited = self._awaited.pop(item_id, None)
            if awaited is not None and awaited in self._dependents:
                self._dependents[awaited].remove(item_id)
            self._dependents.pop(item_id, None)
            self._forget(item)
        for heap in (*self._ready.values(), *self._later.values()):
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


def _rank(item: Item) -> tuple[float, int]:
    """Who goes first: the oldest; of those apart, who has waited longest since it was due."""
    return (0.0 if item.company is None else item.not_before), item.id
