"""Letters are dropped by age when a queue is opened and while it is open, each counted once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mapper.app.forgetting import forgetting
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.letters import Choice
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.view import view
from mapper.delivery.queue import DROPPED, Arrival, Letter
from tests.delivery.durable.kit import HandClock
from tests.delivery.kit import run

DAY = 86_400.0


class Waiting(HandClock):
    """A clock on which nobody's sleep ends before it is moved."""

    async def sleep(self, seconds: float) -> None:
        until = self.wall() + seconds
        while self.wall() < until:
            await asyncio.sleep(0.001)


def letter(line: int) -> Letter:
    return Letter(
        kind="invalid", because="no JSON", destination=None, mapping=None, type=None, message_id=None,
        file="in", line=line, call=b"x",
    )  # fmt: skip


async def bury(queue: DurableQueue, count: int) -> None:
    await queue.accept(Arrival(lines=count, read=count, letters=[letter(line) for line in range(count)]))


async def kept_and_dropped(path: Path, until: int | None = None) -> tuple[int, int]:
    """What the file says, once it has come to `until` letters, or as soon as others had a chance to change it."""
    for _ in range(500):
        await asyncio.sleep(0.02)
        seen = view(path)
        if until is None or seen.letters == until:
            break
    return seen.letters, seen.ledger[DROPPED, "by age"]


def test_letters_go_at_the_beginning_and_later_and_more_than_one_portion_of_them(tmp_path: Path) -> None:
    async def work() -> None:
        path, clock = tmp_path / "q.db", Waiting()
        queue = DurableQueue(Database(path), clock)
        await bury(queue, 2_500)
        clock.move(3 * DAY)
        await bury(queue, 10)
        async with forgetting(queue, None, clock):
            assert await kept_and_dropped(path) == (2_510, 0)
        async with forgetting(queue, 2 * DAY, clock):
            assert await kept_and_dropped(path) == (10, 2_500)
            clock.move(DAY)
            assert await kept_and_dropped(path) == (10, 2_500)
            clock.move(DAY + 1)
            assert await kept_and_dropped(path, until=0) == (0, 2_510)
        queue.shut()
        assert view(path).ledger["invalid", "no JSON"] == 2_510

    run(work())


def test_they_are_looked_for_every_ten_minutes(tmp_path: Path) -> None:
    async def work() -> None:
        path, clock = tmp_path / "q.db", Waiting()
        queue = DurableQueue(Database(path), clock)
        await bury(queue, 1)
        async with forgetting(queue, 300.0, clock):
            assert await kept_and_dropped(path, until=1) == (1, 0)
            clock.move(599)
            await asyncio.sleep(0.1)
            assert await kept_and_dropped(path, until=1) == (1, 0)
            clock.move(1)
            assert await kept_and_dropped(path, until=0) == (0, 1)
        queue.shut()

    run(work())


def test_what_goes_wrong_with_it_later_ends_what_goes_on_beside_it(tmp_path: Path) -> None:
    async def work() -> None:
        clock = Waiting()
        queue = DurableQueue(Database(tmp_path / "q.db"), clock)
        try:
            async with forgetting(queue, DAY, clock):
                queue.drop_letters = broken  # type: ignore[method-assign]
                while True:
                    clock.move(DAY)
                    await asyncio.sleep(0.001)
        finally:
            queue.shut()

    async def broken(choice: Choice, why: str) -> int:
        raise QueueFileError("q.db: disk I/O error", "look at the disk")

    with pytest.raises(QueueFileError, match="disk I/O error"):
        run(work())
