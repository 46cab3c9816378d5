"""Stopping a process while something is so, for a kill that is to hit just that."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.support.awaiting import PATIENCE


def stop_while(process: subprocess.Popen[Any], holds: Callable[[], object], moment: Callable[[], float]) -> None:
    """Stop a process of ours, at some moment, while something is so; a signal that ends it ends it there.

    Args:
        process: Goes on, and is stopped again, where it is not so.
        holds: Asked while it stands still.
        moment: Seconds until it is stopped, each time.
    """
    end = time.monotonic() + PATIENCE
    while True:
        time.sleep(moment())
        process.send_signal(signal.SIGSTOP)
        found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert found is not None and found.si_code == os.CLD_STOPPED, "it has ended"
        if holds():
            return
        assert time.monotonic() < end, "it is never so"
        process.send_signal(signal.SIGCONT)
