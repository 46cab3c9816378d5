"""Tells whoever watches what happens in a process that serves or works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from mapper.app.mapping import Pair
from mapper.app.tail_entries import entries_of, entry_of, entry_of_trouble
from mapper.base.clock import Clock
from mapper.delivery.queue import Settlement
from mapper.delivery.report import Trouble
from mapper.records.tail import Known, TailEntry


class Watcher(Protocol):
    """One who watches."""

    def tell(self, entry: TailEntry, call: bytes | None, body: bytes | None) -> None:
        """Something happened, to this call and what it became, where there is one; whether it is wanted is not said."""
        ...


class Tail:
    """Tells everybody who listens; costs next to nothing while nobody does.

    Args:
        clock: Time.
        mask: Takes the secrets out of a text, for who shows payloads.
        known: What there is to choose from now.
    """

    def __init__(self, clock: Clock, mask: Callable[[str], str], known: Callable[[], Known] = Known) -> None:
        self.mask = mask
        self.known = known
        self.listeners: list[Watcher] = []
        self._clock = clock

    def taken(self, pairs: Sequence[Pair]) -> None:
        """These results are on the disk."""
        if self.listeners:
            for entry, call, body in entries_of(pairs, self.now()):
                self._tell(entry, call, body)

    def settled(self, settlement: Settlement) -> None:
        """A request has ended."""
        if self.listeners:
            item = settlement.item
            self._tell(entry_of(settlement, self.now()), item.call, item.request.body)

    def troubled(self, trouble: Trouble) -> None:
        """A request has to be repeated."""
        if self.listeners:
            self._tell(entry_of_trouble(trouble, self.now()))

    def refused(self, path: str, status: int, because: str) -> None:
        """A request to the server was refused."""
        if self.listeners:
            entry = TailEntry(at=self.now(), outcome="refused", path=path, status=status, because=because)
            self._tell(entry)

    def _tell(self, entry: TailEntry, call: bytes | None = None, body: bytes | None = None) -> None:
        for listener in self.listeners:
            listener.tell(entry, call, body)

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return round(self._clock.wall() * 1000)
