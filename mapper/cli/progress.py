"""A bar with rate and ledger, on a terminal only."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from mapper.app.ledger import Ledger
from mapper.intake.ranges import Stretch
from mapper.intake.sources import Source
from mapper.records.line import Line

_WIDE: Final = 100
"""Columns from which on there is room for a longer bar."""


class Progress:
    """Use as a context manager; call `update` as often as you like.

    Args:
        ledger: Read at each refresh.
        sources: Their sizes give the bar its length where all are plain files.
        silent: Show nothing, even on a terminal.
    """

    def __init__(self, ledger: Ledger, sources: Sequence[Source], *, silent: bool) -> None:
        self._ledger = ledger
        self._shown = not silent and sys.stderr.isatty() and not os.environ.get("CI")
        self._total = _size(sources) if self._shown else None
        self._read = 0
        self._started = time.monotonic()
        self._refreshed = 0.0
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn
            from rich.progress import Progress as RichProgress
            from rich.table import Column

            console = Console(stderr=True)
            words = Column(no_wrap=True, overflow="ellipsis")
            self._bar = RichProgress(
                BarColumn(bar_width=20 if console.width >= _WIDE else 6),
                TextColumn("{task.description}", markup=False, table_column=words),
                console=console,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("starting", total=self._total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def counting(self, lines: Iterable[Line | Stretch]) -> Iterator[Line | Stretch]:
        """The same lines, or ranges of files; their bytes move the bar."""
        for line in lines:
            self._read += len(line.raw) + 1 if isinstance(line, Line) else line.range.size
            yield line

    def update(self) -> None:
        """Show the ledger as it stands, at most ten times a second."""
        now = time.monotonic()
        if self._bar is None or now - self._refreshed < 0.1:
            return
        self._refreshed = now
        ledger = self._ledger
        rate = ledger.lines / max(now - self._started, 0.001)
        self._bar.update(
            self._task,
            total=self._total,
            completed=self._read,
            description=f"{ledger.lines:,} call{'s' * (ledger.lines != 1)}, {rate:,.0f}/s:"
            f" delivered {ledger.delivered:,}, skipped {ledger.total_skipped:,},"
            f" dead {ledger.total_dead:,}, pending {ledger.pending:,}",
        )


def _size(sources: Sequence[Source]) -> int | None:
    """Bytes of all sources; None where that is not what will be read (a pipe, gzip)."""
    try:
        sizes = [_plain_size(Path(source.path)) for source in sources]
    except OSError:
        return None
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _plain_size(path: Path) -> int | None:
    """Nothing but a regular file is opened: what is read of a pipe here would be lost to the run."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        return None
    with path.open("rb") as file:
        return None if file.read(2) == b"\x1f\x8b" else found.st_size
