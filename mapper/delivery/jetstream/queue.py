"""The :class:`~mapper.delivery.queue.Queue` of many machines."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, Final

from mapper.base.clock import Clock
from mapper.base.json import decode, encode
from mapper.base.tasks import end
from mapper.delivery.jetstream.book import Entry, Owed, owed_of
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.desk import Desk
from mapper.delivery.jetstream.holding import Holding
from mapper.delivery.jetstream.leases import BEAT, Leases
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.jetstream.view import look
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import (
    Arrival,
    Counts,
    Dead,
    Item,
    Lease,
    MovedError,
    TargetKey,
    waited_in_vain,
)

WINDOW: Final = 20_000
"""Items kept in memory; the rest lies in the stream until there is room."""
_WIDEST: Final = 5
"""How many times as many there may be while nothing of what is in memory can be sent."""
_SOON: Final = 0.3
"""Seconds between looks at partitions that are on their way."""
_MOST_LETTERS: Final = 200
"""Letters that are owed at a time: a book must fit into one message."""


class JetStreamQueue:
    """Takes partitions as they are free, and keeps in memory what is soon to be sent of them.

    What is settled is in the partition's book before it is forgotten here. Enter it to take part, and leave it to hand
    over what it holds.

    Args:
        link: To the cluster.
        names: Of the queue's parts.
        partitions: How many there are.
        publisher: Puts things.
        clock: Time.
        window: Items kept in memory.
        on_share: Told what part of all partitions is held here, whenever that changes.
    """

    def __init__(
        self,
        link: Link,
        names: Names,
        partitions: int,
        publisher: Publisher,
        clock: Clock,
        *,
        window: int = WINDOW,
        on_share: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._link = link
        self._clock = clock
        self._window = window
        self._publisher = publisher
        self._on_share = on_share
        self._memory = MemoryQueue(capacity=window * _WIDEST)
        self._next_id = 1
        self._wide = False
        self._holdings: dict[int, Holding] = {}
        self._lost: list[Holding] = []
        self._starting: dict[int, asyncio.Task[None]] = {}
        self._about: dict[str, Any] = {}
        self._said: Sequence[int] = []
        self._keeping: asyncio.Task[None] | None = None
        self._crash: BaseException | None = None
        self.worker = token_hex(6)
        self._leases = Leases(Bucket(link, names.leases), partitions, self.worker, clock)
        self._desk = Desk(
            link=link,
            names=names,
            state=Bucket(link, names.state),
            worker=self.worker,
            clock=clock,
            memory=self._memory,
            owners={},
            next_id=self._take_ids,
            has_room=self._has_room,
        )

    # -- taking part --------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> JetStreamQueue:
        """Join the workers."""
        await self._leases.renew(self._words())
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hand over what is held, and leave."""
        await end(self._keeping, *self._starting.values())
        await asyncio.gather(*(each.close(lost=False) for each in self._holdings.values()), return_exceptions=True)
        await asyncio.gather(*(each.close(lost=True) for each in self._lost), return_exceptions=True)
        await self._leases.leave()

    def hasten(self) -> None:
        """Wait for no server from now on."""
        self._link.hasten()

    @property
    def worker_count(self) -> int:
        """How many workers there are, this one included."""
        return len(self._leases.workers)

    @property
    def partition_count(self) -> int:
        """How many partitions there are."""
        return self._leases.partitions

    @property
    def is_settled(self) -> bool:
        """Whether this worker holds as many partitions as is its due, and none is on its way."""
        closing = any(each.closing for each in self._holdings.values())
        return not (closing or self._lost or self._starting or len(self._holdings) < self._leases.quota)

    async def is_empty(self) -> bool:
        """Whether nothing waits, here or anywhere."""
        found = await look(self._link, self._desk.names, self._leases.partitions)
        return not found.view.pending

    @property
    def partitions(self) -> Sequence[int]:
        """Those that are held here."""
        return sorted(self._holdings)

    async def _keep(self) -> None:
        """Renew what is held, and see to it that everybody holds as many partitions as is their due."""
        try:
            due = self._clock.now()
            while True:
                if self._clock.now() >= due or self._said != self.partitions:
                    due = self._clock.now() + BEAT
                    was_suspended = self.suspended
                    for number in await self._leases.renew(self._words()):
                        self._lose(number)
                    if was_suspended:
                        self._memory.tell()
                await self._balance()
                await asyncio.sleep(min(max(due - self._clock.now(), 0.0), BEAT) if self.is_settled else _SOON)
        except Exception as error:
            self._crash = error
            self._memory.tell()

    async def _balance(self) -> None:
        for holding in [each for each in self._lost if not each.leased]:
            self._lost.remove(holding)
            await holding.close(lost=True)
        staying = [number for number, each in self._holdings.items() if not each.closing]
        for number in staying[self._leases.quota :]:
            await self._holdings[number].stop_reading()
        for number, holding in list(self._holdings.items()):
            if holding.crash is not None:
                raise holding.crash
            if holding.closing and not holding.leased:
                await holding.close(lost=False)
                del self._holdings[number]
                await self._leases.release(number)
                self._share()
        wanted = self._leases.quota - len(staying) - len(self._starting)
        if wanted > 0:
            await self._take_some(wanted)

    async def _take_some(self, wanted: int) -> None:
        numbers = [each for each in range(self._leases.partitions) if each not in self._leases.held]
        random.shuffle(numbers)  # so that workers that look at the same time look elsewhere
        for number in numbers:
            if wanted <= 0:
                return
            if await self._leases.take(number):
                wanted -= 1
                self._starting[number] = asyncio.create_task(self._start(number))

    async def _start(self, number: int) -> None:
        holding = Holding(self._desk, number, self._leases.held[number], lambda: self._lose(number))
        try:
            await holding.start()
            if number in self._leases.held:
                self._holdings[number] = holding
            else:
                self._lost.append(holding)
        except (MovedError, asyncio.CancelledError):
            await holding.close(lost=True)
        except BaseException as error:
            self._crash = error
        finally:
            self._starting.pop(number, None)
            self._share()
            self._memory.tell()

    def _lose(self, number: int) -> None:
        """Another worker has a partition: nothing of it is sent here any more."""
        self._leases.held.pop(number, None)
        holding = self._holdings.pop(number, None)
        if holding is not None:
            self._lost.append(holding)
            holding.lose()
            self._share()

    def _share(self) -> None:
        self._on_share(len(self._holdings) / self._leases.partitions)

    def _words(self) -> bytes:
        self._said = self.partitions
        return encode({"host": socket.gethostname(), "process": os.getpid(), "partitions": self._said, **self._about})

    async def tell(self, key: str, value: str) -> None:
        """Leave word for whoever looks at the cluster, with the next renewal; `value` is JSON."""
        self._about[key] = {"at": round(self._clock.wall() * 1000), "value": decode(value.encode())}

    # -- putting ------------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether nothing will be put any more."""
        return self._publisher.closed

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for room: whoever does waits for the cluster."""
        return False

    @property
    def suspended(self) -> bool:
        """Whether nothing may be sent for now: what was leased may be another worker's by now."""
        return not self._leases.fresh or any(each.leased for each in self._lost)

    @property
    def next_id(self) -> int:
        """The id that the next item may have."""
        return self._publisher.next_id

    async def accept(self, arrival: Arrival) -> None:
        """Store what one step of reading brings."""
        await self._publisher.accept(arrival)

    async def put(self, items: Sequence[Item]) -> None:
        """Store items; they come back to whoever holds their partitions."""
        await self._publisher.accept(Arrival(items=items, read=len(items)))

    def close(self) -> None:
        """Let nothing in any more."""
        self._publisher.closed = True
        self._memory.close()

    # -- leasing ------------------------------------------------------------------------------------------------------

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased."""
        if self._crash is not None:
            raise self._crash
        if self.suspended:
            return None
        lease = await self._memory.lease(target, limit, now, patient=patient, apart=apart)
        if not apart:
            self._wide = lease is None
        return lease

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        return await self._memory.next_due(target)

    def _has_room(self) -> bool:
        most = self._window * (_WIDEST if self._wide else 1)
        return self._memory.counts().pending < most and not self._memory.heavy

    def _take_ids(self, count: int) -> int:
        first = self._next_id
        self._next_id += count
        return first

    # -- settling -----------------------------------------------------------------------------------------------------

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items, once that is written.

        Raises:
            MovedError: some were in another worker's hands by now, and are not counted here.
        """
        self._memory.check_held(lease, (item.id for item in items))
        ours = self._ours(items)
        await self._settle(ours, lambda items: Counter({("delivered", ""): len(items)}), {})
        ours = [item for item in ours if self._memory.is_leased(item.id)]
        await self._memory.deliver(lease, ours)
        _require_all(items, ours)

    async def give_back(self, lease: Lease, items: Sequence[Item]) -> None:
        """Let items wait again, as they are given; those of a partition that is to go wait for its next holder.

        Raises:
            MovedError: the lease does not hold some any more; the others wait again.
        """
        held = [item for item in items if self._memory.holds(lease, item.id)]
        ours = self._ours(held)
        for holding, some in self._desk.by_holding(ours).items():
            tried = [item for item in some if item.first_attempt_at is not None]
            if tried:
                await holding.note_tried(tried)
        for holding, some in self._desk.by_holding(ours).items():
            if holding.closing:
                holding.forget([item.id for item in some])
        await self._memory.give_back(lease, [item for item in ours if self._memory.is_leased(item.id)])
        _require_all(items, held)

    async def kill(self, lease: Lease, deaths: Sequence[Dead]) -> Sequence[Item]:
        """Forget items that can't be delivered; give those that waited for them, forgotten too.

        Raises:
            MovedError: as for :meth:`deliver`.
        """
        dead = [death.item for death in deaths]
        self._memory.check_held(lease, (item.id for item in dead))
        ours = {item.id for item in self._ours(dead)}
        mine = [death for death in deaths if death.item.id in ours]
        skipped: list[Item] = []
        for first in range(0, len(mine), _MOST_LETTERS):
            skipped += await self._kill(lease, mine[first : first + _MOST_LETTERS])
        _require_all(dead, [death.item for death in mine])
        return skipped

    async def _kill(self, lease: Lease, deaths: Sequence[Dead]) -> Sequence[Item]:
        owed = {each.item.id: owed_of(each) for each in deaths}
        dead = [each.item for each in deaths]
        skipped = self._memory.dependents([item.id for item in dead])

        def ledger(items: Sequence[Item]) -> Counter[Entry]:
            return Counter(
                (owed[item.id].kind, owed[item.id].because) if item.id in owed else ("skipped", waited_in_vain(item))
                for item in items
            )

        await self._settle([*dead, *skipped], ledger, owed)
        return await self._memory.kill(lease, [each for each in deaths if self._memory.is_leased(each.item.id)])

    async def _settle(
        self, items: Sequence[Item], ledger: Callable[[Sequence[Item]], Counter[Entry]], owed: dict[int, Owed]
    ) -> None:
        """Each partition's part is written to its own book; where one is lost the others are written all the same."""
        groups = self._desk.by_holding(items)
        results = await asyncio.gather(
            *(holding.settle(some, ledger(some), owed) for holding, some in groups.items()), return_exceptions=True
        )
        for (_, some), result in zip(groups.items(), results, strict=True):
            if isinstance(result, MovedError):
                self._memory.forget([item.id for item in some])
            elif isinstance(result, BaseException):
                raise result

    def _ours(self, items: Sequence[Item]) -> list[Item]:
        """Those of partitions that are held here; the others are forgotten."""
        owners, lost = self._desk.owners, {None, *self._lost}
        gone = {item.id: owner for item in items if (owner := owners.get(item.id)) in lost}
        for item_id, holding in gone.items():
            if holding is not None:
                holding.forget([item_id])
        self._memory.forget(gone)
        return [item for item in items if item.id not in gone]

    # -- watching -----------------------------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """How much of what is in memory is unfinished."""
        return self._memory.counts()

    def oldest(self) -> Item | None:
        """The unfinished item with the lowest id, of those in memory."""
        return self._memory.oldest()

    def subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Have `on_change` called whenever something may have become leasable."""
        return self._memory.subscribe(on_change)


def _require_all(items: Sequence[Item], ours: Sequence[Item]) -> None:
    if len(ours) < len(items):
        raise MovedError(f"{len(items) - len(ours)} of {len(items)} items are another worker's by now")
