"""A dry run by one process and by two, on the clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.corpus import DifferentError, typical_lines
from tests.bench.outcome import Bar, Options, Outcome

TIMES: Final = 4
"""So many times the calls of other rows: what a worker takes to begin weighs less in a long run."""
MOST_ROUNDS: Final = 5


def workers(options: Options) -> Outcome:
    """`mapper run --dry-run` of a long file, start and all, by workers 1 and 2."""
    rounds = min(options.rounds, MOST_ROUNDS)
    with TemporaryDirectory() as folder:
        file = Path(folder, "calls.ndjson")
        file.write_bytes((b"\n".join(typical_lines(options.seed, options.calls)) + b"\n") * TIMES)
        shown = [Path(folder, str(count)) for count in (1, 2)]
        times = [(_seconds(file, 1, shown[0]), _seconds(file, 2, shown[1])) for _ in range(rounds)]
        if shown[0].read_bytes() != shown[1].read_bytes():
            raise DifferentError("two workers show something else than one")
    notes = [f"{os.cpu_count()} cores; {options.calls * TIMES:,} calls"]
    bar = Bar("--workers 2 / --workers 1, dry run", median(one / two for one, two in times), 1.8)
    return Outcome("Workers, by the clock", [bar], notes=notes)


def _seconds(file: Path, count: int, to: Path) -> float:
    command = [sys.executable, "-m", "mapper", "run", str(file), "--dry-run", "--quiet", "--workers", str(count)]
    with to.open("wb") as out:
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=out, stderr=subprocess.DEVNULL)
        return time.perf_counter() - begun
