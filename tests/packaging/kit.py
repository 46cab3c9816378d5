"""What is built, and commands that know nothing of the environment that the tests run in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Built:
    sdist: Path
    wheel: Path


def run(*command: str, cwd: Path, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with `more` in its environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("NATERO", "PYTHON", "CI", "MAKE"))}
    env |= {"NO_COLOR": "1", **(more or {})}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=180, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done
