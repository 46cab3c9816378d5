"""What a queue file says of itself to others."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapper.base.json import decode
from mapper.delivery.durable import store
from mapper.delivery.durable.database import connect_to_read, explained, lock_of, rows_of
from mapper.delivery.durable.letters import Choice, count_letters
from mapper.delivery.queue import TargetKey


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A queue at one moment. Times are milliseconds since the epoch, UTC.

    Attributes:
        holder: The process that has it, None where none has.
        ledger: By kind and reason, what became of all results.
        pending: By target, what is not settled.
        oldest: When the oldest of it was accepted, None where there is none.
        letters: Dead letters kept.
        live: What the process that has it, or had it last, said of itself: by key, when and what.
    """

    holder: int | None
    ledger: Counter[tuple[str, str]]
    pending: Counter[TargetKey]
    oldest: int | None
    letters: int
    live: Mapping[str, tuple[int, Any]]


def view(path: Path) -> View:
    """Look at a queue, in one transaction; whoever has it goes on meanwhile.

    Raises:
        mapper.delivery.durable.errors.QueueFileError: there is none, or it can't be read.
    """
    with closing(connect_to_read(path)) as connection, explained(path):
        connection.execute("BEGIN")
        cursor = connection.cursor()
        said = rows_of(cursor, "SELECT key, at, value FROM live")
        (oldest,) = rows_of(cursor, "SELECT min(at) FROM chunk")[0]
        return View(
            holder=holder_of(path),
            ledger=+store.ledger_of(cursor),
            pending=store.pending_of(cursor),
            oldest=oldest,
            letters=count_letters(cursor, Choice()),
            live={key: (at, decode(value.encode())) for key, at, value in said},
        )


def holder_of(path: Path) -> int | None:
    """The process that has the queue, None where none has."""
    try:
        lock = os.open(lock_of(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        text = os.pread(lock, 20, 0).strip()
        return int(text) if text.isdigit() else 0
    else:
        return None
    finally:
        os.close(lock)
