"""One file for each snapshot, where we say, kept by syrupy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syrupy.data import Snapshot, SnapshotCollection, SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation

from mapper.review.snapshots import read_snapshot


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

    def read_snapshot_data_from_location(
        self,
        *,
        snapshot_location: str,
        snapshot_name: str,  # noqa: ARG002
        session_id: str,  # noqa: ARG002
    ) -> str | None:
        """As the lock reads it, so that a file that is no UTF-8 counts as changed and can be written again."""
        return read_snapshot(Path(snapshot_location))

    def discover_snapshots(self, **_: Any) -> SnapshotCollections:
        """None: orphans are found by comparing files with cases, and syrupy must not delete what it can't relate."""
        return SnapshotCollections()


def stored_at(path: Path) -> type[SingleFileSnapshotExtension]:
    """A syrupy extension that keeps its one snapshot in `path`."""
    return type("JsonFile", (_JsonFile,), {"path": path})


def agrees(text: str, path: Path) -> bool:
    """Whether the snapshot in `path` is this text, as syrupy compares them."""
    kept = stored_at(path)()
    known = kept.read_snapshot_data_from_location(snapshot_location=str(path), snapshot_name=path.stem, session_id="")
    return known is not None and kept.matches(serialized_data=kept.serialize(text), snapshot_data=known)


def write(text: str, path: Path) -> None:
    """Write a snapshot as syrupy does, folders included.

    Raises:
        OSError: it can't be written.
    """
    kept = stored_at(path)()
    path.parent.mkdir(parents=True, exist_ok=True)
    collection = SnapshotCollection(location=str(path))
    collection.add(Snapshot(name=path.stem, data=kept.serialize(text)))
    kept.write_snapshot_collection(snapshot_collection=collection)
