"""Who is told what happens in a run, besides the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapper.delivery.door import Door
from mapper.delivery.queue import Settlement
from mapper.delivery.report import Trouble
from mapper.records.line import Line
from mapper.records.result import Invalid, Result, Skipped, Unmappable


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Called as things happen.

    Attributes:
        on_taken: Results that are in the queue's care by now, those of a step together.
        on_refused: A line that can't become a request.
        on_skipped: A call that is left out on purpose.
        on_settled: A request's end.
        on_trouble: A request that has to be repeated.
        on_progress: Called after each step; the ledger tells the rest.
        on_doors: As for :class:`~mapper.delivery.report.Listener`.
    """

    on_taken: Callable[[Sequence[tuple[Line, Result]]], None] = lambda _: None
    on_refused: Callable[[Line, Invalid | Unmappable], None] = lambda line, result: None  # noqa: ARG005
    on_skipped: Callable[[Line, Skipped], None] = lambda line, result: None  # noqa: ARG005
    on_settled: Callable[[Settlement], None] = lambda _: None
    on_trouble: Callable[[Trouble], None] = lambda _: None
    on_progress: Callable[[], None] = lambda: None
    on_doors: Callable[[Sequence[Door]], None] = lambda _: None
