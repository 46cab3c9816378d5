"""A command at a real terminal of a known size, as somebody sits there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.cli.kit import environment
from tests.support.awaiting import PATIENCE, await_

_CLEAR = "\x1b[2J\x1b[H"
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """What the command wrote, and the keyboard."""

    def __init__(self, process: subprocess.Popen[bytes], end: int, name: str) -> None:
        self.process = process
        self.text = ""
        self._end = end
        self._name = name
        self._read = 0

    @property
    def screen(self) -> list[str]:
        """The lines since the screen was last cleared, with their colours."""
        return self.text.rpartition(_CLEAR)[2].replace("\r\n", "\n").splitlines()

    @property
    def plain(self) -> list[str]:
        """The same without colours."""
        return [_STYLE.sub("", line) for line in self.screen]

    def until(self, wanted: str, seconds: float = PATIENCE) -> None:
        """Read until a text comes that was not there at the last call."""
        deadline = time.monotonic() + seconds
        while wanted not in _STYLE.sub("", self.text[self._read :]):
            assert time.monotonic() < deadline, f"no {wanted!r} in:\n{self.text}"
            assert self._more(0.2) or self.process.poll() is None, f"ended without {wanted!r}:\n{self.text}"
        self._read = len(self.text)

    def press(self, keys: str) -> None:
        """Press keys, at once."""
        os.write(self._end, keys.encode())

    def press_alone(self, keys: str) -> None:
        """Press keys, at once, and wait until the command has read them: with the next they would be pasted text."""
        inner = os.open(self._name, os.O_RDWR | os.O_NOCTTY)

        def unread() -> int:
            return int.from_bytes(fcntl.ioctl(inner, termios.FIONREAD, bytes(4)), sys.byteorder)

        try:
            self.process.send_signal(signal.SIGSTOP)
            self.press(keys)
            await_(lambda: unread() == len(keys.encode()))  # it takes a moment from the keyboard
            self.process.send_signal(signal.SIGCONT)
            await_(lambda: not unread())
        finally:
            os.close(inner)

    def end(self, seconds: float = PATIENCE) -> int:
        """Read to the end, and give the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self._more(0.1)
        code = self.process.wait(timeout=1)
        while self._more(0):
            pass
        assert "Traceback" not in self.text, self.text
        return code

    def interrupt(self) -> None:
        """Ctrl-C, as the terminal sends it."""
        self.press("\x03")

    def _more(self, seconds: float) -> bool:
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        try:
            read = os.read(self._end, 65536)
        except OSError:  # the other end is closed
            return False
        self.text += read.decode()
        return bool(read)


@contextmanager
def terminal(
    *arguments: str, cwd: Path, columns: int = 80, rows: int = 24, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run ``mapper`` at a terminal of its own."""
    end, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    names = environment({"TERM": "xterm-256color", "CI": "", "NO_COLOR": "", **(env or {})})
    for fixed in ("COLUMNS", "LINES"):
        names.pop(fixed, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", *arguments],
        cwd=cwd,
        env=names,
        stdin=inner,
        stdout=inner,
        stderr=inner,
        preexec_fn=_own_terminal,
    )
    name = os.ttyname(inner)
    os.close(inner)
    try:
        yield Terminal(process, end, name)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        os.close(end)


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
