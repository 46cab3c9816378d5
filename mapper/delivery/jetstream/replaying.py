"""One at a time puts dead letters once more: two at once would put the same ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from secrets import token_hex
from typing import Final

from mapper.base.tasks import end
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.errors import ClusterError, StaleError
from mapper.delivery.jetstream.leases import BEAT, TTL
from mapper.delivery.jetstream.link import Link
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.scan import scan

_KEY: Final = "replay"


@asynccontextmanager
async def replaying(
    link: Link, names: Names, letters: Collection[int], on_lost: Callable[[], None]
) -> AsyncIterator[None]:
    """Be the one who does.

    Args:
        link: To the cluster.
        names: Of the queue's parts.
        letters: Numbers of those that are to be put.
        on_lost: Called where nothing was renewed for so long that another one may be at it.

    Raises:
        ClusterError: somebody else is at it, or has been since the letters were listed.
    """
    bucket = Bucket(link, names.leases)
    revision = await _take(bucket)
    renewing = asyncio.create_task(_keep(bucket, revision, on_lost))
    try:
        there = {number async for number, _ in scan(link, names.dead, names.letter(), min(letters))}
        if gone := len(set(letters) - there):
            raise ClusterError(
                f"{gone:,} of these dead letters are gone by now, replayed or dropped by somebody else",
                "nothing was put; run it again",
            )
        yield
    finally:
        await end(renewing)
        with suppress(StaleError):
            await bucket.delete(_KEY)


async def _take(bucket: Bucket) -> int:
    entry, me = await bucket.get(_KEY), token_hex(8).encode()
    if entry.value is None:
        try:
            return await bucket.update(_KEY, me, entry.revision)
        except StaleError:
            entry = await bucket.get(_KEY)
            if entry.value == me:  # its acknowledgement got lost
                return entry.revision
    raise ClusterError(
        "dead letters of this queue are being replayed already",
        f"wait until that has ended; one that was cut off is over after {TTL:.0f} seconds",
    )


async def _keep(bucket: Bucket, revision: int, on_lost: Callable[[], None]) -> None:
    value = (await bucket.get(_KEY)).value
    while value is not None:
        await asyncio.sleep(BEAT)
        try:
            revision = await bucket.update(_KEY, value, revision)
        except StaleError:
            entry = await bucket.get(_KEY)
            if entry.value != value:
                break
            revision = entry.revision
    on_lost()
