"""How the mistakes of each kind fared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.mistakes.judge import Outcome
from tests.mistakes.source import Mutant

COLUMNS: Final = ("all", "no change", "caught", "missed", "elsewhere", "unlocked")


class Tried(NamedTuple):
    """A mutant and what became of it."""

    mutant: Mutant
    outcome: Outcome


@dataclass
class Row:
    """Counts of one kind.

    Attributes:
        all: Mutants.
        same: Those that change no output.
        caught: Those that do, and are found by ``validate --strict``.
        missed: Those that do, and are not.
        elsewhere: Those found, changing output or not, but not at a right line.
        unlocked: Those missed that no snapshot shows either.
    """

    all: int = 0
    same: int = 0
    caught: int = 0
    missed: int = 0
    elsewhere: int = 0
    unlocked: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        missed = outcome.changes and not outcome.caught
        self.all += 1
        self.same += not outcome.changes
        self.caught += outcome.changes and outcome.caught
        self.missed += missed
        self.elsewhere += outcome.caught and not outcome.in_place
        self.unlocked += missed and not outcome.locked


@dataclass
class Table:
    """Rows by kind, and all of them together."""

    rows: dict[str, Row] = field(default_factory=dict)
    total: Row = field(default_factory=Row)
    found: int = 0

    @classmethod
    def of(cls, tried: Iterable[Tried]) -> Table:
        """Count them."""
        table = cls()
        for mutant, outcome in tried:
            table.rows.setdefault(mutant.kind, Row()).add(outcome)
            table.total.add(outcome)
            table.found += outcome.caught
        return table

    @property
    def unchanged(self) -> float:
        """The share of mutants that change no output."""
        return self.total.same / self.total.all

    @property
    def caught(self) -> float:
        """Of those that change an output, the share that validate finds."""
        return self.total.caught / (self.total.caught + self.total.missed)

    @property
    def in_place(self) -> float:
        """Of those found, the share that is found at a right line."""
        return 1 - self.total.elsewhere / self.found

    @property
    def caught_or_locked(self) -> float:
        """Of those that change an output, the share that validate or a snapshot shows."""
        return 1 - self.total.unlocked / (self.total.caught + self.total.missed)

    def __str__(self) -> str:
        lines = [" " * 32 + "".join(f"{name:>10}" for name in COLUMNS)]
        for name, row in [*sorted(self.rows.items()), ("all kinds", self.total)]:
            counts = (row.all, row.same, row.caught, row.missed, row.elsewhere, row.unlocked)
            lines.append(f"{name:32}" + "".join(f"{count:>10,}" for count in counts))
        return "\n".join(
            [
                *lines,
                "",
                f"change no output                      {self.unchanged:.1%}",
                f"caught of those that change some      {self.caught:.1%}",
                f"at the right line of those found      {self.in_place:.1%}",
                f"caught by validate or a snapshot      {self.caught_or_locked:.1%}",
            ]
        )


def survivors(tried: Iterable[Tried]) -> str:
    """One line for each mistake that changes an output and is not found, or is found at a wrong line."""
    lines = []
    for mutant, outcome in tried:
        where = f"{mutant.file}:{min(mutant.lines)}  {mutant.kind}: {mutant.what}"
        if outcome.changes and not outcome.caught:
            lines.append(f"{'missed' if outcome.locked else 'UNLOCKED':9} {where}")
        elif outcome.caught and not outcome.in_place:
            lines.append(f"elsewhere {where} | {outcome.told}")
    return "\n".join(lines)
