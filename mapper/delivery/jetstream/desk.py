"""What all partitions of a worker share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapper.base.clock import Clock
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Item

if TYPE_CHECKING:
    from mapper.delivery.jetstream.holding import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all partitions of a worker share.

    Attributes:
        link: To the cluster.
        names: Of the queue's parts.
        state: Bucket of books.
        worker: Id of this process.
        clock: Time.
        memory: What is in memory of all partitions.
        owners: By item, whose it is.
        next_id: Gives the next so many ids.
        has_room: Whether more is to be read.
    """

    link: Link
    names: Names
    state: Bucket
    worker: str
    clock: Clock
    memory: MemoryQueue
    owners: dict[int, Holding]
    next_id: Callable[[int], int]
    has_room: Callable[[], bool]

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return round(self.clock.wall() * 1000)

    def by_holding(self, items: Iterable[Item]) -> dict[Holding, list[Item]]:
        """Items by whose they are."""
        groups: dict[Holding, list[Item]] = {}
        for item in items:
            groups.setdefault(self.owners[item.id], []).append(item)
        return groups
