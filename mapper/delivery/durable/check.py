"""Whether a queue file holds what it says that it holds, and what can be done where it does not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mapper.delivery.durable.database import Database, connect_to_read, explained, take_lock
from mapper.delivery.durable.errors import DamagedFileError, OutdatedFileError, QueueFileError
from mapper.delivery.durable.examine import Examined, examine
from mapper.delivery.durable.mend import mend
from mapper.delivery.durable.salvage import salvage

Kind = Literal["pages", "chunk", "stray", "pending", "ledger", "letters", "number"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a queue file.

    Attributes:
        kind: Stable word for programs.
        message: What it is, in one line without a full stop.
        help: What `--repair` makes of it.
        done: The same once it has.
    """

    kind: Kind
    message: str
    help: str
    done: str


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done.

    Attributes:
        findings: What was wrong; with damaged pages, also what was wrong with what could be read of them.
        kept: Where the damaged file is now, if a new one took its place.
    """

    findings: tuple[Finding, ...]
    kept: Path | None = None


def check(path: Path) -> list[Finding]:
    """Look at all of a queue, beside whoever has it; nothing is changed.

    Raises:
        QueueFileError: there is none, it is none of ours, or so damaged that nothing can be read.
    """
    return list(findings(_examined(path)))


def repair(path: Path, at: int | None = None) -> Repair:
    """Make a queue agree with itself. What can't be read becomes dead letters of the kind ``damaged``.

    Args:
        path: The file; no other process may have it.
        at: The time for dead letters, milliseconds since the epoch, UTC; None is now.

    Raises:
        QueueFileError: as for :func:`check`, or another process has it.
    """
    os.close(take_lock(path))  # refuse at once rather than after a long look
    try:
        examined = _examined(path)
    except OutdatedFileError:
        Database(path).close()  # brings it up to date
        examined = _examined(path)
    kept = None
    found = list(findings(examined))
    if examined.pages:
        kept = salvage(path)
        examined = _examined(path)
        found += findings(examined)
    if found:
        _mend(path, round(time.time() * 1000) if at is None else at)
    return Repair(tuple(found), kept)


def findings(examined: Examined) -> Iterator[Finding]:
    """What is wrong. Pure."""
    if examined.pages:
        more = f" and {len(examined.pages) - 1} more" if len(examined.pages) > 1 else ""
        message = f"damaged pages: {_one_line(examined.pages[0])}{more}"
        yield Finding(
            "pages",
            message,
            "copies what can be read into a new file, and keeps the old one",
            "copied what can be read into a new file, and kept the old one",
        )
        return
    for chunk in examined.unreadable:
        message = f"chunk {chunk.id} is not what was written: {chunk.left} requests"
        yield Finding("chunk", message, "makes dead letters of them", "made dead letters of them")
    yield from _of_counts(examined)
    if strays := sum(map(len, examined.strays.values())):
        yield Finding("stray", f"{strays} rows speak of requests that are not there", "removes them", "removed them")
    if examined.next <= examined.last:
        message = f"the next request would get number {examined.next}, but there is a number {examined.last}"
        yield Finding("number", message, "goes on after it", "goes on after it")


def _of_counts(examined: Examined) -> Iterator[Finding]:
    held, counted = examined.held, examined.counted
    if examined.unreadable:  # nobody knows where those were to go
        wrong = [("in all", counted.total(), examined.pending)]
    else:
        wrong = [("/".join(target), counted[target], held[target]) for target in sorted({*held, *counted})]
    for what, said, there in wrong:
        if said != there:
            message = f"{what}: {said} requests are said to wait, {there} do"
            yield Finding("pending", message, "counts anew", "counted anew")
    for kind, letters in examined.uncounted.items():
        yield Finding("letters", f"{kind}: the ledger lacks {letters} dead letters", "counts them", "counted them")
    if missing := examined.missing:
        totals = examined.totals
        parts = " + ".join(f"{name} {totals[name]}" for name in ("delivered", "skipped", "dead", "pending"))
        end = f"{missing} are nowhere" if missing > 0 else f"{-missing} more than there should be"
        message = f"read {totals['read']}, but {parts}: {end}"
        if missing > 0:
            yield Finding("ledger", message, "counts them as damaged", "counted them as damaged")
        else:
            more = "by what is there: some may be delivered twice"
            yield Finding("ledger", message, f"goes {more}", f"went {more}")


def _examined(path: Path) -> Examined:
    try:
        with closing(connect_to_read(path)) as connection, explained(path):
            connection.execute("BEGIN")
            return examine(connection)
    except DamagedFileError:
        help_ = "restore it from a copy, or move it away: the next run makes a new one"
        raise QueueFileError(f"{path}: too damaged to read anything of it", help_) from None


def _mend(path: Path, at: int) -> None:
    database = Database(path)
    try:
        with explained(path):
            cursor = database.connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            mend(cursor, examine(database.connection), at)
            cursor.execute("COMMIT")
    finally:
        database.close()


def _one_line(text: str) -> str:
    return " ".join(text.split())
