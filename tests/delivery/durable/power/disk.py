"""What may be on a disk after the power failed: all that was synced; of the rest some sectors, old, new or garbage."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.delivery.durable.power.recorder import Change, Delete, Sync, Told, Truncate, Write

SECTOR = 512
_SURVIVING = (0.0, 0.1, 0.5, 0.9, 1.0)
_GARBAGE = 0.02


class Disk:
    """Follows a log, and makes images of what could be left.

    Assumes what SQLite assumes by default: a write damages nothing beside the bytes it is of; a file's first sync
    makes names safe too where SQLite syncs the folder with it.
    """

    def __init__(self) -> None:
        self._safe: dict[str, bytearray] = {}
        self._loose: list[Change] = []

    def follow(self, entry: Change | Sync | Told) -> None:
        if isinstance(entry, Sync):
            self._sync(entry)
        elif not isinstance(entry, Told):
            self._loose.append(entry)

    def _sync(self, sync: Sync) -> None:
        """The file's changes are safe; with the folder, so are deletions and what they made of other files."""
        deleted = {each.file: at for at, each in enumerate(self._loose) if isinstance(each, Delete)}
        left: list[Change] = []
        for at, change in enumerate(self._loose):
            if change.file == sync.file or (sync.folder and at <= deleted.get(change.file, -1)):
                _apply(self._safe, change)
            else:
                left.append(change)
        self._loose = left

    def image(self, chance: random.Random) -> dict[str, bytes]:
        """One of the possible contents by file."""
        files = {name: bytearray(data) for name, data in self._safe.items()}
        pieces = [piece for change in self._loose for piece in _pieces(change)]
        if chance.random() < 0.2:  # all until some moment, the last sector torn, as where nothing is put into order
            pieces = pieces[: chance.randrange(len(pieces) + 1)]
        else:
            share = chance.choice(_SURVIVING)
            pieces = [piece for piece in pieces if chance.random() < share]
            chance.shuffle(pieces)
        for piece in pieces:
            garbled = isinstance(piece, Write) and chance.random() < _GARBAGE
            _apply(files, _garbled(piece, chance) if garbled else piece)
        return {name: bytes(data) for name, data in files.items()}


def write_image(image: dict[str, bytes], folder: Path) -> None:
    for name, data in image.items():
        (folder / name).write_bytes(data)


def _pieces(change: Change) -> Iterator[Change]:
    """A write, cut where sectors end."""
    if not isinstance(change, Write):
        yield change
        return
    start, end = change.at, change.at + len(change.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(change.file, start, change.data[start - change.at : stop - change.at])
        start = stop


def _garbled(piece: Change, chance: random.Random) -> Change:
    assert isinstance(piece, Write)
    torn = chance.randrange(len(piece.data))
    return Write(piece.file, piece.at, piece.data[:torn] + chance.randbytes(len(piece.data) - torn))


def _apply(files: dict[str, bytearray], change: Change) -> None:
    match change:
        case Delete():
            files.pop(change.file, None)
        case Truncate():
            data = files.setdefault(change.file, bytearray())
            del data[change.size :]
            data.extend(bytes(max(change.size - len(data), 0)))
        case Write():
            data = files.setdefault(change.file, bytearray())
            end = change.at + len(change.data)
            data.extend(bytes(max(end - len(data), 0)))
            data[change.at : end] = change.data
