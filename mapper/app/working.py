"""Delivering from a queue in a cluster, as one of several workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress
from dataclasses import dataclass
from typing import Final, Protocol

from mapper.app.cluster import taking_part
from mapper.app.live import Live
from mapper.app.stopping import Stop
from mapper.app.tail import Tail
from mapper.base.clock import SystemClock
from mapper.base.tasks import beside, unless
from mapper.delivery.door import Door
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.errors import ClusterError
from mapper.delivery.jetstream.queue import JetStreamQueue
from mapper.delivery.queue import Settlement, TargetKey
from mapper.delivery.report import Listener, Pause, Trouble
from mapper.delivery.send import Sender
from mapper.delivery.worker import TRY_AGAIN, deliver
from mapper.records.policy import Target

_LOOK: Final = 0.5


class Words(Protocol):
    """Who is told how a worker fares."""

    def on_share(self, partitions: int, of: int, workers: int) -> None:
        """It holds so many partitions by now."""
        ...

    def on_cluster(self, trouble: str | None) -> None:
        """The cluster holds it up; None: no more."""
        ...

    def on_pause(self, pause: Pause) -> None:
        """A destination is given up for a while."""
        ...

    def on_resume(self, destination: str) -> None:
        """One that was given up takes something again."""
        ...

    def on_trouble(self, trouble: Trouble) -> None:
        """A request has to be repeated."""
        ...

    def on_settled(self, settlement: Settlement) -> None:
        """An item came to its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """What to deliver.

    Attributes:
        address: Of the queue.
        targets: Where each request goes; what goes elsewhere waits for a worker that knows where.
        mask: Takes the secrets out of a text.
        concurrency: Most requests in flight.
        grace: Seconds for requests in flight once it is to stop.
        until_empty: End once nothing waits.
    """

    address: Address
    targets: Mapping[TargetKey, Target]
    mask: Callable[[str], str]
    concurrency: int
    grace: float
    until_empty: bool


async def work(working: Working, sender: Sender, words: Words, stop: Stop) -> None:
    """Deliver until told to stop, or until nothing waits if that is asked for.

    Raises:
        mapper.delivery.jetstream.errors.ClusterError: the queue can't be used.
    """
    clock = SystemClock()
    share, tail = _Share(), Tail(clock, working.mask)
    joining = taking_part(working.address, clock, words.on_cluster, share.change, tail)
    async with AsyncExitStack() as stack:
        queue = await unless(stop.gently, stack.enter_async_context(joining))
        if queue is not None:
            stop.hasten = queue.hasten
            await _deliver_from(queue, working, sender, words, stop, share, tail)


async def _deliver_from(
    queue: JetStreamQueue,
    working: Working,
    sender: Sender,
    words: Words,
    stop: Stop,
    share: _Share,
    tail: Tail,
) -> None:
    clock = SystemClock()
    live = Live(queue, clock)
    share.tell = lambda: _tell_share(queue, words)
    watching = beside(_watch_empty(queue, stop)) if working.until_empty else nullcontext()
    async with live.telling(), watching:
        await deliver(
            queue,
            working.targets,
            sender=sender,
            clock=clock,
            listener=_listener(live, tail, share, words, working.mask),
            concurrency=working.concurrency,
            stop=stop.gently,
            retry_paused_after=TRY_AGAIN,
            grace=working.grace,
        )


def _tell_share(queue: JetStreamQueue, words: Words) -> None:
    if queue.is_settled:
        words.on_share(len(queue.partitions), queue.partition_count, queue.worker_count)


def _listener(live: Live, tail: Tail, share: _Share, words: Words, mask: Callable[[str], str]) -> Listener:
    """Tells those who look at the queue, those who watch, and whoever runs the worker."""

    def settled(settlement: Settlement) -> None:
        live.settled(settlement)
        tail.settled(settlement)
        words.on_settled(settlement)

    def troubled(trouble: Trouble) -> None:
        live.note(trouble)
        tail.troubled(trouble)
        words.on_trouble(trouble)

    def doors(found: Sequence[Door]) -> None:
        live.watch(found)
        share.watch(found)

    return Listener(
        on_settled=settled,
        on_trouble=troubled,
        on_doors=doors,
        on_pause=words.on_pause,
        on_resume=words.on_resume,
        mask=mask,
    )


async def _watch_empty(queue: JetStreamQueue, stop: Stop) -> None:
    while not stop.gently.is_set():
        with suppress(ClusterError):  # it may be away for a while, and delivery waits for it too
            if await queue.is_empty():
                stop.begin()
        await asyncio.sleep(_LOOK)


class _Share:
    """What part of the queue is here, and so what part of each destination's rate."""

    def __init__(self) -> None:
        self.tell: Callable[[], None] = lambda: None
        self._part = 0.0
        self._doors: Sequence[Door] = ()

    def change(self, part: float) -> None:
        """It is another part by now."""
        self._part = part
        self._apply()
        self.tell()

    def watch(self, doors: Sequence[Door]) -> None:
        """These are what paces this process."""
        self._doors = doors
        self._apply()

    def _apply(self) -> None:
        for door in self._doors:
            door.pace.share(self._part)
