"""When Python looks for garbage."""

from __future__ import annotations

import atexit
import gc

_OBJECTS = 100_000
"""Objects that come before garbage is looked for. While a program starts, nearly all it makes is there to stay."""


_OFTEN = 10_000
"""The same, where nothing may be held up for long: a look at so many takes some milliseconds."""


def collect_rarely() -> None:
    """Look for it so seldom that it costs a long run and a start next to nothing, and not when Python ends."""
    gc.set_threshold(_OBJECTS, 20, 20)
    atexit.register(gc.freeze)  # Python looks at everything then; what is frozen is passed over


def collect_shortly() -> None:
    """From now on look at what is new alone, and so often that no look takes long: what is there stays."""
    gc.freeze()
    gc.set_threshold(_OFTEN, 20, 20)
