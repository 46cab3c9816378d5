"""What a queue file may be refused for; known without the database that reads it."""

from __future__ import annotations

from pathlib import Path


class QueueFileError(Exception):
    """The file can't be used; the message is one line, `help` says what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


class DamagedFileError(QueueFileError):
    """What the file holds is not what was written."""

    def __init__(self, path: Path, what: str = "") -> None:
        more = f": {what}" if what else ""
        super().__init__(
            f"{path}: the file is damaged{more}",
            f"nothing in it was changed; `mapper queue check {path} --repair` saves what can be read",
        )
