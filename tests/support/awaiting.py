"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def await_(true: Callable[[], object], seconds: float, tell: Callable[[], object] = lambda: None) -> None:
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
