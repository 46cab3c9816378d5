"""A run with a queue as people start it, and a destination in a hurry: the real command against the real sandbox.

The oracle stands outside of both: which calls were accepted, and which events the sandbox received.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mapper.base.json import encode
from mapper.delivery.durable.view import view
from tests.cli.kit import Ended, environment, mapper
from tests.support.sandbox import RunningSandbox, sandbox_process

BATCH = 20
FIRST_WAIT = 0.05
MAX_WAIT = 2.0
"""Seconds: the greatest back-off, and the greatest Retry-After that is believed."""
KEYS = {"SHOP_TOKEN": "sandbox-token"}

DESTINATION = f"""\
mapper: 1
id: shop
destination: Shop
accepts: [track]
settings:
  token: {{type: string, required: true, secret: true}}
requests:
  event:
    base: "'https://shop.invalid'"
    path: "'/events'"
    auth: {{bearer: settings.token}}
    headers: {{content-type: {{$const: application/json}}}}
    body: ndjson
    batch: {{max_events: {BATCH}, max_wait: 20ms}}
    retry:
      first_wait: {FIRST_WAIT * 1000:.0f}ms
      max_wait: {MAX_WAIT:.0f}s
      connect_timeout: 60s
      timeout: 60s
    order_by: user
let:
  user: id(userId)
"""
MAPPING = """\
mapper: 1
accepts: track
request: event
body:
  n: properties.n
  user: user
"""
SANDBOX = """\
sandbox: 1
id: shop
settings: {token: sandbox-token}
endpoints:
  event:
    path: /events
    auth: {bearer: token}
    body: ndjson
    checks:
      - schema: {type: object, required: [n, user]}
    answers:
      taken: {status: 202, body: {taken: $count, note: "a body long enough to be cut, or to take its time"}}
      refused: {status: 400, body: {error: $message, line: $line}}
"""


@dataclass(frozen=True)
class Line:
    """What the sandbox's log says of a request: seconds since the epoch, and how it was answered."""

    at: float
    answer: str


@dataclass(frozen=True)
class Shop:
    """A folder with calls and a queue, and a destination with its sandbox.

    Attributes:
        log: What the sandbox says of each request, while it goes on.
        since: Bytes of it that are of earlier tests.
    """

    folder: Path
    sandbox: RunningSandbox
    log: Path
    since: int = 0

    @property
    def mappings(self) -> Path:
        """The folder with the destination."""
        return self.log.parent / "mappings"

    def calls(self, count: int, first: int = 0, users: int = 37) -> None:
        """Write the calls of the input, told apart by their `n`; those of a user keep their order."""
        with (self.folder / "calls.ndjson").open("ab") as file:
            file.writelines(call(number, users) + b"\n" for number in range(first, first + count))

    def run(self, *options: str, base: str | None = None) -> Ended:
        """Run to the end."""
        return mapper(*self._arguments(options, base), cwd=self.folder, env=KEYS)

    def start(
        self, *options: str, base: str | None = None, program: Sequence[str] = ("-m", "mapper")
    ) -> subprocess.Popen[str]:
        """Begin a run."""
        return subprocess.Popen(
            [sys.executable, *program, *self._arguments(options, base)],
            cwd=self.folder,
            env=environment(KEYS),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _arguments(self, options: Sequence[str], base: str | None) -> list[str]:
        given = ["run", "calls.ndjson", "--queue", "q.db", "--base-url", base or self.sandbox.base_url]
        return [*given, "--mappings", str(self.mappings), *options]

    def status(self) -> dict[str, Any]:
        """What `mapper status` tells programs."""
        ended = mapper("status", "q.db", "--format", "json", cwd=self.folder)
        assert ended.code == 0, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        assert found["balances"]
        return found

    @property
    def delivered(self) -> int:
        """As the queue has it."""
        return view(self.folder / "q.db").ledger["delivered", ""]

    @property
    def taken(self) -> int:
        """How many events the sandbox took."""
        count: int = self.sandbox.client.get("/received?limit=0").json()["count"]
        return count

    def events(self) -> list[Any]:
        """All events that the sandbox took, in their order."""
        found: list[Any] = []
        while page := self.sandbox.client.get(f"/received?events=1&limit=10000&offset={len(found)}").json()["events"]:
            found += page
        return found

    def lines(self) -> list[Line]:
        """The sandbox's log."""
        parts = (line.split(" ", 3) for line in self.log.read_text()[self.since :].splitlines())
        return [Line(datetime.fromisoformat(at).timestamp(), answer) for at, _, _, answer in parts]

    def expect_all(self, count: int) -> int:
        """Hold what was accepted against what was received: all is there, in order, settled. How much came twice."""
        arrived = Counter[int]()
        first = defaultdict[str, list[int]](list)
        for event in self.events():
            arrived[event["n"]] += 1
            if arrived[event["n"]] == 1:
                first[event["user"]].append(event["n"])
        assert arrived.keys() == set(range(count)), "lost"
        assert all(numbers == sorted(numbers) for numbers in first.values()), "out of order"
        found = self.status()
        assert (found["read"], found["delivered"]) == (count, count)
        assert (found["dead"], found["skipped"], found["pending"], found["process"]) == (0, 0, 0, None)
        return arrived.total() - count

    def anew(self, folder: Path) -> Shop:
        """The same destination, as if nothing had been sent to it, for other calls in another folder."""
        self.sandbox.reset()
        return replace(self, folder=folder, since=self.log.stat().st_size)


def call(number: int, users: int) -> bytes:
    """A track call."""
    return encode(
        {
            "type": "track",
            "event": "Opened",
            "userId": f"u{number % users}",
            "messageId": f"m{number}",
            "timestamp": "2026-01-02T03:04:05.678Z",
            "properties": {"n": number},
        }
    )


FILES: Final = {"destination": DESTINATION, "track": MAPPING, "sandbox": SANDBOX}


def hurried(seconds: int) -> Mapping[str, str]:
    """The same shop, whose answers soon come too late: on a busy machine one that is none of the test's might, too."""
    assert "\n      timeout: 60s\n" in DESTINATION
    return {**FILES, "destination": DESTINATION.replace(" timeout: 60s\n", f" timeout: {seconds}s\n")}


@contextmanager
def opened(folder: Path, *options: str, files: Mapping[str, str] = FILES) -> Iterator[Shop]:
    """A shop that is open, behaving as its sandbox's options say."""
    at = folder / "mappings" / "shop"
    at.mkdir(parents=True)
    for name, text in files.items():
        (at / f"{name}.yaml").write_text(text)
    log = folder / "sandbox.log"
    with sandbox_process("shop", *options, mappings=folder / "mappings", log=log) as sandbox:
        yield Shop(folder, sandbox, log)
