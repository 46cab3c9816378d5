"""Queues in a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from mapper.base.clock import Clock
from mapper.delivery.jetstream.address import Address, parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.layout import Wishes, make, partitions_of
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.jetstream.queue import JetStreamQueue
from mapper.delivery.queue import Item
from tests.delivery.kit import WALL

_numbers = count(1)


class StillClock:
    """Time stands still; sleeping takes as long as it does."""

    def now(self) -> float:
        return 0.0

    def wall(self) -> float:
        return WALL

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def random(self) -> float:
        return 0.5


def fresh(url: str) -> Address:
    """A queue that nobody has used."""
    return parse(f"{url}/t{next(_numbers)}")


async def queue_of(
    stack: AsyncExitStack, address: Address, clock: Clock, *, partitions: int = 1, **more: Any
) -> JetStreamQueue:
    """A queue that takes part, and has all partitions that it is to have."""
    link = await stack.enter_async_context(connected(address))
    names = Names(address.name)
    await make(link, names, Wishes(partitions=partitions, replicas=1))
    number = await partitions_of(link, names)
    publisher = Publisher(link, names, number, clock)
    return await stack.enter_async_context(JetStreamQueue(link, names, number, publisher, clock, **more))


class Promptly:
    """A queue that has at once what is put into it: as the contract has it, which knows of one process alone."""

    def __init__(self, queue: JetStreamQueue) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def put(self, items: Sequence[Item]) -> None:
        before = self._queue.counts().pending
        await self._queue.put(items)
        while self._queue.counts().pending < before + len(items):
            await asyncio.sleep(0.001)
