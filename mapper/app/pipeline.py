"""Lines read, mapped, queued, sent and accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mapper.app.ahead import ReadAhead
from mapper.app.ledger import Ledger
from mapper.app.mapping import Chunk, Pair, Selection, map_lines
from mapper.app.wiring import Wired
from mapper.base.clock import Clock
from mapper.delivery.enqueue import items_of
from mapper.delivery.queue import Item, Queue, QueueClosedError, Settlement
from mapper.delivery.report import Listener, Pause, Report, Trouble
from mapper.delivery.send import Sender
from mapper.delivery.worker import deliver
from mapper.records.line import Line
from mapper.records.result import Invalid, Mapped, Skipped, Unmappable

Spot = tuple[str, int]
"""File and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Who is told what happens, besides the ledger.

    Attributes:
        on_refused: A line that can't become a request.
        on_skipped: A call that is left out on purpose.
        on_settled: A request's end.
        on_trouble: A request that has to be repeated.
        on_progress: Called after each step; the ledger tells the rest.
    """

    on_refused: Callable[[Line, Invalid | Unmappable], None] = lambda line, result: None  # noqa: ARG005
    on_skipped: Callable[[Line, Skipped], None] = lambda line, result: None  # noqa: ARG005
    on_settled: Callable[[Settlement], None] = lambda _: None
    on_trouble: Callable[[Trouble], None] = lambda _: None
    on_progress: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard a run tries.

    Attributes:
        concurrency: Most requests in flight.
        give_up_after: Seconds without any success after which a destination is given up for this run; None: never.
        grace: Seconds that requests in flight are waited for once the run is told to stop.
    """

    concurrency: int = 8
    give_up_after: float | None = None
    grace: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended.

    Attributes:
        pauses: Destinations that were given up for this run, and why.
        stopped: It was told to stop.
        unsettled: The first line that is not settled, from which the next run goes on; None where all is settled.
        waiting: Requests not settled.
        complete: All lines were read.
    """

    pauses: tuple[Pause, ...] = ()
    stopped: bool = False
    unsettled: Spot | None = None
    waiting: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Producer:
    """Feeds the queue from the lines; knows where it stands."""

    wired: Wired
    queue: Queue
    ledger: Ledger
    hooks: Hooks
    selection: Selection
    next_id: int = 1
    unread: Spot | None = None
    done: bool = False

    async def run(self, source: AsyncIterator[Chunk]) -> None:
        """Map and queue everything; stops where the queue is closed by somebody else."""
        try:
            async for chunk in source:
                await self._chunk(chunk.lines)
                self.unread = _spot(chunk.following)
            self.done, self.unread = True, None
        except QueueClosedError:
            return
        finally:
            self.queue.close()

    async def _chunk(self, chunk: Sequence[Line]) -> None:
        for line, pairs in _by_line(map_lines(self.wired.apply, chunk, self.selection)):
            self.unread = _spot(line)
            items = self._items(line, pairs)
            if items:
                await self.queue.put(items)
            self._count(line, pairs)
        self.hooks.on_progress()
        await asyncio.sleep(0)

    def _count(self, line: Line, pairs: Sequence[Pair]) -> None:
        """Enter a line's results once its requests are safely queued."""
        self.ledger.lines += 1
        for _, result in pairs:
            self.ledger.count(result)
            if isinstance(result, Invalid | Unmappable):
                self.hooks.on_refused(line, result)
            elif isinstance(result, Skipped):
                self.hooks.on_skipped(line, result)

    def _items(self, line: Line, pairs: Sequence[Pair]) -> list[Item]:
        mapped = [result for _, result in pairs if isinstance(result, Mapped)]
        if not mapped:
            return []
        items = items_of(
            [result.request for result in mapped],
            first_id=self.next_id,
            call=line.raw,
            file=line.file,
            line=line.number,
            message_id=mapped[0].message_id,
            type=mapped[0].type,
            groups=self.wired.groups,
        )
        self.next_id += len(items)
        return items


async def run_lines(
    lines: Iterable[Line],
    *,
    wired: Wired,
    queue: Queue,
    sender: Sender,
    clock: Clock,
    ledger: Ledger,
    selection: Selection | None = None,
    limits: Limits | None = None,
    hooks: Hooks | None = None,
    stop: asyncio.Event | None = None,
) -> Ending:
    """Map lines, deliver what they become, and account for all of it.

    Args:
        lines: Read in a thread of their own, so that a slow pipe holds up nothing that is in flight.
        wired: Mappings and targets.
        queue: Empty; holds what is mapped until it is settled.
        sender: Makes the HTTP requests.
        clock: Time and chance.
        ledger: Is kept up to date, and balances at the end.
        selection: Which calls to map.
        limits: How hard to try.
        hooks: Who else is told.
        stop: Set from outside to end early: requests in flight are finished, the rest stays pending.

    Raises:
        mapper.app.ledger.UnbalancedError: something was lost or counted twice: a defect of this program.
    """
    hooks, limits, stop = hooks or Hooks(), limits or Limits(), stop or asyncio.Event()

    def settled(settlement: Settlement) -> None:
        ledger.settle(settlement)
        hooks.on_settled(settlement)
        hooks.on_progress()

    producer = _Producer(wired, queue, ledger, hooks, selection or Selection())
    source = ReadAhead(lines, producer.selection.limit)
    feeding = asyncio.create_task(producer.run(source.chunks()))
    delivering = asyncio.create_task(
        deliver(
            queue,
            wired.targets,
            sender=sender,
            clock=clock,
            listener=Listener(on_settled=settled, mask=wired.mask, on_trouble=hooks.on_trouble),
            concurrency=limits.concurrency,
            stop=stop,
            give_up_after=limits.give_up_after,
            grace=limits.grace,
        )
    )
    report = await _delivered(feeding, delivering, queue)
    waiting = queue.counts().pending
    ledger.check(waiting)
    oldest = queue.oldest()
    first = (oldest.file, oldest.line) if oldest else producer.unread
    if first is None and not producer.done:
        first = _spot(await source.following(patience=1.0))
    return Ending(
        pauses=report.pauses, stopped=report.stopped, unsettled=first, waiting=waiting, complete=producer.done
    )


async def _delivered(feeding: asyncio.Task[None], delivering: asyncio.Task[Report], queue: Queue) -> Report:
    """Wait for both; where one fails, end the other, and fail."""
    try:
        await asyncio.wait({feeding, delivering}, return_when=asyncio.FIRST_COMPLETED)
        if feeding.done():
            feeding.result()
        return await delivering
    finally:
        queue.close()
        for task in (feeding, delivering):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _spot(line: Line | None) -> Spot | None:
    return (line.file, line.number) if line else None


def _by_line(pairs: Sequence[Pair]) -> Iterator[tuple[Line, list[Pair]]]:
    """The results of each line together."""
    group: list[Pair] = []
    for pair in pairs:
        if group and group[0][0] is not pair[0]:
            yield group[0][0], group
            group = []
        group.append(pair)
    if group:
        yield group[0][0], group
