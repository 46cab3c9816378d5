"""What is behind a server: where calls are kept, and who delivers what they become."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mapper.app.forgetting import forgetting
from mapper.app.ledger import Ledger
from mapper.app.live import Live
from mapper.app.metrics import as_metrics
from mapper.app.queueing import keep_apart, open_queue, require_balance
from mapper.app.tail import Tail
from mapper.app.tail_entries import socket_of
from mapper.app.wiring import Wired
from mapper.base.clock import Clock
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.view import view
from mapper.delivery.queue import Queue, Settlement, TargetKey
from mapper.delivery.report import Listener, Trouble
from mapper.delivery.send import Sender
from mapper.delivery.worker import TRY_AGAIN, deliver
from mapper.server.refusal import busy
from mapper.server.tail import listening


class Kept(Queue, Protocol):
    """A queue that outlives the server."""

    def knows(self, message: int, /) -> bool:
        """Whether a message came lately, by its hash."""
        ...

    def hasten(self) -> None:
        """Wait for no disk and no other machine from now on."""
        ...


class Behind(Protocol):
    """A queue, and what is done with it."""

    @property
    def queue(self) -> Kept:
        """Takes what calls become."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Of what is in it, as far as this server knows."""
        ...

    def __str__(self) -> str:
        """Where it is, as it may be shown."""
        ...

    @property
    def targets(self) -> AbstractSet[TargetKey]:
        """For which requests wait that only this server can send."""
        ...

    def has_room(self, most: int) -> bool:
        """Whether it takes more, where so many requests may be pending here."""
        ...

    def going(self, tail: Tail) -> AbstractAsyncContextManager[None]:
        """What goes on beside delivery."""
        ...

    async def deliver(self, wired: Wired, listener: Listener, stop: asyncio.Event, on_trial: Iterable[str]) -> None:
        """Deliver until told to stop; or wait for that, where others deliver. `on_trial`: destinations that were
        paused."""
        ...

    @property
    def here(self) -> int | None:
        """How many requests wait; None where others put and send too."""
        ...

    async def pending(self) -> int | None:
        """How many requests wait, whoever put them; None where that can't be told soon."""
        ...

    async def metrics(self, now: int) -> str:
        """How it stands, as Prometheus reads it. `now`: milliseconds since the epoch."""
        ...


class InFile:
    """A queue in a file: this process has it for itself, and delivers.

    Args:
        queue: Open.
        sender: Makes the HTTP requests.
        clock: Time.
        concurrency: Most requests in flight.
        grace: Seconds for these once it is to stop.
        keep_dead: Age in seconds at which dead letters are dropped; None keeps them.
    """

    def __init__(
        self,
        queue: DurableQueue,
        sender: Sender,
        clock: Clock,
        *,
        concurrency: int,
        grace: float,
        keep_dead: float | None,
    ) -> None:
        self.queue = queue
        self.ledger = Ledger.of(queue.ledger)
        self._sender = sender
        self._clock = clock
        self._concurrency = concurrency
        self._grace = grace
        self._keep_dead = keep_dead
        self._live = Live(queue, clock)

    def __str__(self) -> str:
        """Its path."""
        return str(self.queue.path)

    @property
    def targets(self) -> AbstractSet[TargetKey]:
        """For which requests wait."""
        return self.queue.targets.keys()

    def has_room(self, most: int) -> bool:
        """Whether fewer are pending."""
        return self.here < most

    @asynccontextmanager
    async def going(self, tail: Tail) -> AsyncIterator[None]:
        """Leave word in the file, drop old letters, let people watch."""
        self._live.recall(await self.queue.told("last_error"))
        async with (
            self._live.telling(),
            forgetting(self.queue, self._keep_dead, self._clock),
            listening(tail, socket_of(self.queue.path)),
        ):
            yield

    async def deliver(self, wired: Wired, listener: Listener, stop: asyncio.Event, on_trial: Iterable[str]) -> None:
        """Send what waits."""

        def settled(settlement: Settlement) -> None:
            self._live.settled(settlement)
            listener.on_settled(settlement)

        def troubled(trouble: Trouble) -> None:
            self._live.note(trouble)
            listener.on_trouble(trouble)

        await deliver(
            self.queue,
            wired.targets,
            sender=self._sender,
            clock=self._clock,
            listener=replace(listener, on_settled=settled, on_trouble=troubled, on_doors=self._live.watch),
            concurrency=self._concurrency,
            stop=stop,
            retry_paused_after=TRY_AGAIN,
            on_trial=on_trial,
            grace=self._grace,
        )

    @property
    def here(self) -> int:
        """All that the file has."""
        return self.queue.counts().pending

    async def pending(self) -> int:
        """The same."""
        return self.here

    async def metrics(self, now: int) -> str:
        """How the file stands."""
        try:
            found = await asyncio.to_thread(view, self.queue.path)
        except QueueFileError:  # it was moved or deleted, say, of which the log tells
            raise busy("the queue's file can't be read") from None
        return as_metrics(found, now)


@asynccontextmanager
async def in_file(
    path: Path,
    wired: Wired,
    sender: Sender,
    clock: Clock,
    on_trouble: Callable[[str | None], None],
    *,
    concurrency: int,
    grace: float,
    keep_dead: float | None,
) -> AsyncIterator[InFile]:
    """Open a queue in a file, and hold it against its own ledger at the end.

    Raises:
        mapper.app.ledger.UnbalancedError: something was lost or counted twice: a defect of this program.
        mapper.delivery.durable.errors.QueueFileError: it can't be used.
    """
    queue = open_queue(path, wired.targets.keys(), clock, on_trouble)
    try:
        await keep_apart(queue, sandbox=False)
        yield InFile(queue, sender, clock, concurrency=concurrency, grace=grace, keep_dead=keep_dead)
    finally:
        await asyncio.to_thread(queue.shut)
    require_balance(path)
