"""A sign of life while calls are looked at."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_PACE: Final = 0.2
"""Seconds between two signs."""
_ERASE: Final = "\r\x1b[K"


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Shows how many there were so far, on a terminal only, and takes it away at the end."""
    shown = sys.stderr.isatty() and not os.environ.get("CI")
    last = 0.0

    def show(count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if shown and now - last >= _PACE:
            last = now
            sys.stderr.write(f"\r{count:,} {what}")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if last:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
