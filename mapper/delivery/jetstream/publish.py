"""Puts into a cluster what steps of reading bring."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from types import MappingProxyType

import msgspec

from mapper.base.clock import Clock
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.guard import Guard
from mapper.delivery.jetstream.letters import drop_letter
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.parcel import Addressed, divide, key_of
from mapper.delivery.jetstream.view import ClusterView, look
from mapper.delivery.queue import Arrival, Item, Position, QueueClosedError


class Publisher:
    """Of one process.

    An arrival becomes one parcel for each partition it has requests for. These are stored one by one: where this is
    cut short, some are there and some are not, and who puts the arrival once more adds only what is missing, for a
    parcel is known by what is in it. Letters that are put once more are letters until all that they become is stored.

    Args:
        link: To the cluster.
        names: Of the queue's parts.
        partitions: How many there are.
        clock: Time.
        source_of: Whose call an item is of; a message is met once within it.
        letters: Kind and cause of dead letters that are put once more, by number.
        guard: Sees to it that nothing goes into a stream that the books are not of.
    """

    def __init__(
        self,
        link: Link,
        names: Names,
        partitions: int,
        clock: Clock,
        *,
        source_of: Callable[[Item], str] = lambda _: "",
        letters: Mapping[int, tuple[str, str]] = MappingProxyType({}),
        guard: Guard | None = None,
    ) -> None:
        self._link = link
        self._names = names
        self._partitions = partitions
        self._clock = clock
        self._source_of = source_of
        self._letters = letters
        self._guard = guard
        self._state = Bucket(link, names.state)
        self._host = socket.gethostname()
        self._process = token_hex(8)
        self._arrivals = 0
        self._last_id = 0
        self.closed = False

    @property
    def next_id(self) -> int:
        """The id that the next item may have."""
        return self._last_id + 1

    async def position(self, path: str) -> Position | None:
        """How far a file of this machine has been read."""
        entry = await self._state.get(self._file(path))
        return msgspec.msgpack.decode(entry.value, type=Position) if entry.value else None

    async def look(self) -> ClusterView:
        """How all of the queue stands."""
        return await look(self._link, self._names, self._partitions)

    async def accept(self, arrival: Arrival) -> None:
        """Store what one step of reading brings; it is in the cluster when this returns.

        Raises:
            QueueClosedError: nothing is taken any more.
            mapper.delivery.jetstream.errors.UnsentError: nobody waits for the cluster any more.
            mapper.delivery.jetstream.origin.OriginError: the stream is another one by now.
        """
        if self.closed:
            raise QueueClosedError("the queue is closed")
        self._check(arrival.items)
        await self._confirm()
        parcels = divide(
            arrival,
            partitions=self._partitions,
            at=round(self._clock.wall() * 1000),
            now=self._clock.now(),
            most_bytes=self._link.max_payload,
            source_of=self._source_of,
            replayed=[(number, *self._letters[number]) for number in arrival.replayed],
        )
        seed = self._seed(arrival)
        by_partition: dict[int, list[Addressed]] = {}
        last = [each for each in parcels if each.parcel.replayed]
        for parcel in parcels:
            if not parcel.parcel.replayed:
                by_partition.setdefault(parcel.partition, []).append(parcel)
        await asyncio.gather(*(self._store(each, seed) for each in by_partition.values()))
        await self._store(last, f"{seed}\0last")
        await self._confirm()  # before letters are forgotten, and whoever brought this is told that it is there
        for number in arrival.replayed:
            await drop_letter(self._link, self._names, number)
        for position in arrival.positions:
            await self._state.put(self._file(position.path), msgspec.msgpack.encode(position))

    def _check(self, items: Sequence[Item]) -> None:
        last, mine = self._last_id, set[int]()
        for item in items:
            if item.id <= last:
                raise ValueError(f"item {item.id} comes after item {last}")
            if item.after is not None and item.after not in mine:
                raise ValueError(f"item {item.id} is to wait for item {item.after}, which does not wait here before it")
            last = item.id
            mine.add(last)
        self._last_id = last

    def _seed(self, arrival: Arrival) -> str:
        """What an arrival that is put once more has in common with the first time, and no other arrival has."""
        self._arrivals += 1
        if not arrival.positions:
            return f"{self._process}\0{self._arrivals}"
        places = [f"{each.path}\0{each.inode}\0{each.line}\0{each.part}" for each in arrival.positions]
        return "\0".join([self._host, *places])

    async def _store(self, parcels: Sequence[Addressed], seed: str) -> None:
        """One after another, so that none is stored before one that goes before it."""
        for number, parcel in enumerate(parcels):
            subject = self._names.parcels(parcel.partition, parcel.count)
            before = self._guard.reached if self._guard else 0
            stored = await self._link.publish(subject, parcel.payload, message=parcel.id(f"{seed}\0{number}"))
            if self._guard:
                self._guard.acknowledged(stored, before)

    async def _confirm(self) -> None:
        if self._guard:
            await self._guard.confirm()

    def _file(self, path: str) -> str:
        return f"file.{key_of(self._host, path)}"
