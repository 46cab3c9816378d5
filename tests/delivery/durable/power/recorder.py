"""A VFS that does what SQLite asks, and writes down everything that could be lost with the power."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    at: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Delete:
    file: str


@dataclass(frozen=True, slots=True)
class Sync:
    """What was written to a file is safe. `folder`: so is what was deleted beside it."""

    file: str
    folder: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the program knew from here on; not of the disk."""

    what: Any


Change = Write | Truncate | Delete
Entry = Change | Sync | Told


class Recorder:
    """The log of a disk. Files go by their names without folder."""

    def __init__(self) -> None:
        self.log: list[Entry] = []
        self.new: set[str] = set()

    @contextmanager
    def vfs(self, name: str) -> Iterator[str]:
        """Have a VFS of that name as long as this lasts."""
        vfs = _RecordingVFS(name, self)
        try:
            yield name
        finally:
            vfs.unregister()

    def tell(self, what: Any) -> None:
        self.log.append(Told(what))


class _RecordingVFS(apsw.VFS):
    def __init__(self, name: str, recorder: Recorder) -> None:
        self._recorder = recorder
        super().__init__(name, base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return apsw.VFSFile("", None, flags)
        if not Path(path).exists() and flags[0] & (apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL):
            self._recorder.new.add(Path(path).name)
        return _RecordingFile(name, flags, self._recorder, Path(path).name)

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
        super().xDelete(name, sync_folder)
        self._recorder.log.append(Delete(Path(name).name))
        if sync_folder:
            self._recorder.log.append(Sync("", folder=True))


class _RecordingFile(apsw.VFSFile):
    """Changes are written down before they are made, syncs once they are done: a cut between the two is a hard one."""

    def __init__(self, name: Any, flags: list[int], recorder: Recorder, file: str) -> None:
        self._log = recorder.log
        self._new = recorder.new
        self._file = file
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._log.append(Write(self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._log.append(Truncate(self._file, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._log.append(Sync(self._file, folder=self._file in self._new))
        self._new.discard(self._file)
