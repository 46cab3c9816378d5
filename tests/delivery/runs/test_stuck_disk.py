"""The disk takes nothing: a run waits, and goes on by itself; told to stop, it ends all the same. Nothing is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

import apsw
import pytest

from tests.cli.kit import mapper
from tests.delivery.runs.kit import BATCH, Shop, call, opened
from tests.support.awaiting import PATIENCE
from tests.support.disk import empty, fill_up, small_disk

COUNT = 12 * BATCH
UNWRITTEN = """\
error: q.db: %s: what was not written by now is not in the queue
  help: nothing is lost: the next run reads again what is not in it, and sends again what it has as not delivered
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Its calls and its queue lie on a small disk."""
    (tmp_path / "shop").mkdir()
    with small_disk(tmp_path / "disk") as disk, opened(tmp_path / "shop") as shop:
        yield shop.anew(disk)


@contextmanager
def locked(disk: Path) -> Iterator[None]:
    """Another program is in a transaction."""
    with closing(apsw.Connection(str(disk / "q.db"))) as other:
        other.set_busy_timeout(5_000)
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Whatever becomes free is taken at once."""
    over = threading.Event()

    def take() -> None:
        with (disk / "ballast").open("ab", buffering=0) as file:
            while not over.wait(0.001):
                with suppress(OSError):
                    file.write(bytes(4096))

    fill_up(disk)
    taking = threading.Thread(target=take)
    taking.start()
    try:
        yield
    finally:
        over.set()
        taking.join()
        empty(disk)


class Stuck(NamedTuple):
    """What keeps a run from settling, what it says of that, and what the destination does meanwhile: refused requests
    become dead letters, which need room."""

    hold: Callable[[Path], AbstractContextManager[None]]
    trouble: str
    answer: dict[str, object]


STUCK = {
    "locked": Stuck(locked, "another program has locked the queue", {"delay": 0.3}),
    "full": Stuck(full, "the disk is full", {"delay": 0.3, "status": 418}),
}


def heard_until(said: IO[str], wanted: str) -> str:
    heard = ""
    while wanted not in heard:
        heard += (line := said.readline())
        assert line, heard
    return heard


def ended(process: subprocess.Popen[str], *signals: signal.Signals) -> str:
    """Send signals, the second once the first was heard; what the process says. The disk is not free before it ends."""
    with process.stderr or sys.stderr as said:
        for number in signals:
            process.send_signal(number)
            if number is signals[0]:
                heard_until(said, "stopping: ")
        heard = said.read()
    assert process.wait(timeout=PATIENCE) == 130, heard
    return heard


def sending(stuck: Stuck, shop: Shop, *options: str) -> subprocess.Popen[str]:
    """A run of which two requests were answered, and others are on their way."""
    filling = b',"context":{"page":{"title":"%s"}}}' % (b"x" * 3_000)
    (shop.folder / "calls.ndjson").write_bytes(b"".join(call(n, 37)[:-1] + filling + b"\n" for n in range(COUNT)))
    shop.sandbox.fault(stuck.answer)
    process, deadline = shop.start(*options), time.monotonic() + PATIENCE
    while len(shop.lines()) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def expect_all(shop: Shop) -> int:
    """Once the destination takes everything: each call was delivered or is a letter. How much came twice."""
    shop.sandbox.client.delete("/faults")
    assert shop.run().code == 0
    found = shop.status()
    letters = found["dead_letters"]
    assert (found["read"], found["pending"], found["process"]) == (COUNT, 0, None)
    assert (found["delivered"], found["dead"]) == (COUNT - letters, letters)
    listed = mapper("dead", "list", "q.db", "--limit", str(COUNT), "--format", "json", cwd=shop.folder).out.splitlines()
    dead = {json.loads(line)["call"]["properties"]["n"] for line in listed}
    arrived = Counter(event["n"] for event in shop.events())
    assert len(dead) == letters
    assert arrived.keys() | dead == set(range(COUNT)), "lost"
    assert not arrived.keys() & dead
    return arrived.total() - len(arrived)


@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
@pytest.mark.long
def test_goes_on_by_itself(stuck: Stuck, shop: Shop) -> None:
    process = sending(stuck, shop, "--concurrency", "2")
    assert process.stderr is not None
    with stuck.hold(shop.folder):
        heard_until(process.stderr, f"q.db: {stuck.trouble}; waiting\n")
        time.sleep(1.0)
        assert process.poll() is None
    shop.sandbox.client.delete("/faults")
    with process.stderr as said:
        heard = said.read()
    assert process.wait(timeout=PATIENCE) == (1 if "status" in stuck.answer else 0), heard
    assert heard.startswith("q.db: going on\n"), "it says more than once that it waits"
    assert expect_all(shop) == 0


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]], ids=["the grace", "at once"])
@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
@pytest.mark.long
def test_while_what_was_sent_can_not_be_settled(stuck: Stuck, signals: Sequence[signal.Signals], shop: Shop) -> None:
    process = sending(stuck, shop, "--concurrency", "1", *(["--grace", "300ms"] if len(signals) == 1 else []))
    assert process.stderr is not None
    with stuck.hold(shop.folder):
        heard_until(process.stderr, f"q.db: {stuck.trouble}; waiting\n")
        heard = ended(process, *signals)
    if len(signals) == 2:
        assert heard == "stopped at once; what was in flight may arrive, and the next run sends it again\n"
    elif heard.startswith("error: "):  # what was in flight ended before the time was over
        assert heard == UNWRITTEN % stuck.trouble
    else:
        assert heard.startswith(f"read      {COUNT}\n")
    found = shop.status()
    assert found["pending"] + found["delivered"] + found["dead"] == COUNT == found["read"]
    assert found["process"] is None
    assert expect_all(shop) <= BATCH, "more came twice than was in flight"


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
