"""From a file to a destination: read, mapped, batched, sent over loopback HTTP, accounted for. No queue but memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import orjson

from mapper.app.keeping import Keeping
from mapper.app.ledger import Ledger
from mapper.app.pipeline import run_lines
from mapper.app.queueing import open_queue, places_of
from mapper.app.warming import is_long
from mapper.app.wiring import Wired, wire
from mapper.base.clock import SystemClock
from mapper.base.secrets import Secret
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.send import HttpSender
from mapper.intake.read import read_lines
from mapper.intake.sources import find_sources
from mapper.records.result import Mapped, Request, Result
from mapper.records.spec import DestinationSpec
from tests.bench import by_expressions
from tests.bench.corpus import DifferentError, shipped_set, typical_lines
from tests.bench.measure import Contender, measure, written
from tests.bench.ndjson import BY_EXPRESSIONS, MAPPER
from tests.bench.outcome import Bar, Options, Outcome, at_least, rates

SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "natero": {
        "authKey": Secret("auth-key"),
        "sendKey": Secret("send-key"),
        "endpointRegion": "US",
        "anonymousUsers": "skip",
    }
}

QUEUED: Final = "mapper, with a queue in a file"
MOST_ROUNDS: Final = 7
"""Each delivers all calls, however slowly: what a run costs before its first call weighs alike on both."""


def delivery(options: Options) -> Outcome:
    """What `mapper run FILE` does, beside the same with jmespath.py at its heart."""
    spec = shipped_set()
    rounds = min(options.rounds, MOST_ROUNDS)
    with sink() as url, TemporaryDirectory() as folder:
        file = Path(folder, "calls.ndjson")
        file.write_bytes(b"\n".join(typical_lines(options.seed, options.calls)) + b"\n")

        def wired() -> Wired:
            return wired_to(url, str(file), spec)

        runs = [
            _Run(MAPPER, str(file), options.calls, wired),
            _Run(QUEUED, str(file), options.calls, wired, Path(folder)),
            _Run(BY_EXPRESSIONS, str(file), options.calls, lambda: replace(wired(), apply=apply_by_expressions)),
        ]
        figures = measure([Contender(run.name, run.calls, run.turn) for run in runs], rounds)
        arrived, sent = int(httpx.get(url, trust_env=False).text), options.calls * len(runs) * (rounds + 1)
    if arrived != sent:
        raise DifferentError(f"{sent:,} events were sent, and {arrived:,} arrived")
    notes = [f"{run.name}: {run.calls / median(run.walls):,.0f} events/s by the clock" for run in runs]
    notes.append(f"{QUEUED}: {median(runs[1].written) / options.calls:,.0f} bytes written to disk per event")
    bars = at_least(figures, MAPPER, {BY_EXPRESSIONS: 3.5})
    bars.append(Bar(f"{QUEUED} / {MAPPER}", figures.ratio(QUEUED, MAPPER), 0.3))
    bars.append(Bar(f"{QUEUED}, events/s by the clock, at best", runs[1].calls / min(runs[1].walls), 30_000))
    return Outcome("File to delivered, batches of 500 over loopback HTTP", bars, rates(figures), notes)


def wired_to(url: str, file: str, spec: DestinationSpec) -> Wired:
    """Mappings that are about to map a file for a destination."""
    long = is_long(find_sources([file]))
    return wire([spec], SETTINGS, describe=lambda place: place.file, base_urls={"natero": url}, long=long)


@dataclass(slots=True)
class _Run:
    """One way of mapping, in the pipeline that a run has.

    Attributes:
        queues: Where each turn makes a queue file of its own; None: in memory.
        walls: Seconds by the clock of each turn.
        written: Bytes written to disk in each turn.
    """

    name: str
    file: str
    calls: int
    wired: Callable[[], Wired]
    queues: Path | None = None
    walls: list[float] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    def turn(self) -> float:
        """Deliver the whole file; CPU seconds."""
        begun, cpu, before = time.perf_counter(), time.process_time(), written()
        queue = None if self.queues is None else self.queues / f"{len(self.walls)}.db"
        delivered = asyncio.run(_deliver(self.file, self.wired(), queue))
        took = time.process_time() - cpu
        self.walls.append(time.perf_counter() - begun)
        self.written.append(written() - before)
        if delivered != self.calls:
            raise DifferentError(f"{self.name} delivered {delivered:,} of {self.calls:,} calls")
        return took


async def _deliver(file: str, wired: Wired, path: Path | None) -> int:
    ledger, clock = Ledger(), SystemClock()
    [source] = find_sources([file])
    async with HttpSender() as sender:
        deliver = partial(run_lines, read_lines(source), wired=wired, sender=sender, clock=clock, ledger=ledger)
        if path is None:
            await deliver(queue=MemoryQueue())
        else:
            queue = open_queue(path, wired.targets.keys(), clock, print)
            places = await places_of(queue, [source])
            await deliver(queue=queue, keeping=Keeping(queue, {name: found for name, (found, _) in places.items()}))
            queue.shut()
    return ledger.delivered


def apply_by_expressions(lines: Sequence[bytes]) -> list[Result]:
    """jmespath.py behind the seam that the pipeline maps through."""
    results: list[Result] = []
    for index, line in enumerate(lines):
        call = orjson.loads(line)
        event = by_expressions.map_call(call)
        if event is None:
            raise DifferentError("a typical call gives no event")
        body, key = orjson.dumps(event), event["user_id"]
        request = Request(destination="natero", name="event", mapping=call["type"], body=body, order_key=key)
        results.append(Mapped(index=index, message_id=call["messageId"], type=call["type"], request=request))
    return results


@contextmanager
def sink(delay: float = 0.0) -> Iterator[str]:
    """A sink in a process of its own, which takes so many seconds for each request; its address."""
    command = [sys.executable, str(Path(__file__).with_name("sink.py")), str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()
