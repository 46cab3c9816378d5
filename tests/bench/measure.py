"""CPU time of contenders that take turns, so that what disturbs the machine disturbs them all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.contenders import Contender


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured.

    Attributes:
        calls: Lines in a round.
        seconds: CPU seconds of each contender in each round.
    """

    calls: int
    seconds: Mapping[str, Sequence[float]]

    def rate(self, name: str) -> float:
        """Calls per second of CPU time in the median round."""
        return self.calls / median(self.seconds[name])

    def ratio(self, name: str, to: str) -> float:
        """How many times as fast as another: the median over the rounds, in each of which both had their turn."""
        return median(theirs / ours for ours, theirs in zip(self.seconds[name], self.seconds[to], strict=True))


def measure(contenders: Mapping[str, Contender], lines: Sequence[bytes], rounds: int) -> Figures:
    """Let each contender do all lines once a round, after one round that does not count.

    The garbage collector runs before each turn and rests during it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    gc.disable()
    try:
        for number in range(rounds + 1):
            for name, run in contenders.items():
                gc.collect()
                begun = time.process_time()
                run(lines)
                if number:
                    seconds[name].append(time.process_time() - begun)
    finally:
        gc.enable()
    return Figures(len(lines), seconds)
