"""A queue's file that is not any more where the next process looks for it: nothing new is taken into it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from mapper.delivery.durable.room import Room
from mapper.delivery.queue import Arrival
from tests.delivery.durable.kit import Process
from tests.delivery.kit import KEY, FastClock, item, run


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("replace", [False, True])
def test_what_comes_in_waits_until_it_is_put_back(tmp_path: Path, suffix: str, replace: bool) -> None:
    path = tmp_path / "q.db"
    file, away = tmp_path / f"q.db{suffix}", tmp_path / "away"

    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(path, FastClock(), on_trouble=troubles.append)
        queue = process.queue
        await queue.accept(Arrival(items=[item(1)], lines=1, read=1))
        file.rename(away)
        if replace:
            file.write_bytes(b"")
        putting = asyncio.create_task(queue.accept(Arrival(items=[item(2)], lines=1, read=1)))
        await until(lambda: bool(troubles))
        assert "deleted" in str(troubles[0])
        assert not putting.done()
        lease = await queue.lease(KEY, 1, 1.0)
        assert lease is not None
        await queue.deliver(lease, lease.items)  # what is in it is sent all the same
        away.rename(file)
        await putting
        assert troubles[1:] == [None]
        process.end()

    run(scenario())


def test_a_folder_that_is_gone_is_no_end(tmp_path: Path) -> None:
    folder, troubles = tmp_path / "folder", list[str | None]()
    folder.mkdir()
    (folder / "q.db").write_bytes(b"")

    async def tidy() -> None:
        if troubles:
            (tmp_path / "away").rename(folder)

    async def scenario() -> None:
        room = Room(folder / "q.db", FastClock(), troubles.append, tidy)
        await room.wait()
        folder.rename(tmp_path / "away")
        await room.wait()
        assert [trouble is None for trouble in troubles] == [False, True]

    run(scenario())
