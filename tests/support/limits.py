"""No test hangs for ever: when its time is over it fails, tells where each thread stands, and the others go on.

pytest-timeout knows how long a test may take, but rings once, and no more when a test has failed: it could still hang
while it ends, in a fixture or a `with`. So the clock here rings again and again. Where no signal gets through, as the
main thread is deep in a library, the process ends at last, and with it the whole run.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import traceback
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

import pytest
from _pytest.outcomes import OutcomeException

from tests.support.torture import TORTURE

LONG: Final = 1_800
"""Seconds that a long test may take if it has no mark of its own; the configuration has what others may."""
AGAIN: Final = 30.0
"""Seconds after which it rings again while a test has not ended."""
RINGS: Final = 10
"""How often, until the process ends."""
_stderr = pytest.StashKey[int]()


class TookTooLongError(OutcomeException):
    """Nothing that code under test catches, or that Hypothesis looks for a simpler example of."""


class Settings(Protocol):
    """Of one test; seconds, by its mark or for all."""

    timeout: float


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_stderr] = os.dup(2)  # while tests run this is not the real one


def pytest_unconfigure(config: pytest.Config) -> None:
    os.close(config.stash[_stderr])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONG))


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: Settings) -> bool:
    """Start the clock, but for `make torture`, which takes what it takes."""
    seconds = settings.timeout

    def ring(number: int, frame: FrameType | None) -> None:
        raise TookTooLongError(f"it takes more than {seconds:g} s\n{_other_threads()}")

    if not TORTURE:
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        faulthandler.dump_traceback_later(seconds + RINGS * AGAIN, exit=True, file=item.config.stash[_stderr])
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """Let it go on: this is also called when a test has failed."""
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stop the clock when the test has ended, its fixtures too."""
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave no process behind: a test that was cut off may not have ended its own."""
    if not session.config.pluginmanager.has_plugin("dsession"):  # whose processes run the tests
        for each in Path("/proc/self/task").glob("*/children"):
            for child in each.read_text().split():
                os.kill(int(child), signal.SIGKILL)


def _other_threads() -> str:
    names = {each.ident: each.name for each in threading.enumerate()}
    return "\n".join(
        f"{names.get(thread)}:\n{''.join(traceback.format_stack(frame))}"
        for thread, frame in sys._current_frames().items()
        if thread != threading.get_ident()
    )
