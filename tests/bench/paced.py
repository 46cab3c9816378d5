"""Calls that come evenly, one by one, through a queue in a file to a sink: how long each takes, and what it costs.

As a program it takes a file of calls, a queue file that is not there yet, the sink's address and how many calls come a
second, delivers them, and prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping
from mapper.app.ledger import Ledger
from mapper.app.pipeline import run_lines
from mapper.base.clock import SystemClock
from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival, Settlement
from mapper.delivery.send import HttpSender
from mapper.intake.read import read_lines
from mapper.intake.sources import find_sources
from mapper.records.line import Line
from tests.bench.corpus import DifferentError, shipped_set, typical_lines
from tests.bench.delivery import sink, wired_to
from tests.bench.measure import memory, written
from tests.bench.outcome import Bar, Options, Outcome

PER_SECOND: Final = 1_000
SECONDS: Final = 30
MOST_ROUNDS: Final = 3


def paced(options: Options) -> Outcome:
    """1,000 calls a second, in a process of their own; of each figure the best of a few rounds."""
    calls = min(options.calls, PER_SECOND * SECONDS)
    rounds = min(options.rounds, MOST_ROUNDS)
    with sink() as url, TemporaryDirectory() as folder:
        file = Path(folder, "calls.ndjson")
        file.write_bytes(b"\n".join(typical_lines(options.seed, calls)) + b"\n")
        found = [_run(file, Path(folder, f"{number}.db"), url) for number in range(rounds)]
        arrived = int(httpx.get(url, trust_env=False).text)
    if arrived != calls * rounds:
        raise DifferentError(f"{calls * rounds:,} events were sent, and {arrived:,} arrived")
    best = {name: min(each[name] for each in found) for name in found[0]}
    notes = [
        f"{median(each['per second'] for each in found):,.0f} events/s",
        f"from acceptance to delivery: median {best['p50'] * 1000:.0f} ms, p99 {best['p99'] * 1000:.0f} ms",
        f"{best['written']:,.0f} bytes written to disk per event",
        f"{best['memory'] / 1e6:.0f} MB of memory at most",
    ]
    bars = [Bar("p99 from acceptance to delivery, s", best["p99"], 1.0, at_most=True)]
    return Outcome(f"{PER_SECOND:,} calls a second through a queue in a file", bars, notes=notes)


def _run(file: Path, queue: Path, url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.paced", str(file), str(queue), url, str(PER_SECOND)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


class _Timed(DurableQueue):
    """Notes when it has accepted an item, which is then on the disk."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.accepted: dict[int, float] = {}

    async def accept(self, arrival: Arrival) -> None:
        await super().accept(arrival)
        self.accepted.update(dict.fromkeys((item.id for item in arrival.items), time.perf_counter()))


def evenly(lines: Iterator[Line], per_second: float) -> Iterator[Line]:
    """The lines, each not before its time."""
    begun = time.perf_counter()
    for number, line in enumerate(lines):
        if (wait := begun + number / per_second - time.perf_counter()) > 0:
            time.sleep(wait)
        yield line


async def _deliver(file: Path, path: Path, url: str, per_second: float) -> dict[str, float]:
    ledger, clock, took = Ledger(), SystemClock(), list[float]()
    [source] = find_sources([str(file)])
    wired, before, begun = wired_to(url, str(file), shipped_set()), written(), time.perf_counter()
    queue = _Timed(Database(path), clock)

    def settled(settlement: Settlement) -> None:
        took.append(time.perf_counter() - queue.accepted.pop(settlement.item.id))

    async with HttpSender() as sender:
        await run_lines(
            evenly(read_lines(source), per_second),
            wired=wired,
            queue=queue,
            sender=sender,
            clock=clock,
            ledger=ledger,
            hooks=Hooks(on_settled=settled),
            keeping=Keeping(queue, {}),
        )
    queue.shut()
    took.sort()
    return {
        "per second": ledger.delivered / (time.perf_counter() - begun),
        "p50": took[len(took) // 2],
        "p99": took[len(took) * 99 // 100],
        "written": (written() - before) / ledger.delivered,
        "memory": memory(),
    }


if __name__ == "__main__":
    _, calls_file, queue_file, address, rate = sys.argv
    print(json.dumps(asyncio.run(_deliver(Path(calls_file), Path(queue_file), address, float(rate)))))
