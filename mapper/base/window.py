"""Two long texts, from where they part."""

from __future__ import annotations

from itertools import takewhile
from typing import Final

_AROUND: Final = 20
"""Characters kept before the place where they part, and wanted behind it."""


def windows(old: str, new: str, room: int) -> tuple[str, str]:
    """Both texts; those that would look the same when cut to `room` characters, without most of what they share."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    if max(len(old), len(new)) <= room or same + _AROUND <= room:
        return old, new
    start = max(0, same - _AROUND)
    return f"…{old[start:]}", f"…{new[start:]}"
