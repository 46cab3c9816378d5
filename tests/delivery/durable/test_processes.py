"""Two that want one queue, and one that is killed."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
import pytest

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.view import holder_of
from tests.delivery.durable.kit import HandClock, Process, drain, quick_folder, start
from tests.delivery.durable.model import numbers
from tests.delivery.durable.power.verdict import broken_promises, look_into
from tests.delivery.durable.power.workload import Known
from tests.delivery.durable.sender import told
from tests.delivery.kit import item, run
from tests.support.aiming import stop_while
from tests.support.awaiting import PATIENCE, await_
from tests.support.torture import scaled


@contextmanager
def sending(path: Path, output: Path, seed: int = 1) -> Iterator[subprocess.Popen[str]]:
    """A process at work; its first promise was made."""
    with output.open("w") as file:
        process = start("sender", path, seed, stdout=file)
    try:
        deadline = time.monotonic() + PATIENCE
        while not output.stat().st_size:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.002)
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_second_of_two_processes_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    path = tmp_path / "q.db"
    known = Known()
    with sending(path, tmp_path / "told") as process:
        (tmp_path / "link.db").symlink_to(path)
        for name in ("q.db", "link.db"):
            with pytest.raises(QueueFileError) as refused:
                Database(tmp_path / name)
            assert str(refused.value) == f"{tmp_path / name}: in use by process {process.pid}"
            assert refused.value.help == "wait for it, stop it, or use another queue"
        assert holder_of(path) == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait()
    for fact in told((tmp_path / "told").read_text()):
        known.learn(fact)
    assert holder_of(path) is None
    found = run(look_into(path))
    assert known.accepted
    assert list(broken_promises(known, found)) == []


def test_a_queue_taken_over_behind_the_back_of_a_process_is_not_written_by_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = Process(tmp_path / "q.db", HandClock())
        await first.queue.put([item(1), item(2)])
        lease = await first.queue.lease(("shop", "event"), 1, 1.0)
        assert lease is not None
        (tmp_path / "q.db.lock").unlink()
        second = Process(tmp_path / "q.db", HandClock())
        for asked in (first.queue.put([item(3)]), first.queue.deliver(lease, lease.items)):
            with pytest.raises(QueueFileError, match=r"q\.db: another process took it over"):
                await asked
        assert numbers(await drain(second.queue)) == [1, 2]
        second.end()
        first.end()

    run(scenario())


def test_waits_while_another_program_writes(tmp_path: Path) -> None:
    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(tmp_path / "q.db", HandClock(), on_trouble=troubles.append)
        process.database.connection.set_busy_timeout(20)
        with closing(apsw.Connection(str(tmp_path / "q.db"))) as other:
            other.execute("BEGIN IMMEDIATE")
            putting = asyncio.create_task(process.queue.put([item(1)]))
            await asyncio.sleep(0.3)
            assert not putting.done()
            assert set(troubles) == {"another program has locked the queue"}
            other.execute("ROLLBACK")
            await putting
        await_(lambda: troubles[-1] is None, 20)  # the thread that writes says so, a little after it has answered
        assert numbers(await drain(process.queue)) == [1]
        process.end()

    run(scenario())


def test_a_short_lock_is_no_trouble(tmp_path: Path) -> None:
    async def scenario() -> None:
        troubles: list[str | None] = []
        process = Process(tmp_path / "q.db", HandClock(), on_trouble=troubles.append)
        with closing(apsw.Connection(str(tmp_path / "q.db"))) as other:
            other.execute("BEGIN IMMEDIATE")
            putting = asyncio.create_task(process.queue.put([item(1)]))
            await asyncio.sleep(0.1)
            assert not putting.done()
            other.execute("ROLLBACK")
            await putting
        assert troubles == []
        process.end()

    run(scenario())


@pytest.mark.long
def test_a_queue_that_stays_locked_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "q.db").close()
    with closing(apsw.Connection(str(tmp_path / "q.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QueueFileError, match=r"q\.db: locked by another program"):
            Database(tmp_path / "q.db")
    Database(tmp_path / "q.db").close()


@pytest.mark.long
def test_nothing_promised_is_lost_by_kills(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    path, known, chance, hit = tmp_path / "q.db", Known(), random.Random(1), 0
    kills = scaled(20, 1_000)
    for seed in range(kills):
        output = tmp_path / "told"
        aimed = seed % 5 != 4

        def asked(known: Known = known, output: Path = output, aimed: bool = aimed) -> bool:
            for fact in told(output.read_text()):
                known.learn(fact)
            return known.open or not aimed

        with sending(path, output, seed) as process:
            stop_while(process, asked, lambda: chance.random() * 0.2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        hit += known.open
        with quick_folder() as folder:
            for file in tmp_path.glob("q.db*"):
                shutil.copy(file, folder)
            found = run(look_into(Path(folder) / "q.db"))
        assert list(broken_promises(known, found)) == []
        known.go_by(found.attempts, found.line)
    shown = f"{kills} kills, {hit} with something asked and not answered, {len(known.accepted)} arrivals"
    record_property("shown", f"{shown}, {len(known.ended)} requests settled")
