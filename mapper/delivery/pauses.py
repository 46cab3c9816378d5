"""Destinations that are given up: since when, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Set

from mapper.delivery.door import Door
from mapper.delivery.report import Listener, Pause


class Pauses:
    """Those of one delivery; each closes all doors of its destination.

    Args:
        retry_after: Seconds after which a destination is tried again; None: not by this delivery.
        listener: Is told of each pause, and of its end.
        on_trial: Destinations that an earlier delivery had given up.
    """

    def __init__(self, retry_after: float | None, listener: Listener, on_trial: Iterable[str] = ()) -> None:
        self._retry_after = retry_after
        self._listener = listener
        self._until: dict[str, tuple[Pause, float]] = {}
        self._on_trial = set(on_trial)

    @property
    def are_for_good(self) -> bool:
        """Whether nothing is tried again."""
        return self._retry_after is None

    @property
    def all(self) -> tuple[Pause, ...]:
        """Those there are now."""
        return tuple(pause for pause, _ in self._until.values())

    @property
    def ends_at(self) -> float | None:
        """When the next of them is over; None where none will be."""
        return None if self._retry_after is None else min((until for _, until in self._until.values()), default=None)

    def add(self, pause: Pause, doors: Iterable[Door], now: float) -> None:
        """Give a destination up, unless it is given up already."""
        if pause.destination in self._until:
            return
        self._until[pause.destination] = (pause, now + (self._retry_after or 0.0))
        for door in doors:
            if door.key[0] == pause.destination:
                door.paused = True
        self._listener.on_pause(pause)

    def begin(self, doors: Iterable[Door]) -> None:
        """Have a single request show whether those that were given up before are back."""
        _reopen(doors, self._on_trial)

    def end(self, doors: Iterable[Door], now: float) -> None:
        """Open the doors of those that are over."""
        if self._retry_after is None:
            return
        over = {destination for destination, (_, until) in self._until.items() if until <= now}
        for destination in over:
            del self._until[destination]
        self._on_trial |= over
        _reopen(doors, over)

    def look(self, door: Door) -> None:
        """Tell of a destination that was given up and takes something again."""
        destination = door.key[0]
        if destination in self._on_trial and not door.paused and not door.is_probing:
            self._on_trial.discard(destination)
            self._listener.on_resume(destination)


def _reopen(doors: Iterable[Door], destinations: Set[str]) -> None:
    for door in doors:
        if door.key[0] in destinations:
            door.reopen()
