"""Told to stop: what is in flight may end, the rest goes back, and the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.runs.kit import BATCH, Shop, opened
from tests.support.awaiting import PATIENCE

COUNT = 12 * BATCH
STOPPING = "stopping: requests in flight are finished first; interrupt again to stop at once\n"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path) as shop:
        shop.calls(COUNT)
        yield shop


def told(process: subprocess.Popen[str], *numbers: signal.Signals) -> str:
    """Send signals, each once the one before was heard; what the process says."""
    assert process.stderr is not None
    said = ""
    for number in numbers:
        process.send_signal(number)
        while STOPPING not in said:
            said += (line := process.stderr.readline())
            assert line, said
    with process.stderr:
        said += process.stderr.read()
    assert process.wait(timeout=PATIENCE) == 130
    return said


def asked(shop: Shop, *options: str) -> subprocess.Popen[str]:
    """A run whose second request has come."""
    process, deadline = shop.start(*options), time.monotonic() + PATIENCE
    while len(shop.lines()) < 2 and shop.taken < 2 * BATCH:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def ledger(shop: Shop, delivered: int, options: str) -> str:
    """What is said at the end."""
    return (
        "read      240\n"
        f"delivered {delivered:>3}\n"
        "skipped     0\n"
        "dead        0\n"
        f"pending   {COUNT - delivered:>3}\n"
        f"first line not settled: calls.ndjson:{delivered + 1}\n"
        f"  go on with: mapper run calls.ndjson --mappings {shop.mappings} --queue q.db"
        f" --base-url {shop.sandbox.base_url} {options}\n"
    )


def expect_the_rest(shop: Shop, delivered: int) -> None:
    """Nothing is held by the run that ended, and the next one delivers what is left, and only that."""
    found = shop.status()
    assert (found["delivered"], found["pending"], found["process"]) == (delivered, COUNT - delivered, None)
    shop.sandbox.client.delete("/faults")
    assert shop.run().code == 0
    assert shop.expect_all(COUNT) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.long
def test_what_is_in_flight_ends(number: signal.Signals, shop: Shop) -> None:
    shop.sandbox.fault({"delay": 5.0, "after": 1})  # long enough for the signal to come first
    said = told(asked(shop, "--concurrency", "1"), number)
    _, _, said = said.partition(STOPPING)
    assert said == ledger(shop, 2 * BATCH, "--concurrency 1")
    expect_the_rest(shop, 2 * BATCH)


@pytest.mark.long
def test_no_longer_than_the_grace(shop: Shop) -> None:
    shop.sandbox.fault({"hang": True, "after": 1})
    said = told(asked(shop, "--concurrency", "1", "--grace", "200ms"), signal.SIGTERM)
    assert said.endswith(STOPPING + ledger(shop, BATCH, "--grace 200ms --concurrency 1"))
    assert shop.status()["last_error"] is None, "it was waited for until it timed out"
    expect_the_rest(shop, BATCH)


@pytest.mark.long
def test_a_second_signal_stops_at_once(shop: Shop) -> None:
    shop.sandbox.fault({"hang": True, "after": 1})
    said = told(asked(shop, "--concurrency", "1"), signal.SIGTERM, signal.SIGTERM)
    assert shop.status()["last_error"] is None, "it was waited for until it timed out"
    assert said.endswith(f"{STOPPING}stopped at once; what was in flight may arrive, and the next run sends it again\n")
    expect_the_rest(shop, BATCH)


@pytest.mark.long
def test_while_the_destination_is_left_alone(shop: Shop) -> None:
    """Nobody waits for a `Retry-After` to pass."""
    shop.sandbox.fault({"status": 429, "retry_after": 3600, "after": 1})
    said = told(asked(shop, "--concurrency", "1"), signal.SIGTERM)
    assert said.endswith(STOPPING + ledger(shop, BATCH, "--concurrency 1"))
    expect_the_rest(shop, BATCH)
