"""``kill -9`` at any moment: nothing is lost, and only what was in flight at a kill comes twice."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.delivery.runs.kit import BATCH, Shop, opened
from tests.support.aiming import stop_while
from tests.support.awaiting import PATIENCE, await_
from tests.support.torture import scaled

KILLS = scaled(100, 1_000)
GROUPS, QUEUES = 2, 3
"""Tests, which may run beside each other, and queues in each, at which kills happen at the same time."""
CONCURRENCY = 4
DELAY = 0.15
"""Seconds that the sandbox takes for an answer."""
MOST = CONCURRENCY * BATCH
"""Events in flight at a time."""
USERS = 997
SOONER = [{"match": {"user": f"u{number}"}, "delay": DELAY / 2} for number in range(0, USERS, 2 * BATCH)]
"""About every other request, so that they do not all end together."""


@dataclass
class Kills:
    """What came of them: how many, how many were aimed at requests in flight and how many hit some, calls, and how many
    of these came twice."""

    kills: int = 0
    aimed: int = 0
    hits: int = 0
    calls: int = 0
    twice: int = 0


def kill_again_and_again(folder: Path, kills: int, seed: int) -> Kills:
    """One queue, one run of which after the other is killed; then one that is left alone."""
    chance, seen = random.Random(seed), Kills(kills, calls=kills * 5 * MOST)
    folder.mkdir()
    with opened(folder, "--keep", str(10 * seen.calls)) as shop:
        shop.calls(seen.calls, users=USERS)
        shop.sandbox.fault(*SOONER, {"delay": DELAY})
        unrecorded = 0
        for number in range(kills):
            aimed = number % 12 != 7
            kill(shop, chance, aimed=aimed)
            before, unrecorded = unrecorded, shop.taken - (shop.delivered if (folder / "q.db").exists() else 0)
            assert 0 <= unrecorded - before <= MOST
            assert unrecorded > before or not aimed, "what was in flight is recorded"
            seen.aimed += aimed
            seen.hits += unrecorded > before
        shop.sandbox.client.delete("/faults")
        last = shop.run()
        assert last.code == 0, last.err
        seen.twice = shop.expect_all(seen.calls)
    assert seen.twice == unrecorded, "something came twice that was not in flight"
    return seen


def kill(shop: Shop, chance: random.Random, *, aimed: bool) -> None:
    """Start a run and kill it, while a request is in flight or at any moment; then the sandbox takes what was under
    way."""
    before, process = shop.log.stat().st_size, shop.start("--concurrency", str(CONCURRENCY))
    if aimed:
        await_(lambda: shop.log.stat().st_size > before)
        stop_while(process, lambda: in_flight(shop), lambda: chance.uniform(0.0, 2 * DELAY))
    else:
        time.sleep(chance.uniform(0.0, 2.0))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    settle(shop)


def settle(shop: Shop) -> None:
    """Wait until the sandbox has read and answered all that was under way."""
    quiet, deadline = 0, time.monotonic() + PATIENCE
    while quiet < 3:
        assert time.monotonic() < deadline
        time.sleep(0.04)
        quiet = 0 if in_flight(shop) else quiet + 1


def in_flight(shop: Shop) -> bool:
    """Whether the sandbox has read a request that it has not answered: it writes down the answer and then gives it."""
    count = int(shop.sandbox.client.get("/received?limit=0").json()["request_count"])
    return sum(line.answer == "202" for line in shop.lines()) < count


@pytest.mark.long
@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_again_and_again(group: int, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    shares = [(KILLS + at) // (GROUPS * QUEUES) for at in range(group, GROUPS * QUEUES, GROUPS)]
    begun = time.monotonic()

    def work(at: int) -> Kills:
        return kill_again_and_again(tmp_path / f"{at}", shares[at], seed=group * QUEUES + at)

    with ThreadPoolExecutor(QUEUES) as pool:
        seen = list(pool.map(work, range(QUEUES)))
    kills, hits, aimed = (sum(getattr(each, name) for each in seen) for name in ("kills", "hits", "aimed"))
    record_property(
        "shown",
        f"{kills} kills of {QUEUES} queues, {hits} with requests in flight ({aimed} aimed at some);"
        f" {sum(each.calls for each in seen):,} calls, {sum(each.twice for each in seen):,} of them arrived twice,"
        f" none was lost; {time.monotonic() - begun:.0f} s",
    )


@pytest.mark.long
def test_killed_inside_envelopes_that_workers_map(tmp_path: Path) -> None:
    chance, count, kills = random.Random(5), 8_000, scaled(6, 60)
    with opened(tmp_path, "--keep", str(10 * count)) as shop:
        shop.calls(count, users=USERS)
        wrap_some(tmp_path / "calls.ndjson", chance)
        shop.sandbox.fault({"delay": DELAY / 3})
        for _ in range(kills):
            process = shop.start("--concurrency", str(CONCURRENCY), "--workers", chance.choice("12"))
            time.sleep(chance.uniform(0.5, 2.5))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            settle(shop)
        shop.sandbox.client.delete("/faults")
        last = shop.run("--workers", "2")
        assert last.code == 0, last.err
        assert shop.expect_all(count) <= kills * MOST


def wrap_some(file: Path, chance: random.Random) -> None:
    """Put about half of the calls into envelopes, many of which hold more than one step of reading."""
    calls, lines = file.read_bytes().splitlines(), []
    while calls:
        taken = chance.choice((1, 3, chance.randint(1, 1_200)))
        part, calls = calls[:taken], calls[taken:]
        lines.append(part[0] if taken == 1 else b'{"batch":[%s]}' % b",".join(part))
    file.write_bytes(b"\n".join(lines) + b"\n")
