"""What those who use workers have to know of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mapper.app.mapping import Spot
from mapper.records.line import Line

Work = Callable[[Sequence[Line]], tuple[bytes, bytes]]
"""What workers make of a chunk of lines. Can go to another process."""


class WorkersLostError(Exception):
    """A worker ended before its time, and what it had was not mapped. `first`: where that begins, if known."""

    def __init__(self, first: Spot | None = None) -> None:
        super().__init__("a worker process ended unexpectedly")
        self.first = first
        self.help = "perhaps memory ran out, or somebody ended it; with --workers 1 there is none"
