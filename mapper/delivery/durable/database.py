"""The file behind a durable queue: opened, locked and brought up to date."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Final

import apsw

from mapper.delivery.durable.disk import kept
from mapper.delivery.durable.errors import DamagedFileError, DiskError, OutdatedFileError, QueueFileError
from mapper.delivery.durable.rights import make, opened, require_no_folder, require_readable, who_may
from mapper.delivery.durable.schema import APPLICATION_ID, MIGRATIONS, VERSION

OLDEST_SQLITE: Final = (3, 51, 3)
"""From 3.7.0 on, older ones can corrupt a write-ahead log that two connections write."""
_PAGE: Final = 8192
_LOG_OF_KEPT: Final = 1 / 4
"""How much of the room that is kept the write-ahead log may take before it is moved into the file, which takes as much
again: what settles must never fill the disk by itself."""
_PATIENCE: Final = 1_000
"""Milliseconds for which somebody else may have the file locked before that is called a trouble."""
_TIDY_ROUNDS, _TIDY_PAGES = 8, 128
"""As much as is made free at a time: to move a page costs room first."""
_MAKERS: Final = "`mapper serve` and `mapper run --queue FILE` make one"
_SHAPE: Final = """
SELECT held.type, held.name, held.tbl_name, part.name, part.type, part."notnull", part.pk
FROM sqlite_schema AS held LEFT JOIN pragma_table_info(held.name) AS part ORDER BY held.name, part.cid
"""


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
        self._lock = take_lock(path)
        try:
            make(path)
            with explained(path):
                self.connection = _connect(path, vfs)
                with _closed_on_failure(self.connection):
                    self.owner = self._own()
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Move everything into the one file, close it, and let others have it."""
        try:  # what fails does no harm: what is committed is in the write-ahead log, which the next one reads
            self.be_impatient()
            with suppress(apsw.Error):
                if not self.connection.in_transaction:
                    self._shorten_log()
            with suppress(apsw.Error):
                self.connection.close()
        finally:
            os.close(self._lock)

    def be_impatient(self) -> None:
        """Wait for nobody from now on who has the file locked."""
        self.connection.set_busy_timeout(0)

    def tidy(self) -> None:
        """Give some of what the file does not need back to the disk, as far as that goes now; in no transaction."""
        self.connection.set_busy_timeout(0)
        with suppress(apsw.Error):
            self._shorten_log()  # first of all: it may be what fills the disk
            for _ in range(_TIDY_ROUNDS):
                rows_of(self.connection, f"PRAGMA incremental_vacuum({_TIDY_PAGES})")
                self._shorten_log()
        self.connection.set_busy_timeout(_PATIENCE)

    def _shorten_log(self) -> None:
        """Move everything into the one file."""
        self.connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _own(self) -> int:
        with self.connection:
            self.connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'owner'")
        return meta_of(self.connection, "owner")


def rows_of(source: apsw.Cursor | apsw.Connection, query: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    found: list[tuple[Any, ...]] = source.execute(query, tuple(arguments)).fetchall()
    return found


def sound(rows: Iterable[tuple[Any, ...]], *kinds: type | UnionType) -> Iterator[tuple[Any, ...]]:
    """Rows as they come, where each value is of the kind that is written there.

    Raises:
        apsw.CorruptError: one is not: its page holds garbage that looks like a page.
    """
    for row in rows:
        if not all(map(isinstance, row, kinds)):
            raise apsw.CorruptError(f"not a row: {row!r:.80}")
        yield row


def meta_of(source: apsw.Cursor | apsw.Connection, key: str) -> int:
    """A number that the file keeps of itself.

    Raises:
        apsw.CorruptError: it is not there.
    """
    rows = rows_of(source, "SELECT value FROM meta WHERE key = ?", (key,))
    for (value,) in sound(rows, int):
        return int(value)
    raise apsw.CorruptError(f"no {key}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say what SQLite complains about as :class:`QueueFileError`."""
    try:
        yield
    except apsw.Error as error:
        raise refusal(path, error) from None
    except UnicodeDecodeError:  # text that is none
        raise DamagedFileError(path) from None


def connect_to_read(path: Path) -> apsw.Connection:
    """A connection that only reads, beside whoever writes.

    Raises:
        QueueFileError: there is no such file, or it is none of ours, of another version, or broken.
    """
    require_sound_sqlite(apsw.sqlite_lib_version())
    if not require_readable(path):
        raise QueueFileError(f"{path}: no such queue", _MAKERS)
    with (
        explained(path),
        _closed_on_failure(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection,
    ):
        connection.set_busy_timeout(_PATIENCE)
        version = _version(path, connection)
        if version == 0:
            raise QueueFileError(f"{path}: no queue, or one that was never used", _MAKERS)
        if version != VERSION:
            raise OutdatedFileError(path, version)
        _require_our_tables(path, connection)
        connection.execute("PRAGMA query_only = 1")
    return connection


@contextmanager
def _closed_on_failure(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


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
    with _closed_on_failure(apsw.Connection(str(path), vfs=vfs)) as connection:
        connection.set_busy_timeout(_PATIENCE)
        version = _version(path, connection)
        if version == 0:
            connection.execute(f"PRAGMA page_size = {_PAGE}")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        log_pages = int(kept(Path(os.path.realpath(path))) * _LOG_OF_KEPT / _PAGE)
        connection.execute(f"PRAGMA wal_autocheckpoint = {max(log_pages, 1)}")
        with connection:
            for script in MIGRATIONS[version:]:
                connection.execute(script)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        _require_our_tables(path, connection)
    return connection


def _version(path: Path, connection: apsw.Connection) -> int:
    """The version of the tables; 0 where there are none yet."""
    (version,) = rows_of(connection, "PRAGMA user_version")[0]
    (application,) = rows_of(connection, "PRAGMA application_id")[0]
    (tables,) = rows_of(connection, "SELECT count(*) FROM sqlite_schema")[0]
    if (version, application, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID:
        raise QueueFileError(f"{path}: a database of another program", "name a file that does not exist yet")
    if version > VERSION:
        raise QueueFileError(f"{path}: written by a newer mapper (version {version})", "upgrade mapper")
    return int(version)


def _require_our_tables(path: Path, connection: apsw.Connection) -> None:
    """Refuse a file in whose definitions something else stands by now: it would read as other tables."""
    if rows_of(connection, _SHAPE) != _our_shape():
        raise DamagedFileError(path, "its tables are not those of a queue")


@cache
def _our_shape() -> list[tuple[Any, ...]]:
    with closing(apsw.Connection(":memory:")) as ours:
        for script in MIGRATIONS:
            ours.execute(script)
        return rows_of(ours, _SHAPE)


def lock_of(path: Path) -> Path:
    """The file that whoever has a queue holds locked, the same by whatever name the queue is called."""
    return Path(f"{os.path.realpath(path)}.lock")


def take_lock(path: Path) -> int:
    """Take the lock that goes with a queue; it ends with the process."""
    require_no_folder(path)
    lock = opened(path, lock_of(path))
    for patience in (0.05, 0.2, None):  # whoever only asks who has it holds it for a moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if patience is None or not isinstance(error, BlockingIOError):
                holder = os.pread(lock, 20, 0)
                os.close(lock)
                raise _not_locked(path, error, holder) from None
            time.sleep(patience)
    with suppress(OSError):  # the disk is full: whoever comes next is not told who has it
        os.ftruncate(lock, 0)
        os.pwrite(lock, b"%d\n" % os.getpid(), 0)
    return lock


def _not_locked(path: Path, error: OSError, holder: bytes) -> QueueFileError:
    if not isinstance(error, BlockingIOError):
        return QueueFileError(f"{path}: can't be locked: {error.strerror}", "use a disk of this machine")
    who = f"process {holder.strip().decode()}" if holder.strip().isdigit() else "another process"
    return QueueFileError(f"{path}: in use by {who}", "wait for it, stop it, or use another queue")


def refusal(path: Path, error: apsw.Error) -> QueueFileError:
    """What SQLite complains about, told of a queue."""
    if isinstance(error, apsw.NotADBError):
        return QueueFileError(f"{path}: not a queue", "name another file, or one that does not exist yet")
    if isinstance(error, apsw.CorruptError):
        return DamagedFileError(path)
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return QueueFileError(f"{path}: locked by another program", "close whatever has it open")
    if isinstance(error, apsw.IOError | apsw.FullError):
        return DiskError(path, str(error))
    if isinstance(error, apsw.ReadOnlyError):
        return QueueFileError(f"{path}: can't be used: {error}", who_may(path))
    return QueueFileError(f"{path}: can't be used: {error}", "check the path, its rights and the disk")
