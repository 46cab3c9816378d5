"""Calls over HTTP to a server with a queue in a file: how many it takes to the disk, and how long each takes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple, TypeVar

import httpx
import orjson
import uvloop

from tests.bench.corpus import DifferentError, typical_lines
from tests.bench.delivery import sink
from tests.bench.outcome import Bar, Options, Outcome

KEY: Final = "a-write-key"
IN_BATCH: Final = 100
CONNECTIONS: Final = 64
_MOST_ROUNDS: Final = 3
_SINGLES: Final = 20_000
_PACED_SECONDS: Final = 5.0
NOWHERE: Final = "http://127.0.0.1:9"
ANY: Final = {"NATERO_AUTH_KEY": "a", "NATERO_SEND_KEY": "b"}
_USER, _SYSTEM = 11, 12
"""Where times stand in ``/proc/PID/stat``, counted behind the name."""
_RATES: Final = {
    "batches": "in batches, while the destination is away",
    "singles": "one by one, while the destination is away",
    "delivered": "in batches, until all is delivered",
    "bare_batches": "in batches, by a server that only writes them down",
    "bare_singles": "one by one, by a server that only writes them down",
}
_SERVE: Final = ("mapper", "serve", "--listen", "127.0.0.1:0", "--base-url")
_BARE: Final = ("tests.bench.bare_server", "calls.db")
_Found = TypeVar("_Found")
_HEAD: Final = b"POST /v1/%b HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Rate(NamedTuple):
    """Calls a second, by the clock and for a second of the server's processor time."""

    clock: float
    cpu: float


class Round(NamedTuple):
    """What one round measured.

    Attributes:
        batches: In batches, taken in while the destination is away.
        singles: The same one by one.
        delivered: In batches, until all is delivered.
        bare_batches: In batches, by :mod:`tests.bench.bare_server`, which does only what has to be done anyway.
        bare_singles: The same one by one.
        p99: Seconds in which 99 of 100 single calls are answered that come evenly at half the rate of `singles`.
    """

    batches: Rate
    singles: Rate
    delivered: Rate
    bare_batches: Rate
    bare_singles: Rate
    p99: float


def served(options: Options) -> Outcome:
    """Batches and single calls as quickly as they are taken, then single calls evenly at half of that.

    A bare server beside it tells how quick the machine is.
    """
    calls = [orjson.loads(line) for line in typical_lines(options.seed, options.calls)]
    batches, singles = batches_of(calls), singles_of(calls[:_SINGLES])
    rounds = [_round(batches, singles) for _ in range(min(options.rounds, _MOST_ROUNDS))]
    best = {name: _best([getattr(each, name) for each in rounds]) for name in _RATES}
    p99 = min(each.p99 for each in rounds)
    bars = [
        Bar("calls in batches of 100, to the disk, a second of processor time", best["batches"].cpu, 40_000),
        Bar("single calls, to the disk, a second of processor time", best["singles"].cpu, 8_000),
        Bar("p99 of single calls at half the rate by the clock: seconds", p99, 0.05, at_most=True),
    ]
    notes = [
        f"{what}: {best[name].clock:,.0f} calls a second by the clock, {best[name].cpu:,.0f} of processor time"
        for name, what in _RATES.items()
    ]
    notes += [f"{name} / those of that server: {_median(rounds, name):.2f}" for name in ("batches", "singles")]
    title = f"`mapper serve`, {CONNECTIONS} connections of another process, which shares the cores with it"
    return Outcome(title, bars, notes=notes)


def _median(rounds: Sequence[Round], name: str) -> float:
    """How a rate compares with the same of the bare server in the same round, of the processor's time."""
    ratios = [float(getattr(each, name).cpu / getattr(each, f"bare_{name}").cpu) for each in rounds]
    return median(ratios)


def _best(rates: Sequence[Rate]) -> Rate:
    return Rate(max(each.clock for each in rates), max(each.cpu for each in rates))


def batches_of(calls: Sequence[Any]) -> list[bytes]:
    """Requests that bring these calls, so many in each."""
    return [
        request(b"batch", {"writeKey": KEY, "batch": calls[first : first + IN_BATCH]})
        for first in range(0, len(calls), IN_BATCH)
    ]


