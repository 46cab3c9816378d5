"""What a run leaves in its queue for those who look at it: how the destinations bear up, and what went wrong last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol

from mapper.base.clock import Clock
from mapper.base.json import decode, encode
from mapper.base.tasks import beside
from mapper.delivery.door import Door
from mapper.delivery.durable.errors import UnwrittenError
from mapper.delivery.queue import Dead, Delivered, Settlement
from mapper.delivery.report import Trouble

_EVERY: Final = 0.5


class Told(Protocol):
    """A queue in which word can be left."""

    async def tell(self, key: str, value: str) -> None:
        """Leave word under a key; `value` is JSON."""
        ...


class Live:
    """Of one run.

    Args:
        queue: Where the word is left: ``requests``, and ``last_error`` where there was one.
        clock: Time.
    """

    def __init__(self, queue: Told, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._doors: Sequence[Door] = ()
        self._error: dict[str, Any] | None = None
        self._said: dict[str, bytes] = {}

    def watch(self, doors: Sequence[Door]) -> None:
        """From now on, these are spoken of."""
        self._doors = doors

    def recall(self, word: str | None) -> None:
        """Go on from the last error of whoever had the queue before: what is delivered now says that it has passed."""
        if word is not None:
            self._said["last_error"] = word.encode()
            self._error = decode(word.encode())

    def note(self, trouble: Trouble) -> None:
        """A request failed."""
        self._note(f"{trouble.destination}/{trouble.name}", trouble.ruling, trouble.because, trouble.status)

    def settled(self, settlement: Settlement) -> None:
        """A request came to its end: one that was refused is an error, one that was delivered says that all is well."""
        request = "/".join(settlement.item.target) if self._error or isinstance(settlement, Dead) else ""
        if isinstance(settlement, Dead):
            self._note(request, settlement.reason, settlement.because, settlement.status)
        elif isinstance(settlement, Delivered) and self._error and self._error["request"] == request:
            since = self._error["delivered_since"] or self._milliseconds(self._clock.now())
            self._error = {**self._error, "delivered_since": since}

    def _note(self, request: str, ruling: str, because: str, status: int | None) -> None:
        self._error = {
            "request": request,
            "ruling": ruling,
            "because": because,
            "status": status,
            "at": self._milliseconds(self._clock.now()),
            "delivered_since": None,
        }

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        """Leave word of each change, twice a second at most, and once at the end if the disk takes it."""
        async with beside(self._keep_telling()):
            yield
        with suppress(UnwrittenError):
            await self._tell()

    async def _keep_telling(self) -> None:
        with suppress(UnwrittenError):
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
            "in_flight": door.flights,
            "not_before": self._milliseconds(door.not_before) if door.not_before > now else None,
        }

    def _milliseconds(self, moment: float) -> int:
        """Of the wall clock, since the epoch, UTC."""
        return round((self._clock.wall() + moment - self._clock.now()) * 1000)
