"""Dead letters that are kept for a time, and no longer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from mapper.base.clock import Clock
from mapper.base.tasks import beside
from mapper.delivery.durable.errors import UnwrittenError
from mapper.delivery.durable.letters import Choice

if TYPE_CHECKING:
    from mapper.delivery.durable.queue import DurableQueue

_EVERY: Final = 600.0


@asynccontextmanager
async def forgetting(queue: DurableQueue, age: float | None, clock: Clock) -> AsyncIterator[None]:
    """Drop letters that are older than `age`, in seconds, first of all and from time to time; None keeps them for ever.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: the queue can't be used after all.
    """
    if age is None:
        yield
        return
    await _drop(queue, age, clock)
    async with beside(_forget(queue, age, clock)):
        yield


async def _forget(queue: DurableQueue, age: float, clock: Clock) -> None:
    with suppress(UnwrittenError):
        while True:
            await clock.sleep(_EVERY)
            await _drop(queue, age, clock)


async def _drop(queue: DurableQueue, age: float, clock: Clock) -> None:
    await queue.drop_letters(Choice(until=round((clock.wall() - age) * 1000)), "by age")