def singles_of(calls: Sequence[Any]) -> list[bytes]:
    """Requests that bring one call each."""
    return [request(call["type"].encode(), {**call, "writeKey": KEY}) for call in calls]


def request(name: bytes, body: object) -> bytes:
    """The bytes of a request."""
    text = orjson.dumps(body)
    return _HEAD % (name, len(text), text)


def _round(batches: Sequence[bytes], singles: Sequence[bytes]) -> Round:
    """Each on a queue of its own."""
    with serving(NOWHERE) as server:
        in_batches = rate_of(server, batches, IN_BATCH)
    with started(_BARE) as server:
        bare_batches = rate_of(server, batches, IN_BATCH)
    with serving(NOWHERE) as server:
        one_by_one = rate_of(server, singles)
    with started(_BARE) as server:
        bare_singles = rate_of(server, singles)
    with sink() as url:
        with serving(url) as server:
            delivered = rate_of(server, batches, IN_BATCH, drained=True)
        with serving(url) as server:
            rate = one_by_one.clock / 2
            took = sorted(_run(_open(server.port, singles[: int(rate * _PACED_SECONDS)], rate)))
    return Round(in_batches, one_by_one, delivered, bare_batches, bare_singles, took[len(took) * 99 // 100])


def rate_of(server: Server, requests: Sequence[bytes], calls: int = 1, *, drained: bool = False) -> Rate:
    """Of requests with so many calls each, sent as quickly as they are answered; `drained`: until none is pending."""
    cpu, begun = server.cpu, time.perf_counter()
    _run(_closed(server.port, requests))
    if drained:
        server.drain()
    made = len(requests) * calls
    return Rate(made / (time.perf_counter() - begun), made / (server.cpu - cpu))


def _run(measured: Coroutine[Any, Any, _Found]) -> _Found:
    """Under the quickest loop, so that the client takes as little as it can of what it measures."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measured)


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves."""

    port: int
    pid: int

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has taken."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[_USER]) + int(fields[_SYSTEM])) / os.sysconf("SC_CLK_TCK")

    def drain(self) -> None:
        """Wait until nothing is pending."""
        while httpx.get(f"http://127.0.0.1:{self.port}/metrics", trust_env=False).text.count("\nmapper_pending{"):
            time.sleep(0.05)


def serving(url: str, keys: Mapping[str, str] = ANY) -> AbstractContextManager[Server]:
    """`mapper serve`, which delivers to `url` with these keys."""
    return started((*_SERVE, url), keys)


@contextmanager
def started(module: Sequence[str], keys: Mapping[str, str] = ANY) -> Iterator[Server]:
    """A module that serves, with its arguments, in a folder of its own; it says where it listens."""
    with TemporaryDirectory() as folder:
        root = Path(__file__).parents[2]
        environment = {**os.environ, **keys, "MAPPER_WRITE_KEYS": f"web={KEY}", "PYTHONPATH": str(root)}
        command = [sys.executable, "-m", *module]
        process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
        assert process.stderr is not None
        try:
            said = next(line for line in process.stderr if b'"listening"' in line)
            yield Server(int(orjson.loads(said)["address"].rpartition(":")[2]), process.pid)
        finally:
            process.terminate()
            process.stderr.read()
            process.wait(timeout=60)
            process.stderr.close()


async def _closed(port: int, requests: Sequence[bytes]) -> None:
    """Send all of them, each connection sending its next one once it has an answer."""
    left = iter(requests)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for each in left:
            await _ask(reader, writer, each)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))


async def _open(port: int, requests: Sequence[bytes], rate: float) -> list[float]:
    """Seconds from when each was to be sent, evenly at a rate, to its answer."""
    took: list[float] = []
    begun = time.perf_counter() + 0.1
    left = iter(enumerate(requests))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, each in left:
            due = begun + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            await _ask(reader, writer, each)
            took.append(time.perf_counter() - due)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return took


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, each: bytes) -> None:
    writer.write(each)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise DifferentError(head.split(b"\r\n", 1)[0].decode())
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0]))
