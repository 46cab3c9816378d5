"""What goes wrong with a sandbox itself, told to the person who starts it."""

from __future__ import annotations


class SandboxError(ValueError):
    """A sandbox can't be described or started; the message is one line.

    Attributes:
        help: What to do about it, or None.
    """

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002 - the name people read
        super().__init__(message)
        self.help = help
