"""What would be sent, without sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapper.app.ledger import Ledger
from mapper.app.mapping import Apply, Pair, Selection, map_lines
from mapper.records.line import Line
from mapper.records.result import Mapped
from mapper.render.results import result_line

if TYPE_CHECKING:
    from mapper.app.wiring import Wired
    from mapper.delivery.queue import TargetKey

Shown = tuple[bytes, Ledger]
"""A chunk's results as lines of JSON, and their count."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """Maps chunks and writes down what becomes of them. Can go to another process.

    Attributes:
        apply: Maps lines.
        targets: Method, URL and headers of each request, secrets masked.
        selection: Which calls to map.
        name_files: Write each line's file too, for input of several files.
    """

    apply: Apply
    targets: Mapping[TargetKey, tuple[str, str, Mapping[str, str]]]
    selection: Selection
    name_files: bool

    def __call__(self, lines: Sequence[Line]) -> Shown:
        """Map a chunk; its results in the order of the lines."""
        pairs = map_lines(self.apply, lines, self.selection)
        ledger = Ledger(lines=len(lines))
        for _, result in pairs:
            ledger.count(result)
        return b"".join(map(self._line, pairs)), ledger

    def _line(self, pair: Pair) -> bytes:
        line, result = pair
        file = line.file if self.name_files else None
        if not isinstance(result, Mapped):
            return result_line(result, line=line.number, file=file)
        method, url, headers = self.targets[result.destination, result.request.name]
        return result_line(result, line=line.number, file=file, method=method, shown_url=url, shown_headers=headers)


def dry_run_of(wired: Wired, selection: Selection, *, name_files: bool) -> DryRun:
    """A dry run of what is wired, of which secrets are masked."""
    targets = {key: (each.method, each.shown_url, each.shown_headers) for key, each in wired.targets.items()}
    return DryRun(wired.apply, targets, selection, name_files)
