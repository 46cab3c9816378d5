"""Whether the stream that a process puts into is still the one that its books were written of.

Numbers of a stream only grow, and each acknowledgement brings one: one that went back is a reason to look.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from mapper.delivery.jetstream.errors import ClusterError, UnsentError
from mapper.delivery.jetstream.link import Link, Stored
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.origin import Origin, origin_of, require_own_stream

EVERY: Final = 15.0
"""Seconds between looks of who goes on for long: others may have put so much into a new stream that its numbers don't
tell."""
_AGAIN: Final = 2.0
"""Seconds after which one looks whether it is put right."""


class Guard:
    """Of one who puts.

    Args:
        link: To the cluster; is told what is wrong.
        names: Of the queue's parts.
        origin: Of the stream when this process came to it, which was its books' own.
        waits: Wait until it is put right, and tell of it; otherwise whoever puts is told by an error.
    """

    def __init__(self, link: Link, names: Names, origin: Origin, *, waits: bool) -> None:
        self._link = link
        self._names = names
        self._origin = origin
        self._waits = waits
        self._doubts = False
        self._door = asyncio.Lock()

    @property
    def reached(self) -> int:
        """The highest number that is known to have been given."""
        return self._origin.reached

    def acknowledged(self, stored: Stored, before: int) -> None:
        """A message has been stored; `before`: what :attr:`reached` was when it was sent off."""
        if stored.duplicate:
            return
        if stored.sequence <= before:
            self._doubts = True
        elif stored.sequence > self.reached:
            self._origin = self._origin._replace(reached=stored.sequence)

    async def confirm(self) -> None:
        """Go on where the stream is the books' own; asks the cluster only where there is a doubt.

        Raises:
            mapper.delivery.jetstream.origin.OriginError: it is not, and this is not to wait.
            UnsentError: nobody waits any more.
        """
        if not self._doubts:
            return
        async with self._door:
            while self._doubts:
                try:
                    self._origin = await require_own_stream(self._link, self._names)
                except UnsentError:
                    raise
                except ClusterError as error:
                    if not self._waits:
                        raise
                    trouble = "; ".join(filter(None, (str(error), error.help)))
                    self._link.object_to(trouble)
                    await self._link.pause(_AGAIN, trouble)
                else:
                    self._doubts = False
                    self._link.object_to(None)

    async def keep(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            with suppress(ClusterError):  # it can't be looked at now
                before = self._origin
                found = origin_of(await self._link.stream(self._names.queue))
                if found.created != before.created or found.reached < before.reached:
                    self._doubts = True
                await self.confirm()
