"""What waits for one destination: as much of it in memory as is soon to be sent, the rest in the file.

Each destination has a share of its own, so that one that takes nothing fills no memory but its own, however much waits
for it. Neither lanes nor what items wait for go from one destination to another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from mapper.delivery.durable.store import Stored, Tried
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Item, Lease, TargetKey

_WIDEST: Final = 5
"""How many times as many items as usual are in memory while nothing of what is there can be sent."""
_STEPS: Final = 5
"""How often the file is read for one lease: what stands in between may all be of others."""

Read = Callable[[str, int], Awaitable[Sequence[Stored]]]
"""What waits for a destination in the next chunks in the file, from an id on; none at its end."""


class Share:
    """Of one destination.

    Args:
        destination: Its id.
        begin: The first chunk that may hold something of it.
        in_file: How many of its items lie in the file alone.
        read: Reads the file.
        opened: When this process took up what the one before left: of its clock in seconds, and of the wall clock in
            milliseconds since the epoch, UTC.

    Attributes:
        memory: The items that are in memory.
        in_file: How many are not.
        places: By item in memory, its chunk, where in it, and how many items that has.
        tried: Items in memory of whose attempts the file knows.
    """

    def __init__(self, destination: str, begin: int, in_file: int, read: Read, opened: tuple[float, int]) -> None:
        self.memory = MemoryQueue()
        self.in_file = in_file
        self.places: dict[int, tuple[int, int, int]] = {}
        self.tried: set[int] = set()
        self._destination = destination
        self._next = begin
        self._read = read
        self._opened = opened
        self._window = 0
        self._reading = asyncio.Lock()
        self._closed = False

    def resize(self, window: int, max_bytes: int) -> None:
        """Keep at most so many items, of so many bytes, in memory."""
        self._window = window
        self.memory.resize(window, max_bytes)

    def close(self) -> None:
        """Nothing more comes in."""
        self._closed = True
        if self.in_file:
            self.memory.tell()  # who waits for more to come waits in vain
        else:
            self.memory.close()

    # -- what comes in ------------------------------------------------------------------------------------------------

    def take(self, mine: Sequence[tuple[int, Item]], chunk: int, last: int, size: int) -> None:
        """What comes in is in the file by now; it is taken to memory if there is room.

        Args:
            mine: Items of the chunk for this destination, and where in it they are; perhaps none.
            chunk: Id of the chunk.
            last: Of its last item.
            size: How many items it has.
        """
        if self.in_file or self.memory.full or self._reading.locked():
            self.in_file += len(mine)
            if mine:
                self.memory.tell()
        else:
            self.places.update((item.id, (chunk, at, size)) for at, item in mine)
            self.memory.add([item for _, item in mine])
            self._next = last + 1

    # -- what is in the file ------------------------------------------------------------------------------------------

    async def lease(self, target: TargetKey, limit: int, now: float, *, patient: bool, apart: bool) -> Lease | None:
        """As :meth:`mapper.delivery.queue.Queue.lease`."""
        window = max(self._window, 4 * limit)
        await self._read_on(window)
        lease = await self.memory.lease(target, limit, now, patient=patient, apart=apart)
        if lease is None and self.in_file and not apart:  # those that are to leave apart were in memory before
            await self._read_on(window * _WIDEST)
            lease = await self.memory.lease(target, limit, now, patient=patient)
        return lease

    async def _read_on(self, most: int) -> None:
        """Take from the file what there is room for in memory, or begin to: who asks again goes on."""
        if not self.in_file:
            return
        async with self._reading:
            for _ in range(_STEPS):
                if not self.in_file or self.memory.counts().pending >= most or self.memory.heavy:
                    break
                for stored in await self._read(self._destination, self._next):
                    self._take_back(stored)
            if self._closed and not self.in_file:
                self.memory.close()

    def _take_back(self, stored: Stored) -> None:
        waiting: list[Item] = []
        for at, item in stored.waiting:
            waiting.append(self._resumed(item, stored.tried.get(item.id)))
            self.places[item.id] = stored.id, at, stored.size
        self._next = stored.id + 1
        self.in_file -= len(waiting)
        self.memory.add(waiting)  # also where there are none: whoever asked is told to ask again

    def _resumed(self, item: Item, tried: Tried | None) -> Item:
        """As it was. What it waited for may be delivered, its times are told in those of this process, and while no
        process ran no time passed: neither a long pause nor a clock that was set wears out its attempts."""
        if item.after not in self.places:
            item = msgspec.structs.replace(item, after=None)
        if tried is None:
            return item
        self.tried.add(item.id)
        now, wall = self._opened
        ago = max(tried.due - tried.wait - tried.first, 0)
        wait = min(max(tried.due - wall, 0), tried.wait)
        return msgspec.structs.replace(
            item, attempts=tried.attempts, first_attempt_at=now - ago / 1000, not_before=now + wait / 1000
        )
