"""The pretend destination for tests that talk to it over HTTP: in a thread, or as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import start_blocking_portal

from mapper.sandbox import SandboxOptions, load_spec, running
from tests.support.awaiting import PATIENCE

MAPPINGS = Path(__file__).parents[2] / "mappings"


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that is up: where it is, the keys it brings, and a client for it."""

    base_url: str
    settings: dict[str, str]
    client: httpx.Client

    @property
    def events(self) -> list[Any]:
        """The events it took."""
        events: list[Any] = self.client.get("/received?events=1").json()["events"]
        return events

    @property
    def received(self) -> dict[str, Any]:
        """All it tells of what it took."""
        received: dict[str, Any] = self.client.get("/received").json()
        return received

    def fault(self, *rules: dict[str, Any]) -> None:
        """Add fault rules."""
        self.client.post("/faults", json=list(rules)).raise_for_status()

    def reset(self) -> None:
        """Forget faults and what was received."""
        self.client.delete("/faults").raise_for_status()
        self.client.delete("/received").raise_for_status()


@dataclass(frozen=True)
class SandboxProcess(RunningSandbox):
    """One that is a process."""

    process: subprocess.Popen[str]

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it by a signal; gives exit code, the rest of stdout, and stderr."""
        assert self.process.stdout is not None and self.process.stderr is not None
        self.process.send_signal(number)
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=PATIENCE), out, err


def failing(**rule: int) -> SandboxOptions:
    """With a fault from the beginning."""
    return SandboxOptions(faults=(rule,))


@contextmanager
def running_sandbox(destination: str = "natero", options: SandboxOptions | None = None) -> Iterator[RunningSandbox]:
    """Start a sandbox, a shipped one unless told otherwise, on a free port, and end it with the block.

    It runs in a thread, since a process would take longer to begin than most tests take with it. Tests that send much,
    or kill what sends, have :func:`sandbox_process`: what it answers, and when, depends on nothing else here.

    Args:
        destination: Whose.
        options: How it runs.
    """
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        served = running(load_spec(MAPPINGS / destination / "sandbox.yaml"), options)
        sandbox = stack.enter_context(portal.wrap_async_context_manager(served))
        client = stack.enter_context(_client(sandbox.base_url))
        yield RunningSandbox(sandbox.base_url, dict(sandbox.settings), client)


def _client(base_url: str) -> httpx.Client:
    """A client without TLS: reading the certificates to trust costs more than a test's requests."""
    return httpx.Client(base_url=base_url, timeout=PATIENCE, trust_env=False, verify=False)


@contextmanager
def sandbox_process(
    destination: str = "natero", *options: str, mappings: Path = MAPPINGS, log: Path | None = None
) -> Iterator[SandboxProcess]:
    """The same as a process.

    Args:
        destination: Whose.
        options: Further options.
        mappings: Where it is.
        log: Where to write what it says of each request.
    """
    given = ["--destination", destination, "--mappings", str(mappings), *(["--verbose"] if log else [])]
    with log.open("w") if log else nullcontext(subprocess.PIPE) as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "mapper", "sandbox", *given, *options],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        assert first, process.communicate(timeout=PATIENCE)[1]
        told = json.loads(first)
        with _client(told["base_url"]) as client:
            yield SandboxProcess(told["base_url"], told["settings"], client, process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)
