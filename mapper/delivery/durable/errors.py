"""What a queue file may be refused for; known without the database that reads it."""

from __future__ import annotations

from pathlib import Path


class QueueFileError(Exception):
    """The file can't be used; the message is one line, `help` says what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class DiskError(QueueFileError):
    """The disk does not let the file be used now, not even read: that needs a little room beside it."""

    def __init__(self, path: Path, trouble: str) -> None:
        super().__init__(f"{path}: can't be used: {trouble}", "is the disk full? a little room is needed even to look")


class OutdatedFileError(QueueFileError):
    """An older version wrote it, and whoever only reads does not bring it up to date."""

    def __init__(self, path: Path, version: int) -> None:
        super().__init__(
            f"{path}: written by an older mapper (version {version})",
            f"`mapper run --queue {path}` brings it up to date, and sends what waits in it",
        )


class UnwrittenError(QueueFileError):
    """The disk does not take what is to be written, and nobody waits for it any more: it was not written."""

    def __init__(self, path: Path, trouble: str) -> None:
        super().__init__(
            f"{path}: {trouble}: what was not written by now is not in the queue",
            "nothing is lost: the next run reads again what is not in it, and sends again what it has as not delivered",
        )


class DamagedFileError(QueueFileError):
    """What the file holds is not what was written."""

    def __init__(self, path: Path, what: str = "") -> None:
        more = f": {what}" if what else ""
        super().__init__(
            f"{path}: the file is damaged{more}",
            f"nothing in it was changed; `mapper queue check {path} --repair` saves what can be read",
        )
