"""Applications with Segment's own libraries, as processes, and a destination that tells which calls arrived."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final

import pytest

from tests.cli.kit import environment
from tests.delivery.runs.kit import DESTINATION, FILES, MAPPING
from tests.server.kit import KEY
from tests.server.sdk.python_client import MODES, TYPES
from tests.support.ports import free_ports

_NODE_PACKAGES: Final = Path(sys.prefix, "clients")
"""Where `make clients` puts them."""
_HERE: Final = Path(__file__).parent
NODE: Final = "node"
CLIENTS: Final = (*MODES, NODE)

_MAPPING: Final = MAPPING.replace("n: properties.n", "n: messageId")
_ODD: Final = "".join(f"  {name}: properties.{name}\n" for name in ("price", "amount", "text"))
SHOP: Final[Mapping[str, str]] = {
    **FILES,
    "destination": DESTINATION.replace("[track]", f"[{', '.join(TYPES)}]"),
    **{kind: _MAPPING.replace("track", kind) for kind in TYPES},
    "track": _MAPPING + _ODD,
}
"""A shop that takes all calls; `n` is the id of a call's message. Of the odd values of a track call it is sent some."""


@dataclass(frozen=True)
class Told:
    """What a library told of its calls."""

    delivered: frozenset[str]
    failed: frozenset[str]

    @property
    def made(self) -> frozenset[str]:
        """All of them."""
        return self.delivered | self.failed


class Client:
    """An application that calls until it is told to end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def end(self, seconds: float = 120.0) -> Told:
        """Let it flush; what it told."""
        out, _ = self._process.communicate("", timeout=seconds)
        told = json.loads(out)
        assert len(told["delivered"]) + len(told["failed"]) == told["made"], "it does not tell of each call"
        return Told(frozenset(told["delivered"]), frozenset(told["failed"]))


@contextmanager
def client(library: str, url: str, name: str, per_second: float) -> Iterator[Client]:
    """Start one, and end it with the block."""
    program = [sys.executable, "-m", "tests.server.sdk.python_client", url, KEY, library, name, str(per_second)]
    cwd = Path(__file__).parents[3]
    if library == NODE:
        program, cwd = ["node", str(_HERE / "node_client.mjs"), url, KEY, name, str(per_second)], _NODE_PACKAGES
    process = subprocess.Popen(
        program,
        cwd=cwd,
        env=environment({"NO_PROXY": "127.0.0.1"}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Client(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def require(library: str) -> None:
    """Skip the test where its library can't be there."""
    if library != NODE:
        return
    if which("node") is None:
        pytest.skip("Node is missing")
    if not (_NODE_PACKAGES / "node_modules").is_dir():
        pytest.skip("Segment's library for Node is not installed; `make clients` installs it")


def free_address() -> str:
    """Where a server may listen, again and again."""
    return f"127.0.0.1:{free_ports(1)[0]}"
