"""Single keys from a terminal, without Enter."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from mapper.cli.awaiting import await_input


class Keys:
    """The keyboard of a terminal that gives each key at once; Ctrl-C stays Ctrl-C."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal

    def forget(self) -> None:
        """Drop keys pressed before: they were not meant for what is shown next."""
        termios.tcflush(self._terminal, termios.TCIFLUSH)

    def read(self) -> str:
        """The next key.

        Arrow keys and pasted text come as several characters at once, of which none may count as a key.

        Raises:
            EOFError: the terminal has gone, or Ctrl-D was pressed.
        """
        while True:
            await_input(self._terminal)
            pressed = os.read(self._terminal, 1024)
            if pressed in (b"", b"\x04"):
                raise EOFError
            if len(pressed) == 1:
                return pressed.decode("latin-1")


@contextmanager
def keyboard() -> Iterator[Keys]:
    """The keyboard of standard input, which must be a terminal; left as it was."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal)
        yield Keys(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
