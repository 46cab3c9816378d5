"""A queue in a cluster: putting, delivering with one worker and with two, and how long a call takes through it.

Servers, workers, sink and whoever puts share the cores of this machine: more machines have more.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Final

import httpx

from mapper.app.cluster import outbox
from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping
from mapper.app.ledger import Ledger
from mapper.app.mapping import Selection, map_lines
from mapper.app.producer import Producer
from mapper.base.clock import SystemClock
from mapper.base.json import decode, encode
from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.records.line import Line
from tests.bench.corpus import DifferentError, shipped_set, typical_lines
from tests.bench.delivery import sink, wired_to
from tests.bench.outcome import Bar, Options, Outcome
from tests.bench.served import ANY, IN_BATCH, NOWHERE, batches_of, rate_of, serving, singles_of
from tests.bench.sink import Sink
from tests.support.nats import cluster as three_servers
from tests.support.nats import one_server

PARTITIONS: Final = 16
_SLOW: Final = 0.4
"""Seconds that a destination takes which is what bounds a worker, and not the cores."""
_MOST_TWICE: Final = 1.02
"""Part of the events that may arrive: requests that are held for too long are sent again."""
_FEW: Final = 2
"""Requests at a time to it."""
_MANY: Final = 8
_SINGLES: Final = 5_000
_BARE: Final = 10_000
_IN_FLIGHT: Final = 256
_PACED: Final = 500.0
"""Calls a second where it is measured how long each takes."""
_PACED_SECONDS: Final = 12.0
_WARM: Final = 2.0
"""Seconds at the beginning of these that do not count."""
_GROUP: Final = 500
_KEYS: Final = {"NATERO_AUTH_KEY": "auth-key", "NATERO_SEND_KEY": "send-key"}
_SESSION: Final = re.compile(rb'"session_id":"s(\d+)"')
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Took:
    """How quickly a queue was filled and emptied, in calls a second."""

    put: float
    delivered: float


def cluster(options: Options) -> Outcome:
    """Each measurement on a queue of its own, filled before it is emptied."""
    with TemporaryDirectory() as home, ExitStack() as stack:
        folder = Path(home)
        file = folder / "calls.ndjson"
        file.write_bytes(b"\n".join(typical_lines(options.seed, options.calls)) + b"\n")
        three = stack.enter_context(three_servers(folder / "three")).url
        bare = asyncio.run(_bare(three))
        two = _emptied(three, file, options.calls, workers=2)
        one = _emptied(three, file, options.calls, workers=1)
        slow_one = _emptied(three, file, options.calls, workers=1, delay=_SLOW, concurrency=_FEW)
        slow_two = _emptied(three, file, options.calls, workers=2, delay=_SLOW, concurrency=_FEW)
        batches, singles = _served(three, options)
        accepted, arrived = asyncio.run(_paced(three, options.seed))
        stack.close()
        with one_server(folder / "alone", sync="always") as server:
            alone = _emptied(server.url, file, options.calls, workers=1)
    ratio = slow_two.delivered / slow_one.delivered
    notes = [
        f"a bare client, messages of 1 KB, {_IN_FLIGHT} in flight: {bare:,.0f} messages/s",
        f"`mapper run` into it, start and all: {one.put:,.0f} calls/s; one server, one replica: {alone.put:,.0f}",
        f"`mapper serve` into it, in batches of {IN_BATCH}: {batches:,.0f} calls/s; single calls: {singles:,.0f}",
        f"one worker, a destination that answers at once: {one.delivered:,.0f} events/s;"
        f" one server, one replica: {alone.delivered:,.0f}; two workers: {two.delivered:,.0f}",
        f"a destination that takes {_SLOW} s, {_FEW} requests at a time: one worker {slow_one.delivered:,.0f} events/s,"
        f" two {slow_two.delivered:,.0f}",
        f"at {_PACED:,.0f} calls/s: taken until accepted p50 {_at(accepted, 50)}, p99 {_at(accepted, 99)};"
        f" accepted until at the destination p50 {_at(arrived, 50)}, p99 {_at(arrived, 99)}",
    ]
    bar = Bar("two workers / one, where the destination and not the cores bounds them", ratio, 1.6)
    title = (
        f"A queue in 3 servers that wait for their disks, 3 replicas, {PARTITIONS} partitions; {os.cpu_count()} cores"
    )
    return Outcome(title, [bar], notes=notes)


def _at(seconds: Sequence[float], percent: int) -> str:
    return f"{sorted(seconds)[len(seconds) * percent // 100] * 1000:,.0f} ms"


# -- putting and emptying ---------------------------------------------------------------------------------------------


def _emptied(url: str, file: Path, calls: int, *, workers: int, delay: float = 0.0, concurrency: int = _MANY) -> Took:
    """Fill a new queue while the destination gives no answers, and see how quickly it is emptied once it does."""
    queue = _made(url)
    with sink(delay) as destination, ExitStack() as stack:
        for _ in range(workers):
            stack.enter_context(_worker(queue, destination, concurrency))
        while not _shared(queue, workers):
            time.sleep(0.2)
        httpx.get(f"{destination}/hold", trust_env=False)
        begun = time.perf_counter()
        _mapper("run", str(file), "--queue", queue, "--quiet", cwd=file.parent)
        filled = time.perf_counter()
        httpx.get(f"{destination}/go", trust_env=False)
        released = time.perf_counter()
        while (arrived := int(httpx.get(destination, trust_env=False).text)) < calls:
            time.sleep(0.02)
        ended = time.perf_counter()
    if arrived > calls * _MOST_TWICE:
        raise DifferentError(f"{calls:,} events were to be sent, and {arrived:,} arrived")
    return Took(calls / (filled - begun), calls / (ended - released))


def _served(url: str, options: Options) -> tuple[float, float]:
    """Calls a second, by the clock, that a server takes in batches and singly while nobody delivers."""
    calls = [decode(line) for line in typical_lines(options.seed, options.calls)]
    with serving(NOWHERE, {**ANY, "MAPPER_QUEUE": _made(url)}) as server:
        in_batches = rate_of(server, batches_of(calls), IN_BATCH)
        return in_batches.clock, rate_of(server, singles_of(calls[:_SINGLES])).clock


def _made(url: str) -> str:
    """A new queue."""
    queue = f"{url}/q{next(_numbers)}"
    _mapper("nats", "init", queue, "--partitions", str(PARTITIONS), "--allow-sync-interval", *_replicas(url))
    return queue


def _replicas(url: str) -> Sequence[str]:
    return () if "," in url else ("--allow-one-replica",)


def _shared(queue: str, workers: int) -> bool:
    """Whether each worker holds its share."""
    found = json.loads(_mapper("status", queue, "--format", "json"))
    return [len(each["partitions"]) for each in found["workers"]] == [PARTITIONS // workers] * workers


def _mapper(*arguments: str, cwd: Path | None = None) -> bytes:
    command = [sys.executable, "-m", "mapper", *arguments]
    done = subprocess.run(command, cwd=cwd, env=_environment(), capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise DifferentError(done.stderr.decode())
    return done.stdout


def _environment() -> dict[str, str]:
    return {**os.environ, **_KEYS, "PYTHONPATH": str(Path(__file__).parents[2])}


@contextmanager
def _worker(queue: str, destination: str, concurrency: int) -> Iterator[None]:
    command = [sys.executable, "-m", "mapper", "work", queue, "--base-url", destination, "--quiet"]
    process = subprocess.Popen([*command, "--concurrency", str(concurrency)], env=_environment())
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


async def _bare(url: str) -> float:
    """Messages a second that a client stores which does nothing else."""
    async with connected(parse(f"{url}/bare")) as link:
        await link.ask(
            "STREAM.CREATE.bare", {"name": "bare", "subjects": ["bare"], "num_replicas": 3, "storage": "file"}
        )
        left = iter(range(_BARE))

        async def put() -> None:
            for _ in left:
                await link.publish("bare", b"x" * 1000)

        begun = time.perf_counter()
        await asyncio.gather(*(put() for _ in range(_IN_FLIGHT)))
        took = time.perf_counter() - begun
        await link.ask("STREAM.DELETE.bare")
        return _BARE / took


# -- how long each takes ----------------------------------------------------------------------------------------------


class _Noting(Sink):
    """Notes when each event came."""

    arrived: ClassVar[dict[int, float]] = {}

    def taken(self, body: bytes | bytearray) -> None:
        now = time.perf_counter()
        for found in _SESSION.finditer(body):
            self.arrived.setdefault(int(found[1]), now)


@asynccontextmanager
async def _noting() -> AsyncIterator[str]:
    server = await asyncio.get_running_loop().create_server(_Noting, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _paced(url: str, seed: int) -> tuple[list[float], list[float]]:
    """Calls that come evenly: seconds from when each came until it was accepted, and from then until it arrived."""
    queue = await asyncio.to_thread(_made, url)
    lines = [_numbered(raw, at) for at, raw in enumerate(typical_lines(seed, int(_PACED * _PACED_SECONDS)))]
    due: list[float] = []
    accepted: list[float] = []
    async with _noting() as destination, outbox(parse(queue), SystemClock(), lambda _: None) as out:
        with _worker(queue, destination, _MANY):
            while not await asyncio.to_thread(_shared, queue, 1):
                await asyncio.sleep(0.2)
            wired = wired_to(destination, os.devnull, shipped_set())
            producer = Producer(wired, out, Ledger(), Hooks(), Keeping(out, {}, keyless=True))
            begun = time.perf_counter()
            while len(accepted) < len(lines):
                some = lines[len(accepted) : min(int((time.perf_counter() - begun) * _PACED), len(accepted) + _GROUP)]
                if some:
                    await producer.take(some, map_lines(wired.apply, some, Selection()))
                    due += [begun + (len(due) + at) / _PACED for at in range(len(some))]
                    accepted += [time.perf_counter()] * len(some)
                await asyncio.sleep(0.001)
            while len(_Noting.arrived) < len(lines):
                await asyncio.sleep(0.05)
    counted = range(int(_WARM * _PACED), len(lines))
    return (
        [accepted[at] - due[at] for at in counted],
        [_Noting.arrived[at] - accepted[at] for at in counted],
    )


def _numbered(raw: bytes, number: int) -> Line:
    """A call that is known again at the destination."""
    call: dict[str, Any] = decode(raw)
    return Line(encode({**call, "anonymousId": f"s{number}", "messageId": f"n{number}"}), number + 1, "calls")
