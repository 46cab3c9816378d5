"""Lines read ahead in a thread of their own, so that a slow pipe holds up nothing, and nothing is waited for."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import Final

from mapper.app.mapping import CHUNK, Chunk
from mapper.records.line import Line

_MOST_LINES: Final = 2 * CHUNK
_MOST_BYTES: Final = 8_000_000
"""Where either is reached, reading waits: memory stays flat however long lines are."""


class ReadAhead:
    """Reads lines in the background. The thread may die with the process, unlike those of an executor.

    Args:
        lines: Read once, in a thread.
        limit: Most lines taken from them; None: all.
    """

    def __init__(self, lines: Iterable[Line], limit: int | None = None) -> None:
        self._lines = islice(lines, limit)
        self._ready: deque[Line] = deque()
        self._bytes = 0
        self._room = threading.Condition()
        self._more = asyncio.Event()
        self._over = False
        self._error: BaseException | None = None

    async def chunks(self) -> AsyncIterator[Chunk]:
        """What there is, in groups, in order: none waits to be filled, so that lines of a slow pipe go on at once.

        Raises:
            BaseException: what reading raises.
        """
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), daemon=True, name="reader").start()
        while True:
            over = self._over  # asked first: lines that come while we look are not the last ones we know of
            lines = self._take()
            if lines:
                yield Chunk(lines, self._ready[0] if self._ready else None)
            elif over:
                if self._error is not None:
                    raise self._error
                return
            else:
                await self._wait()

    async def following(self, patience: float) -> Line | None:
        """The next line that no chunk has held; None where there is none, or none comes within `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while not self._ready and not self._over:
                    await self._wait()
        except TimeoutError:
            return None
        return self._ready[0] if self._ready else None

    async def _wait(self) -> None:
        await self._more.wait()
        self._more.clear()

    def _take(self) -> list[Line]:
        with self._room:
            lines = [self._ready.popleft() for _ in range(min(CHUNK, len(self._ready)))]
            self._bytes -= sum(len(line.raw) for line in lines)
            self._room.notify()
        return lines

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            for line in self._lines:
                with self._room:
                    while len(self._ready) >= _MOST_LINES or self._bytes >= _MOST_BYTES:
                        self._room.wait()
                    self._ready.append(line)
                    self._bytes += len(line.raw)
                    first = len(self._ready) == 1
                if first:
                    loop.call_soon_threadsafe(self._more.set)
        except BaseException as error:
            self._error = error
        self._over = True
        try:
            loop.call_soon_threadsafe(self._more.set)
        except RuntimeError:
            return  # the run has ended, and nobody asks any more
