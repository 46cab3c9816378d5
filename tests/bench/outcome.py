"""What a row of the table comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.measure import Figures


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured. `calls` is what the quick contenders map in a round."""

    calls: int
    rounds: int
    seed: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, and what it has to come to: at least `wanted`, or at most."""

    what: str
    figure: float
    wanted: float
    at_most: bool = False

    @property
    def missed(self) -> bool:
        """Whether it falls short."""
        return self.figure > self.wanted if self.at_most else self.figure < self.wanted

    def __str__(self) -> str:
        sign = "at most" if self.at_most else "at least"
        return f"{self.what}: {self.figure:.2f}, {sign} {self.wanted:g}{'  <-- MISSED' if self.missed else ''}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a row measured.

    Attributes:
        title: What was done.
        bars: What it had to come to.
        rates: By contender, calls a second of CPU time.
        notes: What else there is to say, a line each.
    """

    title: str
    bars: Sequence[Bar]
    rates: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        rates = [f"  {name:<52}{rate:>10,.0f}" for name, rate in self.rates.items()]
        return "\n".join([self.title, *rates, *(f"  {line}" for line in (*self.notes, *self.bars))])


def rates(figures: Figures) -> dict[str, float]:
    """The rate of each contender."""
    return {name: figures.rate(name) for name in figures.seconds}


def at_least(figures: Figures, ours: str, bars: Mapping[str, float]) -> list[Bar]:
    """For each other contender, how many times as fast as it we have to be."""
    return [Bar(f"{ours} / {other}", figures.ratio(ours, other), wanted) for other, wanted in bars.items()]
