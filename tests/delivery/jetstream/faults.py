"""A cluster, what is put into it, who works on it, and what of that arrived."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.link import connected
from mapper.delivery.jetstream.names import Names
from tests.cli.kit import Ended, environment, mapper
from tests.support.nats import Cluster, Server
from tests.support.sandbox import SandboxProcess

KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
USERS = 97


def call_of(number: int, **more: object) -> dict[str, object]:
    """A call that is told apart by its session; those of one user are in order."""
    return {
        "type": "track",
        "event": "Opened",
        "userId": f"u{number % USERS}",
        "anonymousId": f"s{number}",
        "messageId": f"m{number}",
        "timestamp": "2026-01-02T03:04:05.678Z",
        **more,
    }


def write_calls(path: Path, count: int, first: int = 0) -> Path:
    """So many more of them, in a file."""
    with path.open("a") as file:
        file.writelines(f"{json.dumps(call_of(number))}\n" for number in range(first, first + count))
    return path


@dataclass
class Field:
    """One queue in a cluster, and who puts and works.

    Attributes:
        folder: Of files.
        url: Of the queue.
        sandbox: Where events arrive.
    """

    folder: Path
    url: str
    sandbox: SandboxProcess
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def init(self, *options: str) -> None:
        done = mapper("nats", "init", self.url, "--allow-sync-interval", *options, cwd=self.folder)
        assert done.code == 0, (done.out, done.err)

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command of mapper, in the background."""
        with (self.folder / f"log{len(self.processes)}").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "mapper", *map(str, arguments)],
                cwd=self.folder,
                env=environment(KEYS),
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def put(self, path: Path) -> subprocess.Popen[bytes]:
        return self.start("run", path, "--queue", self.url)

    def worker(self, *options: str) -> subprocess.Popen[bytes]:
        return self.start("work", self.url, "--base-url", self.sandbox.base_url, *options)

    def logs(self) -> str:
        return "\n".join(f"-- {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("log*")))

    def status(self) -> dict[str, Any]:
        done: Ended = mapper("status", self.url, "-f", "json", cwd=self.folder)
        assert done.out, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    def finish(self, seconds: float = 120.0) -> None:
        """Until everything that was put is settled."""
        end = time.monotonic() + seconds
        while (found := self.status())["pending"] or not found["balances"]:
            assert time.monotonic() < end, (found, self.logs())
            time.sleep(0.3)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def arrived(self) -> list[tuple[str, int]]:
        """User and number of each event, in the order in which they came."""
        return [(event["user_id"], int(event["session_id"][1:])) for event in self.sandbox.events]

    def all_is_well(self, count: int) -> int:
        """Everything arrived, in order per user as far as it came for the first time; how many came again."""
        arrived = self.arrived()
        first: dict[str, list[int]] = defaultdict(list)
        for user, number in dict.fromkeys(arrived):
            first[user].append(number)
        numbers = {number for each in first.values() for number in each}
        assert numbers == set(range(count)), (sorted(set(range(count)) - numbers)[:20], self.logs())
        for each in first.values():
            assert each == sorted(each)
        found = self.status()
        assert found["balances"]
        assert (found["read"], found["pending"], found["dead"]) == (
            found["delivered"] + found["skipped"],
            0,
            0,
        ), found
        return len(arrived) - count


@contextmanager
def playing(folder: Path, url: str, sandbox: SandboxProcess) -> Iterator[Field]:
    """A field whose processes end with it."""
    found = Field(folder, url, sandbox)
    try:
        yield found
    finally:
        found.stop()


def leader(servers: Cluster, url: str) -> Server:
    """Who leads the stream of a queue."""

    async def ask() -> str:
        address = parse(url)
        async with connected(address) as link:
            while True:
                info = await link.ask(f"STREAM.INFO.{Names(address.name).queue}")
                if name := (info.get("cluster") or {}).get("leader"):
                    return str(name)
                await asyncio.sleep(0.1)

    return servers.named(asyncio.run(ask()))


def all_current(servers: Cluster, url: str, seconds: float = 60.0) -> None:
    """Wait until all copies of all streams of a queue are current."""

    async def ask() -> bool:
        address = parse(url)
        names = Names(address.name)
        streams: Sequence[str] = [names.queue, names.dead, names.seen, f"KV_{names.state}", f"KV_{names.leases}"]
        async with connected(address) as link:
            for stream in streams:
                cluster = (await link.ask(f"STREAM.INFO.{stream}")).get("cluster") or {}
                copies = cluster.get("replicas") or []
                if not cluster.get("leader") or len(copies) < 2 or not all(each.get("current") for each in copies):
                    return False
        return True

    end = time.monotonic() + seconds
    while not asyncio.run(ask()):
        assert time.monotonic() < end
        time.sleep(0.2)
