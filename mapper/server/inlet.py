"""Where calls from all requests come together: they are mapped and queued in groups, each group with one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final, NamedTuple, NoReturn

from mapper.app.mapping import Apply, Selection, map_lines
from mapper.app.producer import Producer
from mapper.base.clock import Clock
from mapper.delivery.queue import QueueClosedError
from mapper.records.line import Line
from mapper.server.refusal import busy
from mapper.server.spell import Spell

_MOST_IN_GROUP: Final = 2_000
"""Calls with one commit: many, so that a slow disk is waited for seldom."""
_MOST_WAITING: Final = 20_000
"""Calls that wait to be mapped, beyond which none is taken: memory stays flat."""
_PATIENCE: Final = 20.0
_LOOK: Final = 1.0
"""Seconds between looks at who has waited too long: a timer for each request would cost more than the wait."""


class _Asked(NamedTuple):
    """What one request brought; `since` is a time of ``Clock.now()``."""

    lines: Sequence[Line]
    future: asyncio.Future[None]
    since: float


class Inlet:
    """Takes in lines from many requests at a time.

    Args:
        apply: Maps them; may be another one later.
        producer: Queues what they become.
        has_room: Whether the queue takes any more; asked now and then, not for each request.
        clock: Time.
        full: Told when it takes none, other than for trouble with the disk or the cluster, which tells of itself.
    """

    def __init__(
        self, apply: Apply, producer: Producer, has_room: Callable[[], bool], clock: Clock, full: Spell
    ) -> None:
        self.apply = apply
        self.trouble: str | None = None
        self._producer = producer
        self._has_room = has_room
        self._clock = clock
        self._full = full
        self._group: list[_Asked] = []
        self._waiting: deque[_Asked] = deque()
        self._count = 0
        self._some = asyncio.Event()
        self._between: Callable[[], None] | None = None
        self._room = has_room()

    @property
    def ready(self) -> bool:
        """Whether calls are taken in now."""
        return self.trouble is None and self._room and self._count < _MOST_WAITING

    @property
    def because(self) -> str:
        """Why not, where they are not."""
        return self.trouble or (f"{_MOST_WAITING:,} calls wait to be mapped" if self._room else "the queue is full")

    async def take(self, lines: Sequence[Line]) -> None:
        """Map and queue; everything is on the disk when this returns.

        Raises:
            Refusal: nothing can be taken in now; what was asked for may still be, later.
        """
        if not lines:
            return
        if not self.ready:
            self._refuse()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(lines, future, self._clock.now()))
        self._count += len(lines)
        self._some.set()
        try:
            await future
        except TimeoutError:
            raise busy("the queue did not take it in time") from None
        except QueueClosedError:
            raise busy("nothing is taken in any more") from None

    def between(self, do: Callable[[], None]) -> None:
        """Do this between two groups: when nothing that was mapped is still to be queued."""
        self._between = do
        self._some.set()

    def _refuse(self) -> NoReturn:
        if self.trouble is None:
            self._full.begin(self.because)
            self._full.refuse()
        raise busy("nothing can be taken in now")

    async def run(self) -> None:
        """Go on until cancelled.

        Raises:
            mapper.delivery.durable.errors.QueueFileError: the queue can't be used any more.
        """
        self._look()
        looking = asyncio.create_task(self._keep_looking())
        try:
            while True:
                await self._some.wait()
                if self._between is not None:
                    do, self._between = self._between, None
                    do()
                self._group = self._next_group()
                if self._group:
                    await self._put()
                else:
                    self._some.clear()
        finally:
            looking.cancel()

    async def _put(self) -> None:
        lines = [line for asked in self._group for line in asked.lines]
        try:
            await self._producer.take(lines, map_lines(self.apply, lines, Selection()))
        except BaseException as error:
            _fail(self._group, QueueClosedError, str(error))
            if not isinstance(error, QueueClosedError):
                raise
        else:
            self._look()
            for asked in self._group:
                if not asked.future.done():
                    asked.future.set_result(None)

    async def _keep_looking(self) -> None:
        """Tell those who have waited too long; their calls go their way all the same."""
        while True:
            await self._clock.sleep(_LOOK)
            self._look()
            if self.ready:
                self._full.look()
            since = self._clock.now() - _PATIENCE
            _fail([asked for asked in chain(self._group, self._waiting) if asked.since < since], TimeoutError)

    def _look(self) -> None:
        self._room = self._has_room()
        if not self._room and self.trouble is None:
            self._full.begin(self.because)

    def _next_group(self) -> list[_Asked]:
        group: list[_Asked] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0].lines) <= _MOST_IN_GROUP):
            group.append(self._waiting.popleft())
            size += len(group[-1].lines)
        self._count -= size
        return group


def _fail(those: Sequence[_Asked], kind: type[Exception], message: str = "") -> None:
    for asked in those:
        if not asked.future.done():
            asked.future.set_exception(kind(message))
            asked.future.exception()  # whoever asked may have gone: nothing is to be said of it then
