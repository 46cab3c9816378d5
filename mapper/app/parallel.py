"""Whether a run maps in processes of their own; what that takes is imported only where it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mapper.app.mapping import Apply
from mapper.records.line import Line

if TYPE_CHECKING:
    from mapper.app.workers import Workers

Show = Callable[[Sequence[Line]], Any]
"""Makes of a chunk of lines what a dry run shows."""


class WorkersLostError(Exception):
    """A worker ended before its time, and what it had was not mapped. `line`: the first line of that, where known."""

    def __init__(self, line: Line | None = None) -> None:
        super().__init__("a worker process ended unexpectedly")
        self.line = line
        self.help = "perhaps memory ran out, or somebody ended it; with --workers 1 there is none"


@contextmanager
def workers_of(count: int, apply: Apply, show: Show | None = None) -> Iterator[Workers | None]:
    """The workers of a run; None where this process is enough."""
    if count == 1:
        yield None
        return
    from mapper.app.workers import Workers

    with Workers(count, apply, show) as workers:
        yield workers
