"""CPU time of contenders that take turns, so that what disturbs the machine disturbs them all alike."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

Work = TypeVar("Work")


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who is measured.

    Attributes:
        name: As shown.
        calls: Calls in a turn.
        turn: Does them; CPU seconds it took.
    """

    name: str
    calls: int
    turn: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        seconds: By name, CPU seconds a call in each round.
    """

    seconds: Mapping[str, Sequence[float]]

    def rate(self, name: str) -> float:
        """Calls a second of CPU time, in the median round."""
        return 1 / median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as fast as another: the median over the rounds, in each of which both had their turn."""
        return median(theirs / ours for ours, theirs in zip(self.seconds[name], self.seconds[to], strict=True))


def seconds(run: Callable[[], object]) -> float:
    """CPU seconds of this process, all its threads included."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def timed(name: str, run: Callable[[Sequence[Work]], object], work: Sequence[Work]) -> Contender:
    """A contender in this process."""
    return Contender(name, len(work), lambda: seconds(lambda: run(work)))


def measure(contenders: Sequence[Contender], rounds: int) -> Figures:
    """Let each take one turn a round, after a round that does not count.

    The garbage collector runs before each turn and rests during it.
    """
    took: dict[str, list[float]] = {each.name: [] for each in contenders}
    gc.freeze()  # the calls themselves are nothing to collect
    gc.disable()
    try:
        for number in range(rounds + 1):
            for each in contenders:
                gc.collect()
                seconds_a_call = each.turn() / each.calls
                if number:
                    took[each.name].append(seconds_a_call)
    finally:
        gc.enable()
        gc.unfreeze()
    return Figures(took)


def written() -> int:
    """Bytes that this process has had written to disks so far, as Linux counts them: whole pages, at each sync."""
    return _number("io", r"^write_bytes: (\d+)")


def memory() -> int:
    """Most memory that this process has had, in bytes."""
    return _number("status", r"^VmHWM:\s+(\d+) kB") * 1024


def _number(file: str, pattern: str) -> int:
    (number,) = re.findall(pattern, Path("/proc/self", file).read_text(), re.MULTILINE)
    return int(number)
