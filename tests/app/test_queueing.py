"""A queue that a sandbox may empty, and one that it may not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mapper.app.queueing import keep_apart, require_balance
from mapper.app.wiring import Wired
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import DiskError, QueueFileError
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.durable.view import view
from mapper.delivery.queue import Arrival
from mapper.delivery.send import HttpSender
from mapper.server.behind import in_file
from tests.delivery.durable.kit import HandClock
from tests.delivery.kit import item
from tests.support.disk import empty, fill_up, small_disk


async def _come_and_go(path: Path) -> None:
    queue = DurableQueue(Database(path), HandClock())
    try:
        await keep_apart(queue, sandbox=True)
        await queue.put([item(queue.next_id)])
        await keep_apart(queue, sandbox=True)
        await keep_apart(queue, sandbox=False)
        with pytest.raises(QueueFileError, match=r"what waits in it \(1\) is for the real destination"):
            await keep_apart(queue, sandbox=True)
    finally:
        queue.shut()


def test_what_a_run_with_a_sandbox_left_is_for_a_sandbox_until_a_real_run_has_it(tmp_path: Path) -> None:
    asyncio.run(_come_and_go(tmp_path / "q.db"))


async def _serve_after_a_sandbox(path: Path) -> None:
    queue = DurableQueue(Database(path), HandClock())
    await keep_apart(queue, sandbox=True)
    queue.shut()
    wired = Wired(apply=lambda _: [], targets={}, groups={}, mask=str)
    async with (
        HttpSender() as sender,
        in_file(path, wired, sender, HandClock(), print, concurrency=1, grace=0.0, keep_dead=None) as behind,
    ):
        await behind.queue.accept(Arrival(items=[item(behind.queue.next_id)], lines=1, read=1))
        with pytest.raises(QueueFileError, match="is for the real destination"):
            await keep_apart(behind.queue, sandbox=True)


def test_what_a_server_takes_in_is_for_the_real_destination(tmp_path: Path) -> None:
    asyncio.run(_serve_after_a_sandbox(tmp_path / "q.db"))


def test_a_disk_that_became_full_is_no_fault_of_what_was_written(tmp_path: Path) -> None:
    """Not even to look into the file is there room, once whoever had it has closed it."""
    with small_disk(tmp_path / "disk") as disk:
        DurableQueue(Database(disk / "q.db"), HandClock()).shut()
        fill_up(disk)
        require_balance(disk / "q.db")
        with pytest.raises(DiskError):
            view(disk / "q.db")
        empty(disk)
        assert view(disk / "q.db").pending.total() == 0
