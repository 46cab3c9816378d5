"""Who may use a queue's files: their owner alone, for calls stand in them with whatever they say of people."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from mapper.delivery.durable.errors import QueueFileError

_LOOK: Final = "check the path and its rights"


def make(path: Path) -> None:
    """Make the file of a queue, where there is none; else it stays as it is.

    SQLite gives the files that it keeps beside it the same rights. One that is there is not opened, see below.

    Raises:
        QueueFileError: it can't be made.
    """
    file = Path(os.path.realpath(path))
    if not file.exists():
        os.close(opened(path, file))


def opened(path: Path, file: Path) -> int:
    """A file of the queue at `path`, made where there is none.

    Raises:
        QueueFileError: it can't be opened.
    """
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _not_opened(path, error) from None


def require_readable(path: Path) -> bool:
    """Whether there is such a file, which may be read then.

    It is not opened for that: to close it would give up the locks that this process has on it.

    Raises:
        QueueFileError: it may not be read, or not even be looked for.
    """
    try:
        require_no_folder(path)
        path.stat()
        if not os.access(path, os.R_OK, effective_ids=True):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _not_opened(path, error) from None
    return True


def require_no_folder(path: Path) -> None:
    """Refuse a folder, before a lock is made beside it.

    Raises:
        QueueFileError: it is one.
    """
    if os.path.isdir(path):  # noqa: PTH112 - Path's fails where one may not look
        raise QueueFileError(f"{path}: this is a folder", "name a file in it")


def hand_over(path: Path, new: Path) -> None:
    """Let those use a new file who may use the one at `path`, also where root makes it."""
    old = path.stat()
    new.chmod(stat.S_IMODE(old.st_mode))
    if os.geteuid() == 0:
        os.chown(new, old.st_uid, old.st_gid)


def who_may(path: Path) -> str:
    """What to do where one's rights do not suffice."""
    with suppress(OSError, KeyError):
        owner = _owner(path)
        name = pwd.getpwuid(owner).pw_name
        if owner != os.geteuid():
            return f"it belongs to the user {name}: put `sudo -u {name}` before the command"
    return _LOOK


def _owner(path: Path) -> int:
    """Of the file, or of the folder that hides it."""
    try:
        return path.stat().st_uid
    except PermissionError:
        return path.parent.stat().st_uid


def _not_opened(path: Path, error: OSError) -> QueueFileError:
    help_ = who_may(path) if isinstance(error, PermissionError) else _LOOK
    return QueueFileError(f"{path}: can't be opened: {error.strerror}", help_)
