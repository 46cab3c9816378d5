"""A process with very many requests pending: ``fill FILE OTHER COUNT`` or ``resume FILE STARTED``. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mapper.base.clock import SystemClock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.recent import hash_of, pack_hashes
from mapper.delivery.queue import Arrival, Item
from mapper.records.result import Request
from tests.delivery.kit import KEY

STEP = 500
"""Requests that come in at once, each of another call."""
ROUNDS, STEPS = 31, 10
"""Rounds enough that it evens out in which of them a checkpoint falls."""
BODY = b'{"user_id": "%d", "details": "' + b"d" * 250 + b'"}'
CALL = b'{"type": "track", "userId": "%d", "properties": "' + b"p" * 500 + b'"}'


def arrival(first: int) -> Arrival:
    items = [_item(number) for number in range(first, first + STEP)]
    seen = pack_hashes(hash_of("source", str(each.id)) for each in items)
    return Arrival(items=items, lines=STEP, read=STEP, seen=seen)


def _item(number: int) -> Item:
    user = number % 100_000
    request = Request(
        destination=KEY[0],
        name=KEY[1],
        mapping="track",
        body=BODY % number,
        order_key=str(user),
        after=None,
    )
    return Item(
        id=number,
        request=request,
        call=CALL % number,
        file="calls.ndjson",
        line=number,
        message_id=str(number),
        type="track",
        lane=f"shop {user}",
    )


def peak() -> int:
    """Most memory that this process had so far, in bytes."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) * 1024


async def deliver(queue: DurableQueue, count: int) -> int:
    """Lease and deliver at least so many; how many it was."""
    done = 0
    while done < count and (lease := await queue.lease(KEY, STEP, 1e12)):
        await queue.deliver(lease, lease.items)
        done += len(lease.items)
    return done


async def enqueue(queue: DurableQueue) -> float:
    """Requests a second, over some steps."""
    arrivals = [arrival(queue.next_id + at * STEP) for at in range(STEPS)]
    started = time.perf_counter()
    for each in arrivals:
        await queue.accept(each)
    return STEPS * STEP / (time.perf_counter() - started)


async def enqueue_while_sending(queue: DurableQueue) -> float:
    """The same, while as much is leased and delivered as can be."""
    over = asyncio.Event()

    async def send() -> None:
        while not over.is_set():
            if not await deliver(queue, STEP):
                await asyncio.sleep(0)

    sending = asyncio.create_task(send())
    rate = await enqueue(queue)
    over.set()
    await sending
    return rate


async def fill(path: Path, other: Path, count: int) -> dict[str, float]:
    full, empty = DurableQueue(Database(path), SystemClock()), DurableQueue(Database(other), SystemClock())
    started = time.perf_counter()
    while full.next_id <= count:
        await full.accept(arrival(full.next_id))
    filled, memory = time.perf_counter() - started, peak()  # what follows takes in many more than are asked for
    alone = await compare(full, empty, enqueue)
    sending = await compare(full, empty, enqueue_while_sending)
    return {
        "pending": full.counts().pending,
        "filled": count / filled,
        "full": alone[0],
        "ratio": alone[1],
        "full, sending": sending[0],
        "ratio, sending": sending[1],
        "peak": memory,
    }


async def compare(
    full: DurableQueue, empty: DurableQueue, measure: Callable[[DurableQueue], Awaitable[float]]
) -> tuple[float, float]:
    """Requests a second with the full queue, and how much that is of as many with the empty one; in turns, medians."""
    rates: dict[DurableQueue, list[float]] = {full: [], empty: []}
    for number in range(ROUNDS):
        for queue in (full, empty) if number % 2 else (empty, full):
            rates[queue].append(await measure(queue))
        await deliver(empty, STEPS * STEP)
        assert empty.counts().pending == 0
    ratio = statistics.median(a / b for a, b in zip(rates[full], rates[empty], strict=True))
    return statistics.median(rates[full]), ratio


async def resume(path: Path, started: float) -> dict[str, float]:
    queue = DurableQueue(Database(path), SystemClock())
    opened = time.monotonic() - started
    lease = await queue.lease(KEY, STEP, 1e12)
    leased = time.monotonic() - started
    assert lease is not None
    await queue.deliver(lease, lease.items)
    begun = time.perf_counter()
    delivered = await deliver(queue, 100_000)
    return {
        "opened": opened,
        "leased": leased,
        "delivered": delivered / (time.perf_counter() - begun),
        "pending": queue.counts().pending,
        "peak": peak(),
    }


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", path, other, count]:
            seen = asyncio.run(fill(Path(path), Path(other), int(count)))
        case ["resume", path, started]:
            seen = asyncio.run(resume(Path(path), float(started)))
    print(json.dumps(seen), flush=True)
    os._exit(0)  # without closing anything: the next one finds what a crash leaves
