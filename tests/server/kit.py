"""The real server as a process, and a sandbox behind it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.cli.kit import environment, quick
from tests.cli.test_queue import KEYS
from tests.delivery.runs import kit as runs
from tests.support.awaiting import PATIENCE

KEY = "web-key-canary"
SECRET = "hook-secret-canary"
CONFIG = f"""
queue: q.db
sources: {{web: {{write_keys: [{KEY}, older-key]}}, ios: {{write_keys: [$IOS_KEY]}}}}
webhooks:
  segment: {{secrets: [{SECRET}, old-secret]}}
  batched: {{secrets: [{SECRET}], batches: true}}
"""


class Server:
    """A server that listens. `logged`: what it has said, a dict a line. `once_loaded`: called once it has mappings."""

    def __init__(
        self, process: subprocess.Popen[str], folder: Path, once_loaded: Callable[[], object] = lambda: None
    ) -> None:
        self.process = process
        self.folder = folder
        self.logged: list[dict[str, Any]] = []
        self.text: list[str] = []
        self._deaf = False
        self._once_loaded = once_loaded
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        self.base_url = f"http://{self.wait_for('listening')['address']}"
        self.client = httpx.Client(base_url=self.base_url, timeout=PATIENCE, verify=False)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if self._deaf:
                break
            self.text.append(line)
            if line.startswith("{"):
                self.logged.append(json.loads(line))
                if self.logged[-1]["event"] == "mappings read":
                    self._once_loaded()

    def stop_reading(self) -> None:
        """Close what its log goes to."""
        assert self.process.stderr is not None
        self._deaf = True
        self.client.get("/health")  # of which it logs a line
        self._reading.join(timeout=PATIENCE)
        self.process.stderr.close()

    def wait_for(self, event: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The first of its lines that says this."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = next((line for line in self.logged if line["event"] == event), None)
            if found is not None:
                return found
            assert self.process.poll() is None or event == "stopped", "".join(self.text)
            time.sleep(0.02)
        raise AssertionError(f"it never said `{event}`: {''.join(self.text)}")

    @property
    def complaints(self) -> list[str]:
        """What it has said that is no line of its log, or a warning."""
        return [line for line in self.text if not line.startswith("{") or '"library"' in line]

    def state(self) -> dict[str, Any]:
        """What ``mapper status`` says."""
        found: dict[str, Any] = json.loads(quick("status", "q.db", "-f", "json", cwd=self.folder).out)
        return found

    def settle(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The same, once nothing is pending."""
        end = time.monotonic() + seconds
        while (state := self.state())["pending"]:
            assert time.monotonic() < end, state
            time.sleep(0.05)
        return state

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        self.client.close()
        return code


@contextmanager
def serving(
    folder: Path,
    base_url: str,
    *options: str,
    config: str = CONFIG,
    env: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
    once_loaded: Callable[[], object] = lambda: None,
    python: str = sys.executable,
) -> Iterator[Server]:
    """Start a server in a folder, and end it with the block; `within` is a command that starts others."""
    (folder / "serve.yaml").write_text(config)
    command = [python, "-m", "mapper", "serve", "--config", "serve.yaml", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*within, *command, "--base-url", base_url, *options],
        cwd=folder,
        env=environment({**KEYS, "IOS_KEY": "ios-key", **(env or {})}),
        stderr=subprocess.PIPE,
        text=True,
    )
    server = None
    try:
        server = Server(process, folder, once_loaded)
        yield server
    finally:
        if server is not None:
            server.client.close()
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


@contextmanager
def serving_shop(shop: runs.Shop, config: str, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start one that sends to a shop."""
    mappings, env = ("--mappings", str(shop.mappings)), {**runs.KEYS, **(env or {})}
    with serving(shop.folder, shop.sandbox.base_url, *mappings, config=config, env=env) as found:
        yield found
