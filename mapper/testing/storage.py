"""One file for each snapshot, where we say, kept by syrupy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation


class _JsonFile(SingleFileSnapshotExtension):
    """The snapshot in `path`; text that is already JSON."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"
    path: Path

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: int | str) -> str:  # noqa: ARG003
        return str(cls.path)

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:  # noqa: ARG003
        return str(cls.path.parent)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:  # noqa: ARG003
        return snapshot_location == str(cls.path)

    def discover_snapshots(self, **_: Any) -> SnapshotCollections:
        """None: orphans are found by comparing files with cases, and syrupy must not delete what it can't relate."""
        return SnapshotCollections()


def stored_at(path: Path) -> type[SingleFileSnapshotExtension]:
    """A syrupy extension that keeps its one snapshot in `path`."""
    return type("JsonFile", (_JsonFile,), {"path": path})
