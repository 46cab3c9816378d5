"""Noticing that mapping files changed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})

Fingerprint = frozenset[tuple[str, int, int]]


def fingerprint(root: Path) -> Fingerprint:
    """Path, size and time of change of each file that mapping sets in `root` may use; ``schemas`` may lie beside it."""
    found = set()
    for folder in (root, root.parent / "schemas"):
        for path in folder.rglob("*"):
            if path.suffix in _SUFFIXES:
                try:
                    stat = path.stat()
                except OSError:  # it went away while we looked
                    continue
                found.add((str(path), stat.st_size, stat.st_mtime_ns))
    return frozenset(found)
