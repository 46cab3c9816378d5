"""How much of what it may take a queue has, as `mapper status` says it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.names import Names
from mapper.delivery.jetstream.room import Room
from tests.cli.kit import quick
from tests.delivery.jetstream.kit import fresh
from tests.support.nats import Server

UNSAFE = ("--allow-one-replica", "--allow-sync-interval")
GB = 10**9


@pytest.mark.parametrize(
    ("room", "full", "text"),
    [
        (Room(1_234, None, 3), False, "1,234 bytes used; nothing bounds the queue but the disks"),
        (Room(0, 50 * GB, 0), False, "0 of 50,000,000,000 bytes used, 0%"),
        (Room(49 * GB, 50 * GB, 9), True, "full: 49,000,000,000 of 50,000,000,000 bytes; puts wait or are refused"),
        (Room(49 * GB, 50 * GB, 9_000), False, "49,000,000,000 of 50,000,000,000 bytes used, 98%"),
        (Room(50 * GB - 999_999, 50 * GB, 10**8), True, ""),
        (Room(0, 1_000, 0), False, "0 of 1,000 bytes used, 0%"),
        (Room(951, 1_000, 100), True, "full: 951 of 1,000 bytes; puts wait or are refused"),
        (Room(999_000 * GB, 999_000 * GB, 10**9), True, ""),
    ],
)
def test_a_queue_is_full_where_it_may_not_take_the_next_message(room: Room, full: bool, text: str) -> None:
    assert room.full == full
    assert str(room) == text or not text
    assert len(str(room)) <= 80


def test_status_says_how_much_is_used(server: Server, tmp_path: Path) -> None:
    queue = str(fresh(server.url))
    quick("nats", "init", queue, *UNSAFE, "--max-bytes", "2KB", cwd=tmp_path)

    async def put() -> None:
        async with connected(parse(queue)) as link:
            await link.publish(Names(parse(queue).name).parcels(0, 1), b"x" * 1_800)

    def told(*options: str) -> str:
        done = quick("status", queue, *options, cwd=tmp_path)
        assert done.code == 0, done.err
        return done.out

    assert "\n0 of 2,000 bytes used, 0%\n" in told()
    found = json.loads(told("-f", "json"))
    assert (found["bytes"], found["max_bytes"], found["full"]) == (0, 2_000, False)
    asyncio.run(put())
    used = json.loads(told("-f", "json"))["bytes"]
    assert f"\nfull: {used:,} of 2,000 bytes; puts wait or are refused\n" in told()
    metrics = told("-f", "prometheus").splitlines()
    assert {f"mapper_queue_bytes {used}", "mapper_queue_max_bytes 2000", "mapper_queue_full 1"} <= set(metrics)
