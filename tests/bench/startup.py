"""How long the command takes to begin, beside Python itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence


def startup_ratio(rounds: int = 15) -> float:
    """Wall time of ``mapper --version`` over that of ``python -c pass``; each the best of its rounds, taking turns."""
    bare, ours = [sys.executable, "-c", "pass"], [sys.executable, "-m", "mapper", "--version"]
    times = [(_seconds(bare), _seconds(ours)) for _ in range(rounds)]
    return min(mine for _, mine in times) / min(pythons for pythons, _ in times)


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun
