"""The file behind a durable queue: opened, locked and brought up to date."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import apsw

from mapper.delivery.durable.schema import APPLICATION_ID, MIGRATIONS, VERSION

OLDEST_SQLITE: Final = (3, 51, 3)
"""From 3.7.0 on, older ones can corrupt a write-ahead log that two connections write."""
_PAGE: Final = 8192


class QueueFileError(Exception):
    """The file can't be used; the message is one line, `help` says what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class Database:
    """A connection that may write, and the lock that lets no other process do so. Used by one thread at a time.

    Attributes:
        connection: Open, of our version.
        owner: Grows with every process that opens the file to write.
    """

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        """Open or create a queue file.

        Args:
            path: The file; `path` with ``.lock`` appended is the lock.
            vfs: Name of the SQLite VFS, for tests of what the disk may do.

        Raises:
            QueueFileError: another process has it, it is none of ours, of a newer version, or broken.
        """
        require_sound_sqlite(apsw.sqlite_lib_version())
        self.path = path
        self._lock = _lock(path)
        try:
            self.connection = _connect(path, vfs)
            self.owner = self._own()
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Move everything into the one file, close it, and let others have it."""
        try:
            if not self.connection.in_transaction:
                self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            self.connection.close()
        except apsw.Error:
            pass  # what is committed is in the write-ahead log, which the next one reads
        finally:
            os.close(self._lock)

    def _own(self) -> int:
        with self.connection:
            self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'owner'")
            (owner,) = rows_of(self.connection, "SELECT value FROM meta WHERE key = 'owner'")[0]
        return int(owner)


def rows_of(source: apsw.Cursor | apsw.Connection, query: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    found: list[tuple[Any, ...]] = source.execute(query, tuple(arguments)).fetchall()
    return found


def connect_to_read(path: Path) -> apsw.Connection:
    """A connection that only reads, beside whoever writes.

    Raises:
        QueueFileError: there is no such file, or it is none of ours, of another version, or broken.
    """
    require_sound_sqlite(apsw.sqlite_lib_version())
    if not path.exists():
        raise QueueFileError(f"{path}: no such queue", "`mapper run --queue FILE` makes one")
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(5_000)
        version = _version(path, connection)
    except apsw.Error as error:
        refuse(path, error)
    if version != VERSION:
        raise QueueFileError(f"{path}: no queue, or one that was never used", "`mapper run --queue FILE` makes one")
    connection.execute("PRAGMA query_only = 1")
    return connection


def require_sound_sqlite(version: str) -> None:
    """Refuse versions of SQLite that can lose data.

    Raises:
        QueueFileError: it is older than :data:`OLDEST_SQLITE`.
    """
    if tuple(int(part) for part in version.split(".")[:3]) < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise QueueFileError(
            f"SQLite {version} can corrupt a queue; {wanted} or newer is needed",
            "`pip install --upgrade apsw` brings its own",
        )


def _connect(path: Path, vfs: str | None) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path), vfs=vfs)
        connection.set_busy_timeout(5_000)
        version = _version(path, connection)
        if version == 0:
            connection.execute(f"PRAGMA page_size = {_PAGE}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        with connection:
            for script in MIGRATIONS[version:]:
                connection.execute(script)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
    except apsw.Error as error:
        refuse(path, error)
    return connection


def _version(path: Path, connection: apsw.Connection) -> int:
    """The version of the tables; 0 where there are none yet."""
    (version,) = rows_of(connection, "PRAGMA user_version")[0]
    (application,) = rows_of(connection, "PRAGMA application_id")[0]
    (tables,) = rows_of(connection, "SELECT count(*) FROM sqlite_schema")[0]
    if tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise QueueFileError(f"{path}: a database of another program", "name a file that does not exist yet")
    if version > VERSION:
        raise QueueFileError(f"{path}: written by a newer mapper (version {version})", "upgrade mapper")
    return int(version)


def _lock(path: Path) -> int:
    """Take the lock that goes with a queue; it ends with the process."""
    try:
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise QueueFileError(f"{path}: can't be opened: {error.strerror}", "check the path and its rights") from None
    for patience in (0.05, 0.2, None):  # whoever only asks who has it holds it for a moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            if patience is None:
                holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
                os.close(lock)
                who = f"process {holder}" if holder else "another process"
                help_ = "wait for it, stop it, or use another queue"
                raise QueueFileError(f"{path}: in use by {who}", help_) from None
            time.sleep(patience)
    os.ftruncate(lock, 0)
    os.pwrite(lock, b"%d\n" % os.getpid(), 0)
    return lock


def refuse(path: Path, error: apsw.Error) -> NoReturn:
    """Say in our own words why a file can't be used.

    Raises:
        QueueFileError: always.
    """
    if isinstance(error, apsw.NotADBError):
        raise QueueFileError(f"{path}: not a queue", "name another file, or one that does not exist yet") from None
    if isinstance(error, apsw.CorruptError):
        raise QueueFileError(f"{path}: the file is damaged", f"`mapper queue check {path}` tells how far") from None
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        raise QueueFileError(f"{path}: locked by another program", "close whatever has it open") from None
    raise QueueFileError(f"{path}: can't be used: {error}", "check the path, its rights and the disk") from None
