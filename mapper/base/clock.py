"""Time and chance, handed in rather than asked for."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Protocol


class Clock(Protocol):
    """What delivery may know of time."""

    def now(self) -> float:
        """Seconds that only grow; their zero means nothing."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, UTC, for what people and HTTP dates see."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def random(self) -> float:
        """A number in [0, 1): the jitter of back-off."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock and a random generator of its own."""

    _chance: random.Random = field(default_factory=random.Random)

    def now(self) -> float:
        """Seconds of the monotonic clock."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running event loop."""
        await asyncio.sleep(seconds)

    def random(self) -> float:
        """A number in [0, 1)."""
        return self._chance.random()
