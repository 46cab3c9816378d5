"""Lines read ahead in a thread of their own, so that a slow pipe holds up nothing, and nothing is waited for."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import suppress
from itertools import islice
from typing import Final, TypeVar

from mapper.app.mapping import CHUNK, Chunk, Job, Spot, spot
from mapper.intake.ranges import Stretch
from mapper.records.line import Line

Item = TypeVar("Item", Line, Stretch)
_MOST_LINES: Final = 2 * CHUNK
_MOST_BYTES: Final = 8_000_000
"""Where either is reached, reading waits: memory stays flat however long lines are."""


class ReadAhead:
    """Reads lines in the background, until :meth:`close`. The thread may die with the process, unlike an executor's.

    What is ready is a deque, which needs no lock; what either side adds up is its own. The lock is for waiting alone.

    Args:
        lines: Read once, in a thread, which closes them where they are a generator. Among them may be ranges of files,
            which are not read here.
        limit: Most lines taken from them, where they hold no ranges; None: all.
    """

    def __init__(self, lines: Iterable[Line | Stretch], limit: int | None = None) -> None:
        self._source = iter(lines)
        self._lines = islice(self._source, limit)
        self._ready: deque[Line | Stretch] = deque()
        self._read_bytes = 0
        self._taken_bytes = 0
        self._room = threading.Condition()
        self._more = asyncio.Event()
        self._over = False
        self._closed = False
        self._error: BaseException | None = None

    async def jobs(self) -> AsyncIterator[Job]:
        """What there is, in order; no group of lines waits to be filled, so that those of a slow pipe go on at once.

        Raises:
            BaseException: what reading raises.
        """
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), daemon=True, name="reader").start()
        while True:
            over = self._over  # asked first: lines that come while we look are not the last ones we know of
            job = self._take()
            if job is not None:
                yield job
            elif over:
                if self._error is not None:
                    raise self._error
                return
            else:
                await self._wait()

    async def following(self, patience: float) -> Spot | None:
        """Where what no job has held begins; None where there is nothing, or none comes within `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while not self._ready and not self._over:
                    await self._wait()
        except TimeoutError:
            return None
        return self._next()

    def close(self) -> None:
        """Read no further. What is being read just now, such as a pipe, is not waited for: the thread ends after it."""
        with self._room:
            self._closed = True
            self._room.notify()

    def _next(self) -> Spot | None:
        return spot(self._ready[0]) if self._ready else None

    async def _wait(self) -> None:
        await self._more.wait()
        self._more.clear()

    def _take(self) -> Job | None:
        lines = self._popped(Line, CHUNK)
        stretches = [] if lines else self._popped(Stretch, 1)
        with self._room:
            self._room.notify()
        if lines:
            return Chunk(lines, self._next())
        return stretches[0] if stretches else None

    def _popped(self, kind: type[Item], most: int) -> list[Item]:
        found: list[Item] = []
        ready = self._ready
        while len(found) < most and ready and isinstance(first := ready[0], kind):
            ready.popleft()
            found.append(first)
        self._taken_bytes += sum(map(weight, found))
        return found

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._read_all(loop)
        except BaseException as error:
            self._error = error
        self._over = True
        with suppress(RuntimeError):  # the run has ended, and nobody asks any more
            loop.call_soon_threadsafe(self._more.set)

    def _read_all(self, loop: asyncio.AbstractEventLoop) -> None:
        ready = self._ready
        try:
            for line in self._lines:
                if self._is_full():
                    self._wait_for_room()
                if self._closed:
                    return
                self._read_bytes += weight(line)
                ready.append(line)
                if len(ready) == 1:  # who takes goes on until nothing is left, and only then waits to be told
                    loop.call_soon_threadsafe(self._more.set)
        finally:
            if isinstance(self._source, Generator):
                self._source.close()

    def _wait_for_room(self) -> None:
        with self._room:
            while self._is_full() and not self._closed:
                self._room.wait()

    def _is_full(self) -> bool:
        return len(self._ready) >= _MOST_LINES or self._read_bytes - self._taken_bytes >= _MOST_BYTES


def weight(item: Line | Stretch) -> int:
    """Bytes, as far as reading ahead is concerned."""
    return len(item.raw) if isinstance(item, Line) else item.range.size
