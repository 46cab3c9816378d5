"""Who holds which partition: a lease is a key that vanishes unless it is written anew in time.

The cluster's clock counts, and not ours: a worker that was frozen finds its keys gone, or another's. Between two
renewals it trusts a lease for less time than the cluster keeps it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from mapper.base.clock import Clock
from mapper.delivery.jetstream.bucket import Bucket
from mapper.delivery.jetstream.errors import StaleError, UnsentError

TTL: Final = 15.0
"""Seconds after which the cluster forgets a lease that is not renewed."""
BEAT: Final = 3.0
"""Seconds between renewals."""
_TRUST: Final = 11.0
"""Seconds for which a renewal is trusted; what is left to `TTL` covers a request that is being sent."""


class Leases:
    """Of one worker.

    Args:
        bucket: Where leases are; it forgets what is older than `TTL`.
        partitions: How many there are.
        worker: Id of this process.
        clock: Time.

    Attributes:
        held: Revisions by partition.
        workers: Ids of those that are there, in order.
    """

    def __init__(self, bucket: Bucket, partitions: int, worker: str, clock: Clock) -> None:
        self.held: dict[int, int] = {}
        self.workers: list[str] = [worker]
        self.worker = worker
        self.partitions = partitions
        self._bucket = bucket
        self._clock = clock
        self._renewed_at = float("-inf")

    @property
    def fresh(self) -> bool:
        """Whether what is held is surely held now."""
        return not self.held or self._clock.now() < self._renewed_at + _TRUST

    @property
    def quota(self) -> int:
        """How many partitions this worker is to hold."""
        rank, count = self.workers.index(self.worker), len(self.workers)
        return self.partitions // count + (rank < self.partitions % count)

    async def renew(self, about: bytes) -> list[int]:
        """Renew all, and say that we are here, with a few words about ourselves; gives the partitions that are lost."""
        started = self._clock.now()
        lost = [number for number in await asyncio.gather(*map(self._renew, list(self.held))) if number is not None]
        for number in lost:
            self.held.pop(number, None)
        self._renewed_at = started
        await self._bucket.put(f"w.{self.worker}", about)
        keys = await self._bucket.keys("w.")
        names = {key.removeprefix("w.") for key in keys}
        self.workers = sorted(names | {self.worker})
        return lost

    async def _renew(self, number: int) -> int | None:
        try:
            revision = await self._bucket.update(_key(number), self.worker.encode(), self.held[number])
        except StaleError:
            entry = await self._bucket.get(_key(number))
            if entry.value != self.worker.encode():
                return number
            revision = entry.revision  # ours, and its acknowledgement got lost
        if number in self.held:
            self.held[number] = revision
        return None

    async def take(self, number: int) -> bool:
        """Take a partition that nobody holds."""
        started = self._clock.now()
        entry = await self._bucket.get(_key(number))
        if entry.value is not None:
            return False
        try:
            revision = await self._bucket.update(_key(number), self.worker.encode(), entry.revision)
        except StaleError:
            return False
        if not self.held:
            self._renewed_at = started
        self.held[number] = revision
        return True

    async def release(self, number: int) -> None:
        """Let others have a partition at once."""
        revision = self.held.pop(number, None)
        if revision is not None:
            with suppress(StaleError):  # it is another's by now
                await self._bucket.delete(_key(number), revision)

    async def leave(self) -> None:
        """Be there no more; where the cluster is not waited for, leases run out by themselves."""
        with suppress(UnsentError):
            for number in list(self.held):
                await self.release(number)
            await self._bucket.purge(f"w.{self.worker}")


def _key(number: int) -> str:
    return f"p.{number}"
