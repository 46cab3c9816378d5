"""Processes for workers, begun before anything else of a run, for they take a while to be ready."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[2:]; from mapper.app.worker import main; main(int(sys.argv[1]))"
_KEPT: Final = ("PYTHON", "LC_", "LD_", "DYLD_")
_KEPT_WHOLE: Final = frozenset({"HOME", "LANG", "PATH", "TMPDIR", "TZ"})
"""What Python itself may need of the environment. The rest may hold secrets."""


class NoProcessError(Exception):
    """The system starts no more processes."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"--workers: can't start a process: {cause.strerror or cause}")
        self.help = "take fewer; 1 starts none"


@contextmanager
def spawned(count: int) -> Iterator[list[socket.socket]]:
    """So many processes that run :mod:`mapper.app.worker`, each as the socket that leads to it.

    They know nothing yet, outlive neither the context nor this process, and leave interrupts to it.

    Raises:
        NoProcessError: they can't be had.
    """
    with ExitStack() as stack:
        try:
            with _interrupts_held():
                channels = [_process(stack) for _ in range(count)]
        except OSError as error:
            raise NoProcessError(error) from None
        yield channels


def _process(stack: ExitStack) -> socket.socket:
    ours, theirs = socket.socketpair()
    stack.enter_context(ours)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), *sys.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if _harmless(name)},
            pass_fds=[theirs.fileno()],
        )
    stack.callback(process.wait)
    stack.callback(process.kill)
    return ours


def _harmless(name: str) -> bool:
    return name in _KEPT_WHOLE or name.startswith(_KEPT)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process that is started meanwhile never sees an interrupt: a terminal tells all, and the first one decides."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
