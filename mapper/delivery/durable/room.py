"""Whether more may come in: there is room on the disk, some of which is kept for settling what is in the queue, for
that is what makes room; and the file is still where the next process looks for it."""

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
_FULL: Final = "the disk is nearly full: what comes in has to wait"
_GONE: Final = "its file, or the `-wal` beside it, was moved, deleted or replaced: put it back, or start anew"


class Room:
    """Lets in what comes, one after the other, as long as there is room, in a file that somebody will find again.

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
        self._files = _files(self._path)

    async def wait(self) -> None:
        """Wait until there is room; whoever asked first goes on first."""
        async with self._door:
            if self._trouble() is None:
                return
            await self._tidy()
            told = None
            while (trouble := self._trouble()) is not None:
                if trouble != told:
                    self._on_trouble(told := trouble)
                await self._clock.sleep(_PAUSE)
                await self._tidy()
            if told is not None:
                self._on_trouble(None)

    def _trouble(self) -> str | None:
        if _files(self._path) != self._files:
            return _GONE
        return _FULL if nearly_full(self._path) else None


def _files(path: Path) -> list[tuple[int, int] | None]:
    """What tells the file and its write-ahead log from others of the same names; None for one that is not there."""
    found: list[tuple[int, int] | None] = []
    for name in (path, f"{path}-wal"):
        try:
            stat = os.stat(name)  # noqa: PTH116 - half as slow, and asked for each commit
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_dev, stat.st_ino))
    return found
