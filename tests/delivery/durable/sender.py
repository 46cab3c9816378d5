"""A process that works on a queue until it is killed, and writes down what it asks and is promised: ``FILE SEED``."""

from __future__ import annotations

import asyncio
import base64
import pickle
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from tests.delivery.durable.kit import HandClock
from tests.delivery.durable.power.workload import SOURCE, Fact, Worker

FOR_EVER = 10**9


def tell(fact: Fact) -> None:
    """One line, out of this process before anything else happens."""
    sys.stdout.write(base64.b64encode(pickle.dumps(fact)).decode() + "\n")
    sys.stdout.flush()


def told(output: str) -> Iterator[Fact]:
    """What a process wrote, without a line that it died in."""
    for line in output.splitlines(keepends=True):
        if line.endswith("\n"):
            yield pickle.loads(base64.b64decode(line))


async def work(path: Path, seed: int) -> None:
    clock = HandClock()
    queue = DurableQueue(Database(path), clock, window=40)
    position = await queue.position(SOURCE)
    await Worker(tell, random.Random(seed), clock, line=position.line if position else 0).work(queue, FOR_EVER)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), int(sys.argv[2])))
