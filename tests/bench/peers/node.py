"""Peers that live under Node: a process of their own, which takes its turn when it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any, Final

_HARNESS: Final = Path(__file__).with_name("harness.mjs")
PACKAGES: Final = Path(sys.prefix, "peers")
"""Where `make peers` puts them."""


def missing(package: str) -> bool:
    """Whether a package, or Node itself, is not there."""
    return which("node") is None or not (PACKAGES / "node_modules" / package).is_dir()


class NodePeer:
    """A peer that is up. `name`: of its module beside this one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def turn(self, calls: int) -> float:
        """Let it map the first `calls` calls; CPU seconds, of all threads that Node runs."""
        return self._ask(calls=calls) / 1e6

    def events(self, calls: int, file: Path) -> bytes:
        """What it makes of the first `calls` calls."""
        self._ask(calls=calls, to=str(file))
        return file.read_bytes()

    def _ask(self, **task: Any) -> float:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps(task) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError("the peer ended; what it said stands above")
        micros: float = json.loads(answer)["micros"]
        return micros


@contextmanager
def node_peer(name: str, calls: Path) -> Iterator[NodePeer]:
    """Start a peer on a file of calls, and end it with the block."""
    process = subprocess.Popen(
        ["node", str(_HARNESS), name, str(calls)],
        cwd=PACKAGES,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield NodePeer(process)
    finally:
        process.communicate(timeout=30)
