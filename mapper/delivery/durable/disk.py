"""How much of a disk is left for a queue, and how much of it is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_KEPT: Final = 32_000_000
"""Bytes that nothing new may take, beside what the write-ahead log will take of the file when it is moved there."""
_KEPT_OF_SMALL_DISKS: Final = 1 / 8


def nearly_full(path: Path) -> bool:
    """Whether only as much of a queue's disk is left as is kept."""
    disk = os.statvfs(path.parent)
    log = path.with_name(f"{path.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    return disk.f_bavail * disk.f_frsize < kept(path) + size


def kept(path: Path) -> float:
    """Bytes of a queue's disk that nothing new may take."""
    disk = os.statvfs(path.parent)
    return min(_KEPT, disk.f_blocks * disk.f_frsize * _KEPT_OF_SMALL_DISKS)
