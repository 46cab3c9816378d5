"""A cluster, what is put into it, who works on it, and what of that arrived."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.names import Names
from tests.cli.kit import Ended, environment, mapper
from tests.support.awaiting import PATIENCE, await_
from tests.support.nats import Cluster, Server
from tests.support.sandbox import RunningSandbox

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
    sandbox: RunningSandbox
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

    def logs(self, most: int = 1500) -> str:
        """The last so many characters of each."""
        return "\n".join(f"-- {path.name}\n{path.read_text()[-most:]}" for path in sorted(self.folder.glob("log*")))

    def tell(self) -> tuple[dict[str, Any], str]:
        """How it stands, and what all have said."""
        return self.status(), self.logs()

    def status(self) -> dict[str, Any]:
        done: Ended = mapper("status", self.url, "-f", "json", cwd=self.folder)
        assert done.out, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    def finish(self, seconds: float = 120.0) -> None:
        """Until everything that was put is settled."""
        await_(lambda: not (found := self.status())["pending"] and found["balances"], seconds, self.tell)

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def arrived(self) -> list[tuple[str, int]]:
        """User and number of each event, in the order in which they came."""
        return [(event["user_id"], int(event["session_id"][1:])) for event in self.sandbox.events]

    def shared(self, workers: int) -> None:
        """Wait until so many workers have the same number of partitions each."""

        def are() -> bool:
            found = self.status()["workers"]
            return len(found) >= workers and len({len(each["partitions"]) for each in found}) == 1

        await_(are, 30, self.tell)

    def shares(self) -> int:
        """How often workers said that their partitions had become others."""
        return self.logs(10**6).count(" partitions are here")

    def repeated(self) -> int:
        """How many requests had events that came once more in a later one."""
        requests = self.sandbox.client.get("/received").json()["requests"]
        later: set[str] = set()
        found = 0
        for request in reversed(requests):
            here = {event["session_id"] for event in request["events"]}
            found += not here.isdisjoint(later)
            later |= here
        return found

    def all_is_well(self, count: int, *, unseen: int = 0) -> int:
        """Everything arrived, in order per user as far as it came for the first time; how many came again.

        Args:
            unseen: How many requests there may be of which no worker that still has the partition saw an answer: only
                what they held may come again.
        """
        arrived = self.arrived()
        assert (repeated := self.repeated()) <= unseen, (repeated, unseen, self.logs())
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
def playing(folder: Path, url: str, sandbox: RunningSandbox) -> Iterator[Field]:
    """A field whose processes end with it."""
    found = Field(folder, url, sandbox)
    try:
        yield found
    finally:
        found.stop()


def said(path: Path, what: str, seconds: float = PATIENCE) -> None:
    """Wait until a log has this."""
    await_(lambda: what in path.read_text(), seconds, path.read_text)


def leader(servers: Cluster, url: str) -> Server:
    """Who leads the stream of a queue."""

    async def ask() -> str:
        address = parse(url)
        async with asyncio.timeout(PATIENCE), connected(address) as link:
            while True:
                info = await link.ask(f"STREAM.INFO.{Names(address.name).queue}")
                if name := (info.get("cluster") or {}).get("leader"):
                    return str(name)
                await asyncio.sleep(0.1)

    try:
        return servers.named(asyncio.run(ask()))
    except TimeoutError:
        raise AssertionError(servers.logs()) from None


def all_current(servers: Cluster, url: str, seconds: float = PATIENCE) -> None:
    """Wait until all copies of all streams of a queue are current."""

    async def ask() -> bool:
        address = parse(url)
        names = Names(address.name)
        streams: Sequence[str] = [names.queue, names.dead, names.seen, f"KV_{names.state}", f"KV_{names.leases}"]
        async with asyncio.timeout(seconds), connected(address) as link:
            for stream in streams:
                cluster = (await link.ask(f"STREAM.INFO.{stream}")).get("cluster") or {}
                copies = cluster.get("replicas") or []
                if not cluster.get("leader") or len(copies) < 2 or not all(each.get("current") for each in copies):
                    return False
        return True

    await_(lambda: asyncio.run(ask()), seconds, servers.logs)
