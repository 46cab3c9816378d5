"""What a queue in a file does beside what every queue does."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from mapper.delivery.durable.database import connect_to_read, rows_of
from mapper.delivery.durable.recent import hash_of, pack_hashes
from mapper.delivery.queue import Arrival
from mapper.delivery.report import Report
from mapper.delivery.worker import deliver
from mapper.records.policy import Response, Target
from tests.delivery.durable.kit import HandClock, Process
from tests.delivery.kit import KEY, Diary, FastClock, item, run, target

HOUR = 3_600.0


class Closed:
    """A destination that refuses the key."""

    async def send(self, target: Target, content: bytes) -> Response:
        return Response(status=401)


def test_a_run_ends_though_more_waits_for_a_paused_destination_than_memory_holds(tmp_path: Path) -> None:
    async def scenario() -> Report:
        process, other = Process(tmp_path / "q.db", FastClock(), window=1), ("mall", "event")
        for first in range(1, 10_001, 500):
            await process.queue.put([item(number) for number in range(first, first + 500)])
        delivering = asyncio.create_task(
            deliver(
                process.queue,
                {KEY: target("https://shop.example"), other: target("https://mall.example", destination="mall")},
                sender=Closed(),
                clock=FastClock(),
                listener=Diary().listener,
            )
        )
        await asyncio.sleep(0.2)  # by now it has nothing to do but to wait for more
        process.queue.close()
        report = await delivering
        assert process.queue.counts().pending == 10_000
        process.end()
        return report

    (pause,) = run(scenario()).pauses
    assert pause.destination == "shop"


def test_messages_of_the_days_before_are_forgotten_while_it_is_open(tmp_path: Path) -> None:
    def kept() -> list[int]:
        with closing(connect_to_read(tmp_path / "q.db")) as connection:
            return [len(hashes) // 8 for (hashes,) in rows_of(connection, "SELECT hashes FROM seen ORDER BY rowid")]

    async def scenario() -> None:
        clock = HandClock()
        process = Process(tmp_path / "q.db", clock)
        for number in range(72):
            await process.queue.accept(Arrival(seen=pack_hashes([hash_of("", f"m{number}")])))
            clock.move(HOUR)
        assert kept() == [1] * 25
        assert [process.queue.knows(hash_of("", f"m{number}")) for number in (46, 71)] == [False, True]
        process.end()

    run(scenario())
