"""Room on the disk, some of which is kept for settling what is in the queue: that is what makes room."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from mapper.base.clock import Clock
from mapper.delivery.durable.disk import nearly_full

_PAUSE: Final = 1.0
"""Seconds until one looks again."""


class Room:
    """Lets in what comes, one after the other, as long as there is room.

    Args:
        path: The queue file.
        clock: Time.
        on_trouble: Told when there is no room, and None once there is again.
        tidy: Gives back to the disk what is not needed any more.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        on_trouble: Callable[[str | None], None],
        tidy: Callable[[], Awaitable[None]],
    ) -> None:
        self._path = Path(os.path.realpath(path))
        self._clock = clock
        self._on_trouble = on_trouble
        self._tidy = tidy
        self._door = asyncio.Lock()

    async def wait(self) -> None:
        """Wait until there is room; whoever asked first goes on first."""
        async with self._door:
            if not nearly_full(self._path):
                return
            await self._tidy()
            if not nearly_full(self._path):
                return
            self._on_trouble("the disk is nearly full: what comes in has to wait")
            while nearly_full(self._path):
                await self._clock.sleep(_PAUSE)
                await self._tidy()
            self._on_trouble(None)
