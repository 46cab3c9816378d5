"""Processes that map, so that more than one core does."""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Final

import msgspec

from mapper.app.mapping import Apply, Chunk, Pair, Selection, pairs_of, sound
from mapper.app.parallel import Show, WorkersLostError
from mapper.app.worker import begin, map_packed, pack, show_packed
from mapper.records.line import Line
from mapper.records.result import Result

_results = msgspec.msgpack.Decoder(list[Result]).decode
_AHEAD: Final = 2
"""Chunks that each worker may be given before the first of them is taken back."""


class Workers:
    """So many processes, each with the mappings. What they give comes back in the order of the lines.

    They get neither secrets nor requests: settings reach mappings with ``***`` in place of secrets. They outlive
    neither this object nor this process, however it ends, and leave interrupts to it.

    Args:
        count: How many; at least 1.
        apply: Maps lines; not begun, so that it can go to another process.
        show: Makes of a chunk what :meth:`shown` gives.
    """

    def __init__(self, count: int, apply: Apply, show: Show | None = None) -> None:
        self._count = count
        self._pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=begin, initargs=(apply, show))

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def mapped(
        self, source: AsyncIterator[Chunk], selection: Selection
    ) -> AsyncIterator[tuple[Chunk, list[Pair]]]:
        """Map chunks, several at a time.

        Raises:
            WorkersLostError: a worker is gone.
        """
        under_way: deque[tuple[Chunk, asyncio.Future[bytes]]] = deque()
        coming: asyncio.Future[Chunk | None] | None = _next(source)
        try:
            while coming or under_way:
                may_come = coming is not None and len(under_way) < self._count * _AHEAD
                await _first_of(coming if may_come else None, under_way[0][1] if under_way else None)
                if may_come and coming is not None and coming.done():
                    chunk = coming.result()
                    coming = None if chunk is None else _next(source)
                    if chunk is not None:
                        first = under_way[0][0] if under_way else chunk
                        under_way.append((chunk, self._mapping(chunk, first.lines[0])))
                if under_way and under_way[0][1].done():
                    chunk, done = under_way.popleft()
                    yield chunk, pairs_of(chunk.lines, _results(_unless_lost(done.result, chunk.lines[0])), selection)
        finally:
            _forget(coming, *(future for _, future in under_way))

    def _mapping(self, chunk: Chunk, first: Line) -> asyncio.Future[bytes]:
        return asyncio.wrap_future(self._submit(map_packed, sound(chunk.lines), first))

    def shown(self, chunks: Iterable[Chunk]) -> Iterator[Any]:
        """What `show` makes of each chunk.

        Raises:
            WorkersLostError: a worker is gone.
        """
        under_way: deque[Future[Any]] = deque()
        for chunk in chunks:
            under_way.append(self._submit(show_packed, chunk.lines))
            if len(under_way) >= self._count * _AHEAD:
                yield _unless_lost(under_way.popleft().result)
        while under_way:
            yield _unless_lost(under_way.popleft().result)

    def _submit(self, work: Callable[[bytes], Any], lines: Sequence[Any], first: Line | None = None) -> Future[Any]:
        with _interrupts_held():  # this may start a worker
            future: Future[Any] = _unless_lost(lambda: self._pool.submit(work, pack(lines)), first)
        return future


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process that is started meanwhile never sees an interrupt: a terminal tells all, and the first one decides."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _next(source: AsyncIterator[Chunk]) -> asyncio.Future[Chunk | None]:
    async def following() -> Chunk | None:
        return await anext(source, None)

    return asyncio.ensure_future(following())


async def _first_of(*futures: asyncio.Future[Any] | None) -> None:
    await asyncio.wait([future for future in futures if future is not None], return_when=asyncio.FIRST_COMPLETED)


def _forget(*futures: asyncio.Future[Any] | None) -> None:
    """Nobody asks any more, whatever comes of them."""
    for future in futures:
        if future is not None and not future.cancel() and not future.cancelled():
            future.exception()


def _unless_lost(get: Callable[[], Any], line: Line | None = None) -> Any:
    try:
        return get()
    except (BrokenProcessPool, MemoryError):  # a worker may outlive the want of memory, but what it had is not mapped
        raise WorkersLostError(line) from None
