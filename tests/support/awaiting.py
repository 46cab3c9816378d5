"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 100.0
"""Seconds to wait for what takes one or two on a machine of one's own: others may be at work on it, and it may be slow.
Only a test that fails waits for so long."""


def await_(true: Callable[[], object], seconds: float = PATIENCE, tell: Callable[[], object] = lambda: None) -> None:
    """Return once this is true.

    Args:
        true: Asked every now and then.
        seconds: After which the test fails.
        tell: What to say then, the log of whoever is waited for, say.
    """
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, tell()
        time.sleep(0.05)
