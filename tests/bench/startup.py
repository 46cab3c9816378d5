"""How long the command takes to begin, and to validate, beside Python itself and beside a program that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Final

from tests.bench.outcome import Bar, Options, Outcome

NOTHING: Final = "import typer\napp = typer.Typer()\n@app.command()\ndef nothing() -> None: pass\napp()"


def startup(options: Options) -> Outcome:
    """Times by the clock, of whole processes that take turns."""
    version = _ratio(["-m", "mapper", "--version"], ["-c", "pass"], options.rounds)
    validate = _ratio(["-m", "mapper", "validate"], ["-c", NOTHING], options.rounds)
    return Outcome(
        "Commands by the clock",
        [
            Bar("mapper validate of the shipped mappings / a typer program that does nothing", validate, 2.5, True),
            Bar("mapper --version / python -c pass", version, 4.0, True),
        ],
    )


def _ratio(ours: Sequence[str], other: Sequence[str], rounds: int) -> float:
    """The median over the rounds, after one that does not count."""
    times = [(_seconds(ours), _seconds(other)) for _ in range(rounds + 1)][1:]
    return median(mine / theirs for mine, theirs in times)


def _seconds(arguments: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - begun
