"""Where calls from all requests come together: they are mapped and queued in groups, each group with one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from mapper.app.mapping import Apply, Selection, map_lines
from mapper.app.producer import Producer
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.queue import QueueClosedError
from mapper.records.line import Line
from mapper.server.refusal import busy

_MOST_IN_GROUP: Final = 1_000
_MOST_WAITING: Final = 20_000
"""Calls that wait to be mapped, beyond which none is taken: memory stays flat."""
_PATIENCE: Final = 20.0


class Inlet:
    """Takes in lines from many requests at a time.

    Args:
        apply: Maps them; may be another one later.
        producer: Queues what they become.
        has_room: Whether the queue takes any more.
    """

    def __init__(self, apply: Apply, producer: Producer, has_room: Callable[[], bool]) -> None:
        self.apply = apply
        self.trouble: str | None = None
        self._producer = producer
        self._has_room = has_room
        self._waiting: deque[tuple[Sequence[Line], asyncio.Future[None]]] = deque()
        self._count = 0
        self._some = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether calls are taken in now."""
        return self.trouble is None and self._has_room() and self._count < _MOST_WAITING

    async def take(self, lines: Sequence[Line]) -> None:
        """Map and queue; everything is on the disk when this returns.

        Raises:
            Refusal: nothing can be taken in now; what was asked for may still be, later.
        """
        if not lines:
            return
        if not self.ready:
            raise busy("nothing can be taken in now")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, future))
        self._count += len(lines)
        self._some.set()
        try:
            async with asyncio.timeout(_PATIENCE):
                await asyncio.shield(future)
        except TimeoutError:
            raise busy("the queue did not take it in time") from None
        except (QueueClosedError, QueueFileError):
            raise busy("nothing is taken in any more") from None

    async def run(self) -> None:
        """Go on until cancelled.

        Raises:
            QueueFileError: the queue can't be used any more.
        """
        while True:
            await self._some.wait()
            group = self._next_group()
            if not group:
                self._some.clear()
                continue
            lines = [line for part, _ in group for line in part]
            try:
                await self._producer.take(lines, map_lines(self.apply, lines, Selection()))
            except BaseException as error:
                _fail([future for _, future in group], error)
                if not isinstance(error, QueueClosedError):
                    raise
            else:
                for _, future in group:
                    if not future.done():
                        future.set_result(None)

    def _next_group(self) -> list[tuple[Sequence[Line], asyncio.Future[None]]]:
        group: list[tuple[Sequence[Line], asyncio.Future[None]]] = []
        size = 0
        while self._waiting and (not group or size + len(self._waiting[0][0]) <= _MOST_IN_GROUP):
            group.append(self._waiting.popleft())
            size += len(group[-1][0])
        self._count -= size
        return group


def _fail(futures: Sequence[asyncio.Future[None]], error: BaseException) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(QueueClosedError(str(error)))
            future.exception()  # whoever asked may have gone: nothing is to be said of it then
