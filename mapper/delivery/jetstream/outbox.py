"""The :class:`~mapper.delivery.queue.Queue` of a process that only puts: workers elsewhere deliver."""

from __future__ import annotations

from collections.abc import Sequence

from mapper.delivery.jetstream.errors import UnsentError
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.jetstream.view import ClusterView
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Arrival, Counts, Item, Position, QueueClosedError


class Outbox(MemoryQueue):
    """Stays empty, so that nothing can be leased here. What it has put counts as waiting.

    Args:
        link: To the cluster.
        publisher: Puts things.

    Attributes:
        link: As given.
    """

    def __init__(self, link: Link, publisher: Publisher) -> None:
        super().__init__()
        self.link = link
        self._publisher = publisher
        self._stored = 0

    @property
    def next_id(self) -> int:
        """The id that the next item may have."""
        return self._publisher.next_id

    async def accept(self, arrival: Arrival) -> None:
        """Store what one step of reading brings; it is in the cluster when this returns."""
        if self.closed:
            raise QueueClosedError("the queue is closed")
        try:
            await self._publisher.accept(arrival)
        except UnsentError as error:
            raise QueueClosedError(str(error)) from error
        self._stored += len(arrival.items)

    async def put(self, items: Sequence[Item]) -> None:
        """Store items."""
        await self.accept(Arrival(items=items, read=len(items)))

    async def position(self, path: str) -> Position | None:
        """How far a file of this machine has been read."""
        return await self._publisher.position(path)

    def knows(self, _: int) -> bool:
        """Whether a message came lately: the worker that has its partition knows, and leaves it out."""
        return False

    def hasten(self) -> None:
        """Wait for no server from now on."""
        self.link.hasten()

    async def look(self) -> ClusterView:
        """How all of the queue stands, over all who put and work."""
        return await self._publisher.look()

    def counts(self) -> Counts:
        """What was put here."""
        return Counts(self._stored, 0)
