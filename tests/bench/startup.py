"""How long the command takes to begin, beside Python itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence


def startup_ratio(rounds: int = 15) -> float:
    """Wall time of ``mapper --version`` over that of ``python -c pass``"""
    return _ratio(["-m", "mapper", "--version"], ["-c", "pass"], rounds)


def validate_ratio(rounds: int = 15) -> float:
    """Wall time of ``mapper validate`` of the shipped mappings over that of a typer program whose command is empty."""
    nothing = "import typer\napp = typer.Typer()\n@app.command()\ndef nothing() -> None: pass\napp()"
    return _ratio(["-m", "mapper", "validate", "mappings/natero"], ["-c", nothing], rounds)


def _ratio(ours: Sequence[str], other: Sequence[str], rounds: int) -> float:
    """Each the best of its rounds, taking turns."""
    times = [(_seconds([sys.executable, *ours]), _seconds([sys.executable, *other])) for _ in range(rounds)]
    return min(mine for mine, _ in times) / min(others for _, others in times)


def _seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun
