"""Memory that processes share: what a worker leaves there crosses no socket, and the first process copies nothing."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import Final

from mapper.intake.ranges import Handle

Made = tuple[memoryview, memoryview]
"""What comes of a chunk: the two pieces that the work made of it."""
_KEPT: Final = 16 * 1024 * 1024
"""Bytes of a slot that is used again: its pages are there already. One that grew beyond is given back."""


class Slot:
    """Takes what comes of one job.

    Attributes:
        file: Where that is written, piece after piece from the beginning.
    """

    def __init__(self) -> None:
        self.file = Handle(_memory())
        self._view = memoryview(b"")

    def made(self, sizes: Iterable[tuple[int, int]]) -> list[Made]:
        """What was written there, given its sizes; good until the slot is used again."""
        found: list[Made] = []
        at = 0
        for first, second in sizes:
            middle, end = at + first, at + first + second
            if end > len(self._view):
                self._view = memoryview(mmap.mmap(self.file.descriptor, 0, access=mmap.ACCESS_READ))
            found.append((self._view[at:middle], self._view[middle:end]))
            at = end
        return found

    def emptied(self) -> Slot:
        """A slot for another job: this one, unless it has become too large to be kept."""
        return self if len(self._view) <= _KEPT else Slot()


def _memory() -> int:
    """An open file that is nowhere but in memory, where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("mapper")
    with TemporaryFile() as file:
        return os.dup(file.fileno())
