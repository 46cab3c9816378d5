"""Segment's Python library to the sandbox: how long a call takes from the application that makes it to its arrival.

As a program it is that application, and takes the address of a server, its key, how many calls it makes and how many of
them a second. Each call bears the time when it was made.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from segment.analytics.client import Client

from tests.bench.corpus import DifferentError
from tests.bench.outcome import Bar, Options, Outcome
from tests.bench.served import KEY, serving
from tests.support.sandbox import SandboxProcess, sandbox_process

PER_SECOND: Final = 500
SECONDS: Final = 20
KEYS: Final = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
MOST_ROUNDS: Final = 3


def from_sdk(options: Options) -> Outcome:
    """500 calls a second; of each figure the best of a few rounds."""
    calls = min(options.calls, PER_SECOND * SECONDS)
    found = [_round(calls) for _ in range(min(options.rounds, MOST_ROUNDS))]
    half, most = (min(took[calls * percent // 100] for took in found) for percent in (50, 99))
    bars = [Bar("p99 from the application to the sandbox, s", most, 1.0, at_most=True)]
    title = f"{PER_SECOND} calls a second from Segment's Python library, through `mapper serve`, to the sandbox"
    return Outcome(title, bars, notes=[f"median {half * 1000:.0f} ms, p99 {most * 1000:.0f} ms"])


def _round(calls: int) -> list[float]:
    """Seconds of each call, in order."""
    with TemporaryDirectory() as folder:
        log, kept = Path(folder, "log"), ("--keep", str(calls))
        with (
            sandbox_process("natero", *kept, log=log) as sandbox,
            serving(sandbox.base_url, KEYS) as server,
        ):
            command = [sys.executable, "-m", "tests.bench.from_sdk", f"http://127.0.0.1:{server.port}", KEY]
            subprocess.run([*command, str(calls), str(PER_SECOND)], check=True, cwd=Path(__file__).parents[2])
            server.drain()
            took = sorted(_took(sandbox, log))
    if len(took) != calls:
        raise DifferentError(f"{calls:,} calls were made, and {len(took):,} arrived")
    return took


def _took(sandbox: SandboxProcess, log: Path) -> list[float]:
    """Seconds of each call that arrived, as the sandbox's log has the times of the requests that it kept."""
    lines = [line.split(" ", 1)[0] for line in log.read_text().splitlines() if line.endswith(" 200")]
    times = [datetime.fromisoformat(at).timestamp() for at in lines]
    requests = sandbox.received["requests"]
    arrivals = [at for at, request in zip(times, requests, strict=True) for _ in request["events"]]
    events = [event for request in requests for event in request["events"]]
    return [at - float(event["session_id"]) for at, event in zip(arrivals, events, strict=True)]


def _call(url: str, key: str, calls: int, per_second: float) -> None:
    client, begun = Client(key, host=url), time.monotonic()
    for number in range(calls):
        time.sleep(max(begun + number / per_second - time.monotonic(), 0))
        made = repr(time.time())
        client.track(user_id=f"u{number % 97}", anonymous_id=made, event="Opened", properties={"n": number})
    client.shutdown()


if __name__ == "__main__":
    _, address, write_key, count, rate = sys.argv
    _call(address, write_key, int(count), float(rate))
