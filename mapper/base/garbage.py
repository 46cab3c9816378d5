"""When Python looks for garbage."""

from __future__ import annotations

import gc

_OBJECTS = 100_000
"""Objects that come before garbage is looked for. While a program starts, nearly all it makes is there to stay."""


def collect_rarely() -> None:
    """Look for it so seldom that it costs a long run and a start next to nothing."""
    gc.set_threshold(_OBJECTS, 20, 20)
