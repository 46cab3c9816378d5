"""``mapper run`` with one process that maps and with two: on the clock, and in CPU time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final

from tests.bench.corpus import DifferentError, typical_lines
from tests.bench.delivery import sink
from tests.bench.outcome import Bar, Options, Outcome

TIMES: Final = 16
"""So many times the calls of other rows: what a run takes to begin, which no worker shortens, weighs less in it."""
SENT_TIMES: Final = 4
"""The same where they are sent."""
MOST_ROUNDS: Final = 5
_KEYS: Final = {"NATERO_AUTH_KEY": "auth-key", "NATERO_SEND_KEY": "send-key"}
_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Took:
    """What a run took, in seconds.

    Attributes:
        clock: Of the clock, start and all.
        cpu: Of CPU time: of the first process, and of each worker.
    """

    clock: float
    cpu: Sequence[float]


_Turns = list[tuple[_Took, _Took]]
"""Of each round, what one process took and what two workers."""


def workers(options: Options) -> Outcome:
    """Long files by ``--workers`` 1 and 2, which take turns: dry runs, and deliveries to a sink."""
    rounds = min(options.rounds, MOST_ROUNDS)
    block = b"\n".join(typical_lines(options.seed, options.calls)) + b"\n"
    with TemporaryDirectory() as folder, sink() as url:
        file = Path(folder, "calls.ndjson")
        one, two = Path(folder, "1"), Path(folder, "2")
        size = _repeat(file, block, TIMES)
        _run(file, 1, one, "--dry-run")
        _run(file, 2, two, "--dry-run")
        if not cmp(one, two, shallow=False):
            raise DifferentError("two workers show something else than one")
        nowhere, to = Path(os.devnull), ("--base-url", url)  # what a file system does meanwhile differs too much
        dry = [(_run(file, 1, nowhere, "--dry-run"), _run(file, 2, nowhere, "--dry-run")) for _ in range(rounds)]
        _repeat(file, block, SENT_TIMES)
        sent = [(_run(file, 1, nowhere, *to), _run(file, 2, nowhere, *to)) for _ in range(rounds)]
    notes = [
        f"{os.cpu_count()} cores; start and all",
        *_notes(
            f"dry run to /dev/null of {options.calls * TIMES:,} calls, {size / 1e6:,.0f} MB", options.calls * TIMES, dry
        ),
        *_notes(f"{options.calls * SENT_TIMES:,} calls to a sink", options.calls * SENT_TIMES, sent),
    ]
    bar = Bar("--workers 2 / --workers 1, dry run, by the clock", _by_clock(dry), 1.8)
    return Outcome("Workers", [bar], notes=notes)


def _repeat(file: Path, block: bytes, times: int) -> int:
    with file.open("wb") as out:
        for _ in range(times):
            out.write(block)
    return len(block) * times


def _by_clock(turns: _Turns) -> float:
    return median(one.clock / two.clock for one, two in turns)


def _notes(what: str, calls: int, turns: _Turns) -> list[str]:
    one, two = ([turn[at] for turn in turns] for at in (0, 1))
    busiest = median(sum(each.cpu) / max(other.cpu) for each, other in turns)
    return [
        what,
        f"  --workers 1: {calls / median(each.clock for each in one):,.0f}/s by the clock; CPU {_cpu(one)} s",
        f"  --workers 2: {calls / median(each.clock for each in two):,.0f}/s by the clock; CPU {_cpu(two)} s"
        " (the first process and each worker)",
        f"  ratio by the clock {_by_clock(turns):.2f}; all CPU time of one process to that of the busiest of three"
        f" {busiest:.2f}",
    ]


def _cpu(runs: Sequence[_Took]) -> str:
    return " + ".join(f"{median(values):.1f}" for values in zip(*(run.cpu for run in runs), strict=True))


def _run(file: Path, count: int, to: Path, *options: str) -> _Took:
    command = [sys.executable, "-m", "mapper", "run", str(file), "--quiet", "--workers", str(count), *options]
    os.sync()  # nobody else's writing is to take time now
    with to.open("wb") as out:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, env=os.environ | _KEYS)
        cpu: dict[int, float] = {}
        ended = Event()

        def look() -> None:
            while not ended.wait(0.1):  # looking costs the cores that two workers want
                cpu.update(_cpu_times(process.pid))

        looking = Thread(target=look)
        looking.start()
        process.wait()
        took = time.perf_counter() - begun
        ended.set()
        looking.join()
    if process.returncode:
        raise DifferentError(f"{' '.join(command)} ended with {process.returncode}")
    return _Took(took, list(cpu.values()))


def _cpu_times(pid: int) -> Mapping[int, float]:
    """Seconds that a process and its children have worked until now."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {each: _seconds(each) for each in (pid, *map(int, children))}
    except OSError:
        return {}  # it ends just now


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
