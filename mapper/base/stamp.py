"""How a file was when somebody looked at it."""

from __future__ import annotations

from pathlib import Path

Stamp = tuple[int, int]
"""Size in bytes, and time of the last change in nanoseconds since the epoch."""


def stamp(path: Path) -> Stamp | None:
    """What tells a changed file, links followed; None for one that is not there or may not be looked at."""
    try:
        stat = path.stat()
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    return stat.st_size, stat.st_mtime_ns
