"""Damage that SQLite does not notice is met while a queue is used: it is told, and nothing is sent in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import DamagedFileError
from mapper.delivery.durable.queue import DurableQueue
from tests.delivery.durable.kit import HandClock, drain, fill, quick_folder
from tests.delivery.durable.model import numbers
from tests.delivery.durable.planting import alter_payload, plant
from tests.delivery.kit import KEY, item, run


@pytest.fixture
def path() -> Iterator[Path]:
    with quick_folder() as folder:
        yield Path(folder) / "q.db"


def damage_met(path: Path) -> str:
    async def work() -> str:
        queue = DurableQueue(Database(path), HandClock(), window=1)
        try:
            with pytest.raises(DamagedFileError) as met:
                await drain(queue)
        finally:
            queue.shut()
        assert met.value.help == (
            f"nothing in it was changed; `mapper queue check {path} --repair` saves what can be read"
        )
        return str(met.value).removeprefix(f"{path}: the file is damaged: ")

    message: str = run(work())
    return message


def test_a_payload_that_was_altered(path: Path) -> None:
    fill(path)
    alter_payload(path, 31, lambda payload: payload.replace(b"000", b"010", 1))
    assert damage_met(path) == "chunk 31 is not what was written"


def test_a_payload_that_got_to_another_row(path: Path) -> None:
    fill(path)
    plant(
        path, "UPDATE chunk SET (payload, checksum) = (SELECT payload, checksum FROM chunk WHERE id = 41) WHERE id = 31"
    )
    assert damage_met(path) == "chunk 31 is not what was written"


@pytest.mark.parametrize("alter", ["DELETE FROM chunk WHERE id = 61", "UPDATE progress SET settled = x'ff03'"])
def test_requests_that_are_counted_but_not_there(path: Path, alter: str) -> None:
    fill(path)
    plant(path, alter)
    assert damage_met(path).endswith(" requests are not where they should be")


@pytest.mark.parametrize("table", ["meta", "ledger", "pending", "seen"])
def test_values_of_another_kind(path: Path, table: str) -> None:
    fill(path)
    column = {"meta": "value", "ledger": "results", "pending": "items", "seen": "hashes"}[table]
    plant(path, f"UPDATE {table} SET {column} = 'many'")
    with pytest.raises(DamagedFileError):
        DurableQueue(Database(path), HandClock())
    with pytest.raises(DamagedFileError):  # and not: in use
        DurableQueue(Database(path), HandClock())


def test_what_came_before_the_damage_is_sent_and_what_comes_in_is_kept(path: Path) -> None:
    waiting = fill(path, 420, body=10)
    plant(path, "UPDATE chunk SET checksum = 1 WHERE id = 4191")

    async def work() -> None:
        queue = DurableQueue(Database(path), HandClock(), window=1)
        lease = await queue.lease(KEY, 1, 1e12)
        assert lease is not None
        assert numbers(lease.items) == waiting[:1]
        await queue.put([item(queue.next_id)])
        await queue.deliver(lease, lease.items)
        with pytest.raises(DamagedFileError):
            await drain(queue)
        queue.shut()

    run(work())
