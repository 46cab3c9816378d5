"""Parts that the tests of delivery share: items, targets, a clock in a hurry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from mapper.delivery.queue import Dead, Item, Settlement, TargetKey
from mapper.delivery.report import Listener, Trouble
from mapper.records.policy import BatchPolicy, Response, RetryPolicy, Target, Verdict
from mapper.records.result import Request
from tests.support.awaiting import PATIENCE

KEY: TargetKey = ("shop", "event")
WALL = 1_700_000_000.0
"""2023-11-14T22:13:20Z: the wall clock's start in all tests."""


class FastClock:
    """A clock that runs `speed` times as fast as the real one, with chance standing still."""

    def __init__(self, speed: float = 1000.0, chance: float = 0.5) -> None:
        self._speed = speed
        self._chance = chance
        self._start = time.monotonic()

    def now(self) -> float:
        return (time.monotonic() - self._start) * self._speed

    def wall(self) -> float:
        return WALL + self.now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def random(self) -> float:
        return self._chance


class HeldClock(FastClock):
    """The same, but it stands still until something has happened."""

    def __init__(self, until: Callable[[], bool]) -> None:
        super().__init__()
        self._until = until
        self._goes = False

    def now(self) -> float:
        if not self._goes and self._until():
            self._goes, self._start = True, time.monotonic()
        return super().now() if self._goes else 0.0

    async def sleep(self, seconds: float) -> None:
        end = self.now() + seconds
        while self.now() < end:
            await asyncio.sleep(0.001)


def item(
    number: int,
    lane: str | None = None,
    *,
    body: bytes | None = None,
    name: str = "event",
    destination: str = "shop",
    after: int | None = None,
    not_before: float = 0.0,
    mapping: str = "track",
) -> Item:
    request = Request(
        destination=destination,
        name=name,
        mapping=mapping,
        body=b'{"n":%d}' % number if body is None else body,
        order_key=lane,
        after="first" if after is not None else None,
    )
    return Item(
        id=number,
        request=request,
        call=b'{"call":%d}' % number,
        file="calls.ndjson",
        line=number + 1,
        message_id=f"m{number}",
        type="track",
        lane=lane,
        after=after,
        not_before=not_before,
    )


def target(
    url: str,
    *,
    name: str = "event",
    destination: str = "shop",
    batch: BatchPolicy | None = None,
    retry: RetryPolicy | None = None,
    judge: Callable[[Response], Verdict | None] = lambda _: None,
    headers: dict[str, str] | None = None,
) -> Target:
    return Target(
        destination=destination,
        name=name,
        method="POST",
        url=url,
        headers={"content-type": "application/json"} if headers is None else headers,
        shown_url="http://shop.example/***",
        shown_headers={},
        batch=batch or BatchPolicy(max_events=10, max_wait=0.05),
        retry=retry or RetryPolicy(connect_timeout=PATIENCE, total_timeout=PATIENCE),
        judge=judge,
        advice="check setting `key`",
    )


class Diary:
    """Keeps what delivery tells."""

    def __init__(self, mask: Callable[[str], str] = str) -> None:
        self.settled: list[Settlement] = []
        self.troubles: list[Trouble] = []
        self.listener = Listener(on_settled=self.settled.append, on_trouble=self.troubles.append, mask=mask)

    def ids(self, outcome: str) -> list[int]:
        return sorted(s.item.id for s in self.settled if s.outcome == outcome)

    def of(self, number: int) -> Settlement:
        (found,) = (s for s in self.settled if s.item.id == number)
        return found

    def death(self, number: int) -> Dead:
        found = self.of(number)
        assert isinstance(found, Dead)
        return found

    @property
    def deaths(self) -> list[Dead]:
        return [s for s in self.settled if isinstance(s, Dead)]


def run(coroutine: Any, seconds: float = PATIENCE) -> Any:
    """Run a test's coroutine; a test that hangs fails."""

    async def bounded() -> Any:
        async with asyncio.timeout(seconds):
            return await coroutine

    return asyncio.run(bounded())


def ids(items: Sequence[Item]) -> list[int]:
    return [item.id for item in items]
