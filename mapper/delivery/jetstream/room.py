"""How much of what a queue may take it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 1_000_000
"""Bytes of a message, at most."""
_LITTLE: Final = 20
"""The part of a small bound that counts as no room."""


@dataclass(frozen=True, slots=True)
class Room:
    """Of the stream of what is to be sent.

    Attributes:
        used: Bytes that it has.
        bound: Bytes that it may have; None: as much as the servers' disks hold.
        messages: How many they are of.
    """

    used: int
    bound: int | None
    messages: int

    @property
    def full(self) -> bool:
        """Whether a message may be refused: the cluster says no to one that does not fit, while a shorter one may."""
        if self.bound is None:
            return False
        average = self.used / self.messages if self.messages else 0
        return self.bound - self.used < max(average, min(_LONGEST, self.bound / _LITTLE))

    def __str__(self) -> str:
        """For people."""
        if self.bound is None:
            return f"{self.used:,} bytes used; nothing bounds the queue but the disks"
        used = f"{self.used:,} of {self.bound:,} bytes"
        return f"full: {used}; puts wait or are refused" if self.full else f"{used} used, {self.used / self.bound:.0%}"
