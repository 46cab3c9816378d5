"""A process whose files may not grow beyond a limit, for a while: ``FILE``. Prints what it saw, as JSON."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from pathlib import Path

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival
from tests.delivery.kit import KEY, FastClock, item

LIMIT = 400_000


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def work(path: Path) -> None:
    troubles: list[str | None] = []
    accepted: list[int] = []
    queue = DurableQueue(Database(path), FastClock(), on_trouble=troubles.append)

    async def read() -> None:
        for _ in range(60):
            first = queue.next_id
            items = [item(first + n, body=b"x" * 2_000) for n in range(10)]
            await queue.accept(Arrival(items=items, lines=10, read=10))
            accepted.extend(range(first, first + 10))

    limit_files(LIMIT)
    reading = asyncio.create_task(read())
    while (not troubles or troubles[-1] is None) and not reading.done():
        await asyncio.sleep(0.01)
    held_up, accepted_until_then = not reading.done(), len(accepted)
    limit_files(resource.RLIM_INFINITY)
    await reading
    lease = await queue.lease(KEY, 5, 1.0)
    assert lease is not None
    await queue.deliver(lease, lease.items)
    queue.shut()
    seen = {"held_up": held_up, "until_then": accepted_until_then, "accepted": accepted, "troubles": troubles}
    print(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
