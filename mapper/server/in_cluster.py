"""A server in front of a cluster: what calls become goes there, and workers elsewhere deliver it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import Final

from mapper.app.afar import telling
from mapper.app.cluster import outbox
from mapper.app.ledger import Ledger
from mapper.app.metrics import as_metrics
from mapper.app.tail import Tail
from mapper.app.wiring import Wired
from mapper.base.clock import Clock
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.errors import ClusterError
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.outbox import Outbox
from mapper.delivery.queue import TargetKey
from mapper.delivery.report import Listener
from mapper.server.refusal import busy

_PATIENCE: Final = 5.0
"""Seconds for which whoever asks for the metrics waits for the cluster."""
_SOON: Final = 2.0
"""Seconds for which a line of the log may wait for it."""


class InCluster:
    """A queue in a cluster, which any number of servers put into.

    Args:
        address: Where it is.
        queue: Puts.
    """

    def __init__(self, address: Address, queue: Outbox) -> None:
        self.queue = queue
        self.ledger = Ledger()
        self._address = address

    def __str__(self) -> str:
        """Its address, without credentials."""
        return str(self._address)

    @property
    def targets(self) -> AbstractSet[TargetKey]:
        """None: workers send, and what one has no mapping for waits for another."""
        return frozenset()

    def has_room(self, _: int) -> bool:
        """Whether it takes more is for the cluster to say."""
        return True

    @asynccontextmanager
    async def going(self, tail: Tail) -> AsyncIterator[None]:
        """Let people watch."""
        async with telling(self.queue.link, Names(self._address.name), tail):
            yield

    async def deliver(self, _wired: Wired, _listener: Listener, stop: asyncio.Event, _on_trial: Iterable[str]) -> None:
        """Leave it to the workers."""
        await stop.wait()

    @property
    def here(self) -> None:
        """Not for one server to tell."""
        return

    async def pending(self) -> int | None:
        """All that the cluster has, whoever put it."""
        try:
            async with asyncio.timeout(_SOON):
                return (await self.queue.look()).view.pending.total()
        except (TimeoutError, ClusterError):
            return None

    async def metrics(self, now: int) -> str:
        """How all of it stands, over all servers and workers."""
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self.queue.look()
        except (TimeoutError, ClusterError):
            raise busy("the cluster does not answer") from None
        return as_metrics(found.view, now, found.room)


@asynccontextmanager
async def in_cluster(
    address: Address, clock: Clock, on_trouble: Callable[[str | None], None]
) -> AsyncIterator[InCluster]:
    """Connect to a queue in a cluster.

    Raises:
        mapper.delivery.jetstream.errors.ClusterError: it can't be used.
    """
    async with outbox(address, clock, on_trouble, lambda item: item.file, for_long=True) as queue:
        yield InCluster(address, queue)
