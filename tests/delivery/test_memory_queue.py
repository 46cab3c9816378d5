from __future__ import annotations

import asyncio
import time

from hypothesis import given, settings

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Queue
from tests.delivery.kit import KEY, item, run
from tests.delivery.queue_contract import QueueContract, RoomContract, agrees_with_the_model, steps


class TestContract(QueueContract):
    def make(self, capacity: int = 1000) -> Queue:
        return MemoryQueue(capacity)


class TestRoom(RoomContract):
    def make(self, capacity: int = 1000) -> Queue:
        return MemoryQueue(capacity)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_agrees_with_a_plain_model(work: list[tuple[str, object]]) -> None:
    agrees_with_the_model(MemoryQueue(), work)


def test_put_waits_for_room_by_bytes_too() -> None:
    async def scenario() -> None:
        queue = MemoryQueue(capacity=100, max_bytes=50)
        await queue.put([item(1, body=b"x" * 60)])
        putting = asyncio.create_task(queue.put([item(2)]))
        await asyncio.sleep(0.02)
        assert queue.crowded
        leased = await queue.lease(KEY, 1, 1.0)
        assert leased is not None
        await queue.deliver(leased, leased.items)
        await putting
        assert queue.counts().pending == 1

    run(scenario())


def seconds_for(count: int, lanes: int) -> float:
    """Seconds that the processor works for it: half of one, or, where each looks at all others, very many."""

    async def scenario() -> float:
        queue = MemoryQueue(capacity=count)
        items = [item(n, f"lane {n % lanes}") for n in range(count)]
        started = time.process_time()
        for start in range(0, count, 500):
            await queue.put(items[start : start + 500])
        done = 0
        while leased := await queue.lease(KEY, 500, 1.0):
            await queue.deliver(leased, leased.items)
            done += len(leased.items)
        assert done == count
        return time.process_time() - started

    seconds: float = run(scenario())
    return seconds


def test_time_grows_with_the_items_and_not_with_their_square() -> None:
    for lanes in (100_000, 1, 317):
        assert seconds_for(100_000, lanes) < 10.0, f"{lanes} lanes"
