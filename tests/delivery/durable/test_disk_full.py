"""A disk that is full: what comes in waits, what was promised stays, and with room it goes on by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mapper.delivery.durable import room
from mapper.delivery.durable.check import check
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import QueueFileError, UnwrittenError
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival, Item
from tests.delivery.durable.kit import Process, drain, start
from tests.delivery.durable.limited import LIMIT
from tests.delivery.durable.model import numbers
from tests.delivery.kit import KEY, FastClock, item, run
from tests.support.awaiting import PATIENCE
from tests.support.disk import MOUNTED, empty, fill_up, small_disk

NEARLY_FULL = "the disk is nearly full: what comes in has to wait"
FULL = "the disk is full"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as folder:
        yield folder


async def put(queue: DurableQueue, count: int = 20) -> list[int]:
    """The ids, once they are accepted."""
    items = [item(queue.next_id + n, body=b"x" * 500) for n in range(count)]
    await queue.accept(Arrival(items=items, lines=count, read=count))
    return numbers(items)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


async def waiting(disk: Path) -> list[int]:
    """What a new process finds."""
    assert check(disk / "q.db") == []
    queue = DurableQueue(Database(disk / "q.db"), FastClock())
    try:
        return numbers(await drain(queue))
    finally:
        queue.shut()


def test_what_comes_in_and_what_is_settled_waits_for_others_to_make_room(disk: Path) -> None:
    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(disk / "q.db", FastClock(), on_trouble=troubles.append)
        queue = process.queue
        await put(queue)
        lease = await queue.lease(KEY, 5, 1.0)
        assert lease is not None
        fill_up(disk)
        putting = asyncio.create_task(put(queue))
        delivering = asyncio.create_task(queue.deliver(lease, lease.items))
        await until(lambda: {NEARLY_FULL, FULL} <= set(troubles))
        assert not putting.done()
        assert not delivering.done()
        empty(disk)
        await asyncio.gather(putting, delivering)
        assert troubles[-1] is None
        process.die()
        assert await waiting(disk) == [*range(6, 41)]

    run(scenario())


def test_a_transaction_that_the_disk_does_not_take_is_tried_again(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the space runs out between looking and writing."""
    monkeypatch.setattr(room, "nearly_full", lambda _: False)

    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(disk / "q.db", FastClock(), on_trouble=troubles.append)
        accepted: list[int] = []

        async def read() -> None:
            for _ in range(10):
                accepted.extend(await put(process.queue, 100))

        first = await put(process.queue)
        fill_up(disk)
        reading = asyncio.create_task(read())
        await until(lambda: FULL in troubles)
        await asyncio.sleep(0.2)
        assert troubles.count(FULL) == 1
        assert len(accepted) < 1_000
        empty(disk)
        await reading
        assert troubles[-1] is None
        process.die()
        assert await waiting(disk) == [*first, *accepted]

    run(scenario())


def test_a_disk_full_of_the_queue_itself_gets_room_by_sending(disk: Path) -> None:
    """Twice as much goes through it as it has room for."""

    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(disk / "q.db", FastClock(), on_trouble=troubles.append)
        queue = process.queue

        async def read() -> None:
            while queue.next_id < 2 * MOUNTED // 500:
                await put(queue, 100)

        reading = asyncio.create_task(read())
        await until(lambda: NEARLY_FULL in troubles)
        held = queue.counts().pending
        assert held * 500 > MOUNTED / 3
        delivered: list[Item] = []
        while not reading.done() or queue.counts().pending:
            lease = await queue.lease(KEY, 100, 1.0)
            if lease is None:
                await asyncio.sleep(0.001)
            else:
                delivered += lease.items
                await queue.deliver(lease, lease.items)
        assert numbers(delivered) == [*range(1, queue.next_id)]
        assert troubles[-1] is None
        process.end()

    run(scenario())


def test_what_settles_does_not_fill_a_small_disk_by_itself(disk: Path) -> None:
    async def scenario() -> int:
        process, longest = Process(disk / "q.db", FastClock()), 0
        for _ in range(40):
            await put(process.queue, 100)
        while lease := await process.queue.lease(KEY, 5, 1.0):
            await process.queue.deliver(lease, lease.items)
            longest = max(longest, (disk / "q.db-wal").stat().st_size)
        process.end()
        return longest

    kept = MOUNTED / 8
    assert run(scenario()) < kept / 2


def test_what_waits_for_room_comes_in_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = True
    monkeypatch.setattr(room, "nearly_full", lambda _: full)

    async def scenario() -> None:
        nonlocal full
        troubles: list[str | None] = []
        process = Process(tmp_path / "q.db", FastClock(), on_trouble=troubles.append)
        first, left, last = (
            asyncio.create_task(process.queue.put([item(number), item(number + 1)])) for number in (1, 3, 5)
        )
        await asyncio.sleep(0.05)
        assert process.queue.counts().pending == 0
        left.cancel()
        full = False
        await asyncio.gather(first, last)
        assert numbers(await drain(process.queue)) == [1, 2, 5, 6]
        assert troubles == [NEARLY_FULL, None]
        process.end()

    run(scenario())


def test_a_queue_is_not_opened_on_a_full_disk(disk: Path) -> None:
    Database(disk / "q.db").close()
    fill_up(disk)
    for path, message in (
        (disk / "q.db", "disk I/O error"),
        (disk / "new.db", "database or disk is full"),
    ):
        with pytest.raises(QueueFileError) as refused:
            Database(path)
        assert str(refused.value) == f"{path}: can't be used: {message}"
        assert refused.value.help == "is the disk full? a little room is needed even to look"
    empty(disk)
    Database(disk / "q.db").close()
    Database(disk / "new.db").close()


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    output, _ = start("limited", tmp_path / "q.db").communicate(timeout=PATIENCE)
    seen = json.loads(output)
    assert seen["held_up"]
    assert 0 < seen["until_then"] < len(seen["accepted"]) == 600
    assert set(seen["troubles"]) == {"the disk does not take it: disk I/O error", None}
    assert seen["troubles"][-1] is None
    assert (tmp_path / "q.db").stat().st_size > LIMIT
    assert run(waiting(tmp_path)) == seen["accepted"][5:]


def test_what_is_in_a_hurry_is_told_that_it_was_not_written(disk: Path) -> None:
    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(disk / "q.db", FastClock(), on_trouble=troubles.append)
        first = await put(process.queue)
        lease = await process.queue.lease(KEY, 5, 1.0)
        assert lease is not None
        fill_up(disk)
        delivering = asyncio.create_task(process.queue.deliver(lease, lease.items))
        await until(lambda: FULL in troubles)
        process.queue.hasten()
        with pytest.raises(UnwrittenError) as unwritten:
            await asyncio.wait_for(delivering, PATIENCE)
        assert str(unwritten.value) == f"{disk}/q.db: the disk is full: what was not written by now is not in the queue"
        await asyncio.to_thread(process.queue.shut)
        empty(disk)
        assert await waiting(disk) == first

    run(scenario())
