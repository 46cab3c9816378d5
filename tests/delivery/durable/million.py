"""A process with very many requests pending: ``fill FILE OTHER COUNT`` or ``resume FILE STARTED``. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from pathlib import Path

from mapper.base.clock import SystemClock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.recent import hash_of, pack_hashes
from mapper.delivery.queue import Arrival, Item, TargetKey
from mapper.records.result import Request

TARGETS: Sequence[TargetKey] = [(f"shop {number}", "event") for number in range(4)]
RARE: TargetKey = ("rare", "event")
"""All that is for it stands behind all that is for the others."""
STEP = 500
"""Requests that come in at once, each of another call."""
ROUNDS, STEPS = 31, 10
"""Rounds enough that it evens out in which of them a checkpoint falls."""
BODY = b'{"user_id": "%d", "details": "' + b"d" * 250 + b'"}'
CALL = b'{"type": "track", "userId": "%d", "properties": "' + b"p" * 500 + b'"}'


def arrival(first: int, targets: Sequence[TargetKey] = TARGETS) -> Arrival:
    items = [_item(number, targets[number % len(targets)]) for number in range(first, first + STEP)]
    seen = pack_hashes(hash_of("source", str(each.id)) for each in items)
    return Arrival(items=items, lines=STEP, read=STEP, seen=seen)


def _item(number: int, target: TargetKey) -> Item:
    user = number % 100_000
    request = Request(
        destination=target[0],
        name=target[1],
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
        lane=f"{target[0]} {user}",
    )


def peak() -> int:
    """Most memory that this process had so far, in bytes."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) * 1024


async def deliver(queue: DurableQueue, count: int) -> int:
    """Lease and deliver at least so many, of all destinations in turns; how many it was."""
    done = idle = 0
    for target in cycle(TARGETS):
        if done >= count or idle == len(TARGETS):
            break
        lease = await queue.lease(target, STEP, 1e12)
        idle = 0 if lease else idle + 1
        if lease:
            await queue.deliver(lease, lease.items)
            done += len(lease.items)
    return done


async def first_of(queue: DurableQueue, target: TargetKey) -> int:
    """Deliver the first lease of a destination, however long it is looked for; how many it held."""
    while (lease := await queue.lease(target, STEP, 1e12)) is None:
        await asyncio.sleep(0)
    await queue.deliver(lease, lease.items)
    return len(lease.items)


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
    await full.accept(arrival(full.next_id, [RARE]))
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
    first = await first_of(queue, TARGETS[0])
    leased = time.monotonic() - started
    rare = await first_of(queue, RARE)
    found = time.monotonic() - started
    begun = time.perf_counter()
    delivered = await deliver(queue, 100_000)
    return {
        "opened": opened,
        "leased": leased,
        "found": found,
        "settled": first + rare + delivered,
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
