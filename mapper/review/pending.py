"""Results that nobody has accepted yet; each lies beside the snapshot that it may become."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mapper.review.snapshots import read_snapshot

SUFFIX: Final = ".pending"
"""In the place of ``.json``, so that nobody takes it for a snapshot."""


def pending_of(snapshot: Path) -> Path:
    """Where the result lies that may become this snapshot."""
    return snapshot.with_suffix(SUFFIX)


def read_pending(snapshot: Path) -> str | None:
    """The result that may become this snapshot; None where there is none, or where it has become it already."""
    text = read_snapshot(pending_of(snapshot))
    return None if text == read_snapshot(snapshot) else text


def find_pending(snapshots: Path) -> list[Path]:
    """The snapshots for which a file of a pending result lies there, by name; they may not exist themselves."""
    return [path.with_suffix(".json") for path in sorted(snapshots.glob(f"*/*/*{SUFFIX}")) if path.is_file()]


def settle(snapshot: Path) -> None:
    """Make the pending result the snapshot; whoever looks meanwhile finds the one or the other, and all of it."""
    pending_of(snapshot).replace(snapshot)


def discard(snapshot: Path) -> None:
    """Forget a pending result, if there is one."""
    pending_of(snapshot).unlink(missing_ok=True)
