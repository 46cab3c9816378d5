"""Waiting without end for something to read, of which an interrupt is to be the end all the same."""

from __future__ import annotations

import select
from typing import Final, Protocol

_LOOK: Final = 0.2
"""Seconds after which it looks whether there was an interrupt."""


class Readable(Protocol):
    """A socket, say."""

    def fileno(self) -> int:
        """Its file descriptor."""


def await_input(source: int | Readable) -> None:
    """Return when there is something to read, or the end.

    Python notes an interrupt and acts on it a little later. One that comes when a system call is just about to begin
    does not end this call: it would be forgotten until there is something to read.
    """
    while not select.select([source], [], [], _LOOK)[0]:
        pass
