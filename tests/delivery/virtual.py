"""A destination and an event loop in virtual time: hours pass in milliseconds, and always in the same way."""

from __future__ import annotations

import asyncio
import random
import re
import selectors
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from mapper.base.clock import Clock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.records.policy import Response, Target
from tests.delivery.kit import WALL

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Lets time pass instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.busy and timeout != 0:
            return super().select(1.0)
        if timeout is None:
            raise AssertionError("everybody waits, and nothing will happen any more")
        self.time += max(timeout, 0.0)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.time

    def stand_still(self, more: int) -> None:
        """Let no time pass as long as somebody works elsewhere."""
        self._jumping.busy += more


def run_virtually(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run without waiting for any time to pass. For what talks to no socket and no thread, but for :func:`in_file`."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(coroutine)


def in_file(path: Path, clock: Clock) -> DurableQueue:
    """A queue in a file. Writing takes no time by the loop's clock."""
    queue, loop = DurableQueue(Database(path), clock), asyncio.get_running_loop()
    assert isinstance(loop, _VirtualLoop)
    submit = queue._commits._submit

    async def submitted(*arguments: Any, **options: Any) -> Any:
        loop.stand_still(1)
        try:
            return await submit(*arguments, **options)
        finally:
            loop.stand_still(-1)

    setattr(queue._commits, "_submit", submitted)  # noqa: B010  mypy takes no assignment to a method
    return queue


class VirtualClock:
    """The loop's time. `shift` puts the wall clock wrong."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        self.shift = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        return WALL + self.now() + self.shift

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def random(self) -> float:
        return self._chance.random()


@dataclass(frozen=True)
class Request:
    """One request as the destination saw it, and what it answered."""

    at: float
    numbers: list[int]
    at_once: int
    response: Response


OK = Response(status=200)
HANG = Response(status=None, error="timed out")
"""What a sender gives where no answer comes."""

Behaviour = Callable[["Request"], Response]


@dataclass
class Destination:
    """A :class:`~mapper.delivery.send.Sender` whose other end is here.

    Attributes:
        answer: What comes for a request; of :data:`HANG` the sender tells only after its total time-out.
        latency: Seconds until an answer comes.
    """

    answer: Callable[[list[int], int], Response] = lambda numbers, at_once: OK
    latency: float = 0.05
    requests: list[Request] = field(default_factory=list)
    at_once: int = 0

    async def send(self, target: Target, content: bytes) -> Response:
        loop = asyncio.get_running_loop()
        self.at_once += 1
        try:
            numbers = [int(number) for number in re.findall(rb'"n":(\d+)', content)]
            response = self.answer(numbers, self.at_once)
            self.requests.append(Request(loop.time(), numbers, self.at_once, response))
            await asyncio.sleep(target.retry.total_timeout if response is HANG else self.latency)
            return response
        finally:
            self.at_once -= 1

    @property
    def numbers(self) -> list[int]:
        """The `n` of all events that were taken, in the order they came."""
        return [number for request in self.requests if request.response.status == 200 for number in request.numbers]

    @property
    def gaps(self) -> list[float]:
        """Seconds between one request and the next."""
        return [later.at - earlier.at for earlier, later in pairwise(self.requests)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
