"""What a queue in a file does beside what every queue does."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from mapper.delivery.durable import store
from mapper.delivery.durable.check import check
from mapper.delivery.durable.database import connect_to_read, rows_of
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.recent import hash_of, pack_hashes
from mapper.delivery.queue import Arrival, Counts, Item, TargetKey
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


MALL = ("mall", "event")


class ShopClosed:
    """The shop refuses the key, the mall takes everything."""

    async def send(self, target: Target, content: bytes) -> Response:
        return Response(status=401 if target.destination == "shop" else 200)


@pytest.mark.parametrize("closed", [False, True])
def test_a_run_does_not_end_before_it_has_looked_behind_all_that_waits_for_a_paused_destination(
    closed: bool, tmp_path: Path
) -> None:
    last = 30_001

    async def scenario() -> tuple[Report, Diary]:
        process, diary = Process(tmp_path / "q.db", FastClock(), window=20), Diary()
        arrivals = [[item(number) for number in range(first, first + 500)] for first in range(1, last, 500)]
        arrivals.append([item(last + number, destination="mall") for number in range(20)])
        await asyncio.gather(*map(process.queue.put, arrivals))
        process.die()
        process = Process(tmp_path / "q.db", FastClock(), window=20)
        if closed:
            process.queue.close()
        delivering = asyncio.create_task(
            deliver(
                process.queue,
                {KEY: target("https://shop.example"), MALL: target("https://mall.example", destination="mall")},
                sender=ShopClosed(),
                clock=FastClock(),
                listener=diary.listener,
            )
        )
        while not closed and process.queue.targets[MALL]:
            await asyncio.sleep(0.01)
        process.queue.close()
        report = await delivering
        process.end()
        return report, diary

    report, diary = run(scenario())
    assert [pause.destination for pause in report.pauses] == ["shop"]
    assert diary.ids("delivered") == [*range(last, last + 20)]


def calls(first: int, count: int) -> list[Item]:
    """Each call becomes a request to the one and, if its number is even, one to the other."""
    items: list[Item] = []
    for number in range(count):
        items.append(item(first + len(items), f"shop {number % 7}"))
        if number % 2 == 0:
            items.append(item(first + len(items), f"mall {number % 5}", destination="mall"))
    return items


async def emptied(queue: DurableQueue, target: TargetKey) -> list[int]:
    """Deliver all of one target."""
    found: list[int] = []
    while queue.targets[target]:
        lease = await queue.lease(target, 50, 1.0)
        if lease is None:  # it looks on when it is asked again
            await asyncio.sleep(0)
        else:
            found += [each.id for each in lease.items]
            await queue.deliver(lease, lease.items)
    return found


@pytest.mark.parametrize("restarted", [False, True])
def test_a_destination_that_takes_nothing_holds_up_no_other(restarted: bool, tmp_path: Path) -> None:
    """However much waits for it, all of it before what the other gets."""

    async def scenario() -> None:
        process = Process(tmp_path / "q.db", FastClock(), window=20)
        expected: list[int] = []
        for at in range(16):
            first = process.queue.next_id
            items = [item(first + n) for n in range(500)] if at < 10 else calls(first, 300)
            expected += [each.id for each in items if each.target == MALL]
            await process.queue.accept(Arrival(items=items, lines=len(items), read=len(items)))
        if restarted:
            process.die()
            process = Process(tmp_path / "q.db", FastClock(), window=20)
        assert await emptied(process.queue, MALL) == expected
        assert process.queue.counts() == Counts(waiting=5_000 + 1_800, leased=0)
        assert check(tmp_path / "q.db") == []
        assert len(await emptied(process.queue, KEY)) == 6_800
        assert process.queue.counts().pending == 0
        process.end()
        with closing(connect_to_read(tmp_path / "q.db")) as connection:
            assert rows_of(connection, "SELECT id FROM chunk UNION ALL SELECT chunk FROM progress") == []

    run(scenario())


def test_large_calls_are_read_a_few_at_a_time(tmp_path: Path) -> None:
    """However many would be read of usual ones: what lies in the file is not to fill the memory."""

    async def scenario() -> None:
        process = Process(tmp_path / "q.db", FastClock())
        for number in range(1, 21):
            await process.queue.put([item(number, body=bytes(1_000_000))])
        process.end()

    run(scenario())
    with closing(connect_to_read(tmp_path / "q.db")) as connection:
        found = [each.id for each in store.chunks_from(connection.cursor(), "shop", 3, 4_000, 8_000_000)]
        assert found == [*range(3, 11)]
        assert [each.id for each in store.chunks_from(connection.cursor(), "shop", 3, 4_000, 1)] == [3]


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
