"""A queue looked at again and again: how quickly its numbers change."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from mapper.app.standing import as_json, as_text, standing
from mapper.delivery.durable.view import View
from mapper.render.cells import cut

_MINUTE_MS: Final = 60_000
_HEAD: Final = f"{'':<10}{'all':>13}{'a second':>13}{'over a minute':>16}"


@dataclass(frozen=True, slots=True)
class Look:
    """A queue as it was at a time, milliseconds since the epoch, UTC; `who` had it, where that was not one process;
    `more` is for programs."""

    at: int
    found: View
    who: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


class Looks:
    """The looks of the last minute, oldest first."""

    def __init__(self) -> None:
        self._looks: deque[Look] = deque()

    def add(self, look: Look) -> None:
        """One more; those are forgotten that are a minute older, but for the youngest of them."""
        if self._looks and look.at < self._looks[-1].at:  # the clock was put back
            self._looks.clear()
        self._looks.append(look)
        while len(self._looks) > 2 and self._looks[1].at <= look.at - _MINUTE_MS:
            self._looks.popleft()

    @property
    def last(self) -> Look:
        """The latest."""
        return self._looks[-1]

    def since_last(self) -> Mapping[str, float | None]:
        """By number of the ledger, how much it has changed in a second since the look before; None where it is new."""
        return _rates(self._looks[-2] if len(self._looks) > 1 else self.last, self.last)

    def over_a_minute(self) -> Mapping[str, float | None]:
        """The same, for all of the time that is remembered."""
        return _rates(self._looks[0], self.last)


def _rates(first: Look, last: Look) -> dict[str, float | None]:
    seconds = (last.at - first.at) / 1000
    before, now = _totals(first), _totals(last)
    return {name: (now[name] - before[name]) / seconds if seconds > 0 else None for name in now}


def _totals(look: Look) -> dict[str, int]:
    return standing(look.found.ledger, look.found.pending).totals


def screen_of(looks: Looks, queue: str, room: int | None) -> list[str]:
    """What people see.

    Args:
        looks: At least one.
        queue: The queue, as it was called.
        room: Columns; None is any number.
    """
    last = looks.last
    time = datetime.fromtimestamp(last.at / 1000, UTC).strftime("%H:%M:%S")
    now, minute = looks.since_last(), looks.over_a_minute()
    lines = [f"{queue} at {time} UTC", "", _HEAD]
    for name, total in _totals(last).items():
        signed = name == "pending"
        lines.append(f"{name:<10}{total:>13,}{_rate(now[name], signed):>13}{_rate(minute[name], signed):>16}")
    if not standing(last.found.ledger, last.found.pending).balances:
        lines.append("the ledger does not balance: something was lost or counted twice")
    return [cut(line, room) for line in [*lines, "", *as_text(last.found, last.at, last.who).splitlines()]]


def _rate(rate: float | None, signed: bool) -> str:
    if rate is None:
        return "-"
    sign = "+" if signed and rate > 0 else ""
    return sign + (f"{round(rate):,}" if abs(rate) >= 10 else f"{rate:.1f}")


def record_of(looks: Looks) -> dict[str, Any]:
    """The same for programs: what ``mapper status`` says, ``at``, and ``per_second``."""
    last = looks.last
    rates = {"now": looks.since_last(), "minute": looks.over_a_minute()}
    return {"at": last.at, **as_json(last.found, last.at), **last.more, "per_second": rates}
