"""A process with very many requests pending: ``fill FILE OTHER COUNT`` or ``resume FILE``. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import apsw

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
PORTION = 20
"""Instructions that SQLite tells of at a time."""
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
        await asyncio.sleep(0.001)  # lest waiting counts as work
    await queue.deliver(lease, lease.items)
    return len(lease.items)


class Measured:
    """A queue, and what it takes to put into it and to send from it."""

    def __init__(self, path: Path) -> None:
        database = Database(path)
        self._connection = database.connection
        self._instructions = 0
        self._connection.set_progress_handler(self._count, PORTION)
        self.queue = DurableQueue(database, SystemClock())

    def _count(self) -> bool:
        self._instructions += PORTION
        return False

    def effort(self) -> dict[str, int]:
        """What SQLite has done so far: not to be moved by other work on the machine, as times are."""
        kinds = apsw.SQLITE_DBSTATUS_CACHE_HIT, apsw.SQLITE_DBSTATUS_CACHE_MISS
        pages = sum(self._connection.status(kind)[0] for kind in kinds)
        return {"instructions": self._instructions, "pages looked at": pages}

    async def steps(self, sending: bool) -> dict[str, float]:
        """What some steps took, in each of which as much is delivered as comes in, or nothing."""
        before, started = self.effort(), time.perf_counter()
        for _ in range(STEPS):
            await self.queue.accept(arrival(self.queue.next_id))
            if sending:
                await deliver(self.queue, STEP)
        taken = time.perf_counter() - started
        return {"seconds": taken} | {kind: count - before[kind] for kind, count in self.effort().items()}


async def fill(path: Path, other: Path, count: int) -> dict[str, Any]:
    full, empty = Measured(path), Measured(other)
    started = time.perf_counter()
    while full.queue.next_id <= count:
        await full.queue.accept(arrival(full.queue.next_id))
    await full.queue.accept(arrival(full.queue.next_id, [RARE]))
    filled, memory = time.perf_counter() - started, peak()  # what follows takes in many more than are asked for
    return {
        "filled": count / filled,
        "alone": await compare(full, empty, sending=False),
        "sending": await compare(full, empty, sending=True),
        "pending": full.queue.counts().pending,
        "peak": memory,
    }


async def compare(full: Measured, empty: Measured, *, sending: bool) -> dict[str, float]:
    """By what it takes, how many times as much that is with the full queue; in turns, medians."""
    ratios: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        each = {queue: await queue.steps(sending) for queue in ((full, empty) if number % 2 else (empty, full))}
        for kind, taken in each[full].items():
            ratios.setdefault(kind, []).append(taken / each[empty][kind])
        await deliver(empty.queue, STEPS * STEP)
        assert empty.queue.counts().pending == 0
    return {kind: statistics.median(found) for kind, found in ratios.items()}


async def resume(path: Path) -> dict[str, float]:
    """In seconds for which a processor has worked since the process began: other work does not move them much."""
    queue = DurableQueue(Database(path), SystemClock())
    opened = time.process_time()
    first = await first_of(queue, TARGETS[0])
    leased = time.process_time()
    rare = await first_of(queue, RARE)
    found = time.process_time()
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
        case ["resume", path]:
            seen = asyncio.run(resume(Path(path)))
    print(json.dumps(seen), flush=True)
    os._exit(0)  # without closing anything: the next one finds what a crash leaves
