"""Noticing that mapping files changed, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from mapper.base.stamp import Stamp, stamp

Fingerprint = Mapping[Path, Stamp | None]
"""How files were when they were looked at; None for those that were not there."""


def look(root: Path, known: Iterable[Path] = ()) -> Fingerprint:
    """How files are now: those that are known to be used, and those by which mappings or sets are added to `root`."""
    return {path: stamp(path) for path in {*known, *_listed(root)}}


def taken(before: Fingerprint, read: Fingerprint) -> Fingerprint:
    """What mappings in force were made of, each file as it was no later than when it was read.

    Args:
        before: A look at their folder before they were read.
        read: Files that were read or missed then, each as it was just before.
    """
    return {**read, **before}


def _listed(root: Path) -> Iterator[Path]:
    for pattern in ("*.yaml", "*/*.yaml"):
        with suppress(OSError):  # a folder went away while we looked
            yield from root.glob(pattern)
