"""How much memory a command takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.kit import environment

_BETWEEN = """\
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A process is said to have had at least as much as the one that started it, which is therefore not the tests' own."""


def peak(*arguments: str | Path, cwd: Path) -> tuple[int, int]:
    """Run ``mapper``; its exit code, and the most memory that it held, in KiB."""
    command = [sys.executable, "-m", "mapper", *map(str, arguments)]
    done = subprocess.run(
        [sys.executable, "-S", "-c", _BETWEEN, *command], cwd=cwd, env=environment(), stdout=subprocess.PIPE, check=True
    )
    code, kibibytes = map(int, done.stdout.split())
    return code, kibibytes
