"""The count of what became of every result; nothing vanishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mapper.delivery.queue import NOT_DEAD, Dead, Delivered, Settlement, WaitedInVain
from mapper.delivery.reasons import general
from mapper.records.result import Invalid, Mapped, Result, Skipped

_MOST_REASONS: Final = 200
_OTHER: Final = "other reasons"


class UnbalancedError(AssertionError):
    """The ledger's law does not hold: a defect of this program, never of the input."""


@dataclass(slots=True)
class Ledger:
    """Counts results from when they are read until they are settled.

    The law: ``read = delivered + skipped + dead + pending``, and ``dead`` is the sum of its kinds. The unit is the
    result: one for each call and accepting mapping, one for a call that none takes, one for a line that is no call.

    Attributes:
        lines: Lines read.
        read: Results.
        delivered: Accepted by the destination.
        skipped: Deliberately not sent, by reason.
        dead: Not sendable, by kind, of :data:`mapper.delivery.queue.KINDS`.
        reasons: The reasons of the dead, by kind and text, without what differs from call to call.
        mapped: Results that became requests (in a dry run they go no further).
    """

    lines: int = 0
    read: int = 0
    delivered: int = 0
    mapped: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, entries: Mapping[tuple[str, str], int]) -> Ledger:
        """What a queue has counted, by kind and reason."""
        ledger = cls()
        for (kind, reason), count in entries.items():
            match kind:
                case "lines" | "read" | "delivered":
                    setattr(ledger, kind, getattr(ledger, kind) + count)
                case "skipped":
                    ledger.skipped[reason] += count
                case _ if kind not in NOT_DEAD:
                    ledger.dead[kind] += count
                    ledger.reasons[ledger._known((kind, reason))] += count
        ledger.mapped = ledger.read - ledger.total_skipped - ledger.total_dead
        return ledger

    def count(self, result: Result) -> None:
        """Enter a result; one that is mapped is pending until it is settled."""
        self.read += 1
        if isinstance(result, Mapped):
            self.mapped += 1
        elif isinstance(result, Skipped):
            self.skipped[result.reason] += 1
        else:
            self._bury("invalid" if isinstance(result, Invalid) else "unmappable", result.reason)

    def settle(self, settlement: Settlement) -> None:
        """Enter the end of a request."""
        match settlement:
            case Delivered():
                self.delivered += 1
            case WaitedInVain():
                self.skipped[settlement.because] += 1
                self.mapped -= 1
            case Dead():
                self._bury(settlement.reason, settlement.because)
                self.mapped -= 1

    def exhume(self, kind: str, reason: str) -> None:
        """Take back that a result is dead, and that it was read: it is about to be read again."""
        self.read -= 1
        self.dead[kind] -= 1
        key = (kind, general(kind, reason))
        self.reasons.subtract([key if self.reasons[key] > 0 else (kind, _OTHER)])
        self.dead, self.reasons = +self.dead, +self.reasons

    def add(self, other: Ledger) -> None:
        """Enter what another one has counted."""
        self.lines += other.lines
        self.read += other.read
        self.delivered += other.delivered
        self.mapped += other.mapped
        self.skipped.update(other.skipped)
        self.dead.update(other.dead)
        for key, count in other.reasons.items():
            self.reasons[self._known(key)] += count

    @property
    def total_skipped(self) -> int:
        """All that was skipped."""
        return self.skipped.total()

    @property
    def total_dead(self) -> int:
        """All that is dead."""
        return self.dead.total()

    @property
    def pending(self) -> int:
        """Mapped, and not settled yet."""
        return self.mapped - self.delivered

    def check(self, waiting: int) -> None:
        """Hold the law against what the queue says still waits.

        Raises:
            UnbalancedError: it does not hold.
        """
        total = self.delivered + self.total_skipped + self.total_dead + waiting
        if self.read != total:
            raise UnbalancedError(
                f"read {self.read}, but delivered {self.delivered} + skipped {self.total_skipped} + dead"
                f" {self.total_dead} + pending {waiting} = {total}"
            )

    def _bury(self, kind: str, reason: str) -> None:
        self.dead[kind] += 1
        self.reasons[self._known((kind, reason))] += 1

    def _known(self, key: tuple[str, str]) -> tuple[str, str]:
        """Reasons may hold something of the call all the same; a bound keeps the memory of a long run flat."""
        key = (key[0], general(*key))
        return key if len(self.reasons) < _MOST_REASONS or key in self.reasons else (key[0], _OTHER)
