"""Told to stop while the disk takes nothing: the run ends all the same, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import apsw
import pytest

from tests.delivery.runs.kit import BATCH, Shop, opened
from tests.support.disk import empty, fill_up, small_disk

COUNT = 12 * BATCH
UNWRITTEN = """\
error: q.db: another program has locked the queue: what was not written by now is not in the queue
  help: nothing is lost: the next run reads again what is not in it, and sends again what it has as not delivered
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Its calls and its queue lie on a small disk."""
    (tmp_path / "shop").mkdir()
    with small_disk(tmp_path / "disk") as disk, opened(tmp_path / "shop") as shop:
        yield shop.anew(disk)


@contextmanager
def locked(shop: Shop) -> Iterator[None]:
    """Another program is in a transaction."""
    with closing(apsw.Connection(str(shop.folder / "q.db"))) as other:
        other.set_busy_timeout(5_000)
        other.execute("BEGIN IMMEDIATE")
        yield


def heard_until(said: IO[str], wanted: str) -> str:
    heard = ""
    while wanted not in heard:
        heard += (line := said.readline())
        assert line, heard
    return heard


def ended(process: subprocess.Popen[str], *signals: signal.Signals) -> str:
    """Send signals, the second once the first was heard; what the process says. It may not take long."""
    begun = time.monotonic()
    with process.stderr or sys.stderr as said:
        for number in signals:
            process.send_signal(number)
            if number is signals[0]:
                heard_until(said, "stopping: ")
        heard = said.read()
    assert process.wait(timeout=15) == 130, heard
    assert time.monotonic() - begun < 2.5, "it waits for the disk"
    return heard


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]], ids=["the grace", "at once"])
@pytest.mark.long
def test_while_the_queue_is_locked(signals: Sequence[signal.Signals], shop: Shop) -> None:
    shop.calls(COUNT)
    shop.sandbox.fault({"delay": 0.5})
    process = shop.start("--concurrency", "1", *(["--grace", "300ms"] if len(signals) == 1 else []))
    assert process.stderr is not None
    deadline = time.monotonic() + 30
    while shop.taken < 2 * BATCH:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with locked(shop):
        heard_until(process.stderr, "q.db: another program has locked the queue; waiting\n")
        heard = ended(process, *signals)
    if len(signals) == 2:
        assert heard == "stopped at once; what was in flight may arrive, and the next run sends it again\n"
    elif UNWRITTEN in heard:  # what was in flight ended before the time was over
        assert heard == UNWRITTEN
    else:
        assert heard.startswith(f"read      {COUNT}\n")
    found = shop.status()
    assert found["pending"] + found["delivered"] == COUNT == found["read"]
    assert found["process"] is None
    shop.sandbox.client.delete("/faults")
    assert shop.run().code == 0
    assert shop.expect_all(COUNT) <= BATCH, "more came twice than was in flight"


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]], ids=["once", "twice"])
@pytest.mark.long
def test_while_input_waits_for_room(signals: Sequence[signal.Signals], shop: Shop) -> None:
    shop.calls(COUNT)
    fill_up(shop.folder, leave=400_000)
    process = shop.start()
    assert process.stderr is not None
    heard_until(process.stderr, "q.db: the disk is nearly full: what comes in has to wait; waiting\n")
    ended(process, *signals)
    assert shop.status()["read"] == 0
    empty(shop.folder)
    assert shop.run().code == 0
    assert shop.expect_all(COUNT) == 0
