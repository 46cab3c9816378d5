"""Being told to stop: gently at first, then at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """What tells a run, a worker or a server to end.

    Args:
        grace: Seconds after which nobody waits for a disk or another machine any more, once it is to stop.
        on_signal: Told of each signal, and whether all is to end at once.

    Attributes:
        gently: Set once no more is to be begun; what is under way may end.
        at_once: Set once nothing is to be waited for.
        signals: How many came.
        hasten: Has the queue wait for no disk and no other machine; set by whoever opens one.
    """

    def __init__(self, grace: float, on_signal: Callable[[bool], None]) -> None:
        self.gently = asyncio.Event()
        self.at_once = asyncio.Event()
        self.signals = 0
        self.hasten: Callable[[], None] = lambda: None
        self._grace = grace
        self._on_signal = on_signal

    def catch(self, *, hangs_up: bool = False) -> None:
        """Listen to signals from now on: to SIGHUP too where that is not ignored, as it is under ``nohup``."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._caught)
        if hangs_up and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self._hung_up)

    def begin(self) -> None:
        """End gently, whoever asks for it."""
        self.gently.set()
        asyncio.get_running_loop().call_later(self._grace, self._hasten)

    def _hasten(self) -> None:
        self.hasten()  # that of the queue which is open by then

    def _caught(self) -> None:
        self.signals += 1
        if self.signals == 1:
            self.begin()
        else:
            self.hasten()
            self.at_once.set()
        self._on_signal(self.signals > 1)

    def _hung_up(self) -> None:
        """The terminal is gone; more than one may say so, and none says to hurry."""
        if not self.signals:
            self._caught()
