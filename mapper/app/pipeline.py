"""Lines read, mapped, queued, sent and accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapper.app.ahead import ReadAhead
from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping
from mapper.app.ledger import Ledger
from mapper.app.mapping import Apply, Chunk, Job, Pair, Selection, Spot, mapped_here
from mapper.app.parallel import WorkersLostError
from mapper.app.producer import Producer
from mapper.app.wiring import Wired
from mapper.base.clock import Clock
from mapper.delivery.queue import Queue, Settlement
from mapper.delivery.report import Listener, Pause, Report
from mapper.delivery.send import Sender
from mapper.delivery.worker import deliver
from mapper.intake.ranges import Stretch
from mapper.records.line import Line

if TYPE_CHECKING:
    from mapper.app.workers import Workers


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
        failure: Why not all could be mapped, if they could not.
    """

    pauses: tuple[Pause, ...] = ()
    stopped: bool = False
    unsettled: Spot | None = None
    waiting: int = 0
    complete: bool = True
    failure: WorkersLostError | None = None


async def run_lines(
    lines: Iterable[Line | Stretch],
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
    workers: Workers | None = None,
    keeping: Keeping | None = None,
) -> Ending:
    """Map lines, deliver what they become, and account for all of it.

    Args:
        lines: Read in a thread of their own, so that a slow pipe holds up nothing that is in flight. With workers and
            without a limit, ranges of files may be among them.
        wired: Mappings and targets.
        queue: Empty; holds what is mapped until it is settled.
        sender: Makes the HTTP requests.
        clock: Time and chance.
        ledger: Is kept up to date, and balances at the end.
        selection: Which calls to map.
        limits: How hard to try.
        hooks: Who else is told.
        workers: Map in other processes; None: here.
        keeping: What a queue that outlives the run is told besides.
        stop: Set from outside to end early: requests in flight are finished, the rest stays pending.

    Raises:
        mapper.app.ledger.UnbalancedError: something was lost or counted twice: a defect of this program.
    """
    hooks, limits, stop = hooks or Hooks(), limits or Limits(), stop or asyncio.Event()

    def settled(settlement: Settlement) -> None:
        ledger.settle(settlement)
        hooks.on_settled(settlement)
        hooks.on_progress()

    selection = selection or Selection()
    producer = Producer(wired, queue, ledger, hooks, keeping)
    with closing(ReadAhead(lines, selection.limit)) as source:
        feeding = asyncio.create_task(producer.run(_mapped(source.jobs(), workers, wired.apply, selection)))
        delivering = asyncio.create_task(
            deliver(
                queue,
                wired.targets,
                sender=sender,
                clock=clock,
                listener=Listener(
                    on_settled=settled, mask=wired.mask, on_trouble=hooks.on_trouble, on_doors=hooks.on_doors
                ),
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
            first = (workers.oldest if workers else None) or await source.following(patience=1.0)
        return Ending(
            pauses=report.pauses,
            stopped=report.stopped,
            unsettled=first,
            waiting=waiting,
            complete=producer.done,
            failure=producer.failure,
        )


def _mapped(
    jobs: AsyncIterator[Job], workers: Workers | None, apply: Apply, selection: Selection
) -> AsyncIterator[tuple[Chunk, list[Pair]]]:
    if workers is None:
        return mapped_here(jobs, apply, selection)
    from mapper.app.worker_jobs import mapped_apart

    return mapped_apart(jobs, workers, apply, selection)


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
