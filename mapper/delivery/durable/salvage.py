"""A file whose pages are damaged, and a new one with what can be read of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import apsw

from mapper.delivery.durable.database import Database, explained, lock_of, rows_of, sound, take_lock
from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.rights import hand_over
from mapper.delivery.durable.schema import TABLES, Kinds

_UNREADABLE: Final = (apsw.CorruptError, apsw.IOError, UnicodeDecodeError)


def salvage(path: Path) -> Path:
    """Put a new file in the place of a damaged one; where the old one is now.

    What was in the rows that can't be read is not counted anywhere: the new file has to be mended.

    Raises:
        QueueFileError: another process has it, or not even the names of its tables can be read; nothing was changed.
    """
    path = Path(os.path.realpath(path))
    new = path.with_name(f"{path.name}.new")
    lock = take_lock(path)
    try:
        _remove(new)
        with explained(path), closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as source:
            source.set_busy_timeout(5_000)
            target = Database(new)
            try:
                _copy(source, target.connection)
            finally:
                target.close()
            hand_over(path, new)
            source.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise QueueFileError(f"{path}: another program has it open", "close it")
        return _exchange(path, new)
    finally:
        _remove(new)
        os.close(lock)


def _copy(source: apsw.Connection, target: apsw.Connection) -> None:
    owner = rows_of(target, "SELECT value FROM meta WHERE key = 'owner'")
    target.execute("BEGIN")
    for table, (key, kinds) in TABLES.items():
        columns = [name for (name,) in rows_of(target, "SELECT name FROM pragma_table_info(?)", (table,))]
        for row in _rows(source, table, key, kinds):
            with suppress(apsw.ConstraintError):
                known = ", ".join(columns[: len(row)])  # an older version has fewer
                target.execute(f"INSERT OR REPLACE INTO {table} ({known}) VALUES ({', '.join('?' * len(row))})", row)
    target.execute("UPDATE meta SET value = max(value, ?) WHERE key = 'owner'", owner[0])
    target.execute("COMMIT")


def _rows(source: apsw.Connection, table: str, key: str, kinds: Kinds) -> Iterator[tuple[Any, ...]]:
    """What can be read of a table, each row by itself: one whose other pages are damaged does not hide the rest."""
    marks = ", ".join("?" * (key.count(",") + 1))
    for found in _keys(source, table, key):
        with suppress(*_UNREADABLE):
            yield from sound(rows_of(source, f"SELECT * FROM {table} WHERE ({key}) = ({marks})", found), *kinds)


def _keys(source: apsw.Connection, table: str, key: str) -> list[tuple[Any, ...]]:
    """From the front as far as it goes, then from the back."""
    found: dict[tuple[Any, ...], None] = {}
    for order in ("ASC", "DESC"):
        by = ", ".join(f"{column} {order}" for column in key.split(", "))
        try:
            for row in source.execute(f"SELECT {key} FROM {table} ORDER BY {by}"):
                found[row] = None
        except _UNREADABLE:
            continue
        break
    return list(found)


def _exchange(path: Path, new: Path) -> Path:
    """In one step: whenever the power fails, there is a queue under the name."""
    kept = path.with_name(f"{path.name}.damaged")
    number = 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.damaged-{number}")
    os.link(path, kept)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return kept


def _remove(new: Path) -> None:
    for file in (new, new.with_name(f"{new.name}-wal"), new.with_name(f"{new.name}-shm"), lock_of(new)):
        file.unlink(missing_ok=True)
