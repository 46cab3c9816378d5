"""The pretend destination as a process of its own, for tests that talk to it over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

MAPPINGS = Path(__file__).parents[2] / "mappings"


@dataclass(frozen=True)
class SandboxProcess:
    """A sandbox that is up: where it is, the keys it brings, and a client for it."""

    process: subprocess.Popen[str]
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

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it by a signal; gives exit code, the rest of stdout, and stderr."""
        assert self.process.stdout is not None and self.process.stderr is not None
        self.process.send_signal(number)
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(timeout=10), out, err


@contextmanager
def sandbox_process(
    destination: str = "natero", *options: str, mappings: Path = MAPPINGS, log: Path | None = None
) -> Iterator[SandboxProcess]:
    """Start a sandbox, a shipped one unless told otherwise, on a free port, and end it with the block.

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
        assert first, process.communicate(timeout=10)[1]
        told = json.loads(first)
        with httpx.Client(base_url=told["base_url"], timeout=5, trust_env=False) as client:
            yield SandboxProcess(process, told["base_url"], told["settings"], client)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=10)
