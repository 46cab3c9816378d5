"""Coming to a queue in a cluster: to put, to deliver, or to look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext

from mapper.app.afar import telling
from mapper.app.tail import Tail
from mapper.base.clock import Clock
from mapper.base.tasks import end
from mapper.delivery.jetstream.address import Address
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.guard import Guard
from mapper.delivery.jetstream.layout import partitions_of, require_room
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.origin import require_own_stream
from mapper.delivery.jetstream.outbox import Outbox
from mapper.delivery.jetstream.publish import Publisher
from mapper.delivery.jetstream.queue import JetStreamQueue
from mapper.delivery.jetstream.replaying import replaying
from mapper.delivery.queue import Item


@asynccontextmanager
async def outbox(
    address: Address,
    clock: Clock,
    on_trouble: Callable[[str | None], None],
    source_of: Callable[[Item], str] = lambda _: "",
    letters: Mapping[int, tuple[str, str]] | None = None,
    *,
    for_long: bool = False,
) -> AsyncIterator[Outbox]:
    """A queue to put into.

    Args:
        on_trouble: Told what it waits for, and None once that has passed.
        for_long: Wait where the stream is made anew meanwhile, until that is put right; otherwise that ends it.
        letters: Kind and cause of the dead letters that are put once more, by number.

    Raises:
        mapper.delivery.jetstream.errors.ClusterError: it can't be used.
    """
    async with connected(address, on_trouble) as link:
        names = Names(address.name)
        require_room(link)
        partitions = await partitions_of(link, names)
        guard = Guard(link, names, await require_own_stream(link, names), waits=for_long)
        publisher = Publisher(link, names, partitions, clock, source_of=source_of, letters=letters or {}, guard=guard)
        queue = Outbox(link, publisher)
        async with (
            replaying(link, names, letters, queue.close) if letters else nullcontext(),
            _keeping(guard) if for_long else nullcontext(),
        ):
            yield queue


@asynccontextmanager
async def _keeping(guard: Guard) -> AsyncIterator[None]:
    task = asyncio.create_task(guard.keep())
    try:
        yield
    finally:
        await end(task)


@asynccontextmanager
async def taking_part(
    address: Address,
    clock: Clock,
    on_trouble: Callable[[str | None], None],
    on_share: Callable[[float], None],
    tail: Tail,
) -> AsyncIterator[JetStreamQueue]:
    """A queue to deliver from, together with other workers.

    Args:
        tail: What is told to whoever watches.

    Raises:
        mapper.delivery.jetstream.errors.ClusterError: it can't be used.
    """
    async with connected(address, on_trouble) as link:
        names = Names(address.name)
        require_room(link)
        partitions = await partitions_of(link, names)
        await require_own_stream(link, names)
        publisher = Publisher(link, names, partitions, clock)
        async with (
            JetStreamQueue(link, names, partitions, publisher, clock, on_share=on_share) as queue,
            telling(link, names, tail),
        ):
            yield queue
