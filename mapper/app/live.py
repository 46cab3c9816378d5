"""What a run leaves in its queue for those who look at it: how the destinations bear up, and what went wrong last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from mapper.base.clock import Clock
from mapper.base.json import encode
from mapper.delivery.door import Door
from mapper.delivery.durable.errors import UnwrittenError
from mapper.delivery.report import Trouble

if TYPE_CHECKING:
    from mapper.delivery.durable.queue import DurableQueue

_EVERY: Final = 0.5


class Live:
    """Of one run.

    Args:
        queue: Where the word is left: ``requests``, and ``last_error`` where there was one.
        clock: Time.
    """

    def __init__(self, queue: DurableQueue, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._doors: Sequence[Door] = ()
        self._error: dict[str, Any] | None = None
        self._said: dict[str, bytes] = {}

    def watch(self, doors: Sequence[Door]) -> None:
        """From now on, these are spoken of."""
        self._doors = doors

    def note(self, trouble: Trouble) -> None:
        """A request failed."""
        self._error = {
            "request": f"{trouble.destination}/{trouble.name}",
            "ruling": trouble.ruling,
            "because": trouble.because,
            "status": trouble.status,
            "at": self._milliseconds(self._clock.now()),
        }

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Leave word of each change, twice a second at most, and once at the end if the disk takes it."""
        task = asyncio.create_task(self._keep_telling())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        with suppress(UnwrittenError):
            await self._tell()

    async def _keep_telling(self) -> None:
        while True:
            await self._tell()
            await self._clock.sleep(_EVERY)

    async def _tell(self) -> None:
        for key, value in (("requests", self._requests()), ("last_error", self._error)):
            if value and self._said.get(key) != (text := encode(value)):
                self._said[key] = text
                await self._queue.tell(key, text.decode())

    def _requests(self) -> dict[str, Any]:
        now = self._clock.now()
        return {"/".join(door.key): self._standing(door, now) for door in self._doors}

    def _standing(self, door: Door, now: float) -> dict[str, Any]:
        return {
            "breaker": door.state(now),
            "concurrency": door.concurrency,
            "in_flight": door.in_flight + door.apart,
            "not_before": self._milliseconds(door.not_before) if door.not_before > now else None,
        }

    def _milliseconds(self, moment: float) -> int:
        """Of the wall clock, since the epoch, UTC."""
        return round((self._clock.wall() + moment - self._clock.now()) * 1000)
