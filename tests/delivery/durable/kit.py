"""Parts that the tests of the durable queue share: a clock moved by hand, a process that dies, what a file holds."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import apsw
import msgspec

from mapper.base.clock import Clock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival, Item, Letter, Position, TargetKey
from tests.delivery.kit import KEY, WALL, item, run
from tests.delivery.queue_contract import OTHER, dead

TARGETS: Sequence[TargetKey] = (KEY, OTHER, ("mall", "event"))
REPOSITORY = Path(__file__).parents[3]


class HandClock:
    """A clock that stands still until it is moved; the zero of `now` differs from process to process."""

    def __init__(self, wall: float = WALL, zero: float = 0.0) -> None:
        self._wall = wall
        self._zero = zero

    def now(self) -> float:
        return self._wall - self._zero

    def wall(self) -> float:
        return self._wall

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)

    def random(self) -> float:
        return 0.5

    def move(self, seconds: float) -> None:
        self._wall += seconds


class Mortal(Database):
    """A database that may end as it does with its process: nothing is moved into place, nothing is cleaned up."""

    dying = False

    def close(self) -> None:
        if not self.dying:
            super().close()
            return
        self.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        self.connection.close()
        os.close(self._lock)


class Process:
    """A queue and the file behind it, as one process has them."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        window: int = 1000,
        vfs: str | None = None,
        on_trouble: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        self.database = Mortal(path, vfs)
        self.queue = DurableQueue(self.database, clock, window=window, on_trouble=on_trouble)

    def die(self) -> None:
        """End without a word. What was asked of the thread that writes is written: it may be by then."""
        self.database.dying = True
        self.queue.shut()

    def end(self) -> None:
        self.queue.shut()


def quick_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory, where there are such: for what has to be right rather than on a disk."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


async def drain(queue: DurableQueue) -> list[Item]:
    """Lease and deliver everything, whenever it is due; the items as they were leased, oldest first per target."""
    drained: list[Item] = []
    while True:
        before = len(drained)
        for target in TARGETS:
            while leased := await queue.lease(target, 10_000, 1e12):
                drained += leased.items
                await queue.deliver(leased, leased.items)
        if len(drained) == before:
            return drained


def letter(number: int, kind: str = "invalid", because: str = "not JSON") -> Letter:
    """Of a line that is no call."""
    return Letter(
        kind=kind,
        because=because,
        destination=None,
        mapping=None,
        type=None,
        message_id=None,
        file="calls.ndjson",
        line=number,
        call=b"{%d" % number,
    )


def sent(item: Item, attempts: int, first: float | None, not_before: float) -> Item:
    """An item as it is given back."""
    return msgspec.structs.replace(item, attempts=attempts, first_attempt_at=first, not_before=not_before)


def start(module: str, *arguments: object, stdout: int | IO[str] = subprocess.PIPE) -> subprocess.Popen[str]:
    """A process of its own, running a module beside this one."""
    command = [sys.executable, "-m", f"tests.delivery.durable.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=stdout, text=True)


def fill(path: Path, arrivals: int = 12, *, body: int = 200) -> list[int]:
    """A queue file, closed, with something in every table; the ids of what is to be sent."""

    async def work() -> list[int]:
        queue = DurableQueue(Database(path), HandClock())
        for number in range(arrivals):
            first = queue.next_id
            items = [item(first + n, f"lane {n % 3}", body=b"%d" % n * body) for n in range(10)]
            position = Position(path="/calls.ndjson", inode=1, size=9, head_size=4, head=b"head", line=number)
            arrival = Arrival(
                items=items,
                lines=12,
                read=12,
                skipped={"not wanted": 1},
                letters=[letter(number)],
                positions=[position],
                seen=bytes(8),
            )
            await queue.accept(arrival)
        lease = await queue.lease(KEY, 25, 1.0)
        assert lease is not None
        await queue.deliver(lease, lease.items[:15])
        await queue.kill(lease, [dead(each) for each in lease.items[15:18]])
        await queue.give_back(lease, [sent(each, 2, 0.0, 5.0) for each in lease.items[18:]])
        await queue.tell("state", "{}")
        queue.shut()
        return [each.id for each in lease.items[18:]] + list(range(lease.items[-1].id + 1, queue.next_id))

    waiting: list[int] = run(work())
    return waiting
