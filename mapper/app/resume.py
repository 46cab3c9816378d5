"""How far a file has been read, and whether it is still the same file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from mapper.delivery.queue import Position
from mapper.intake.sources import IntakeError, Source, refuse
from mapper.records.line import Line

_HEAD: Final = 65_536


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a file from another of the same name.

    Attributes:
        path: Absolute.
        inode: Its number in the file system.
        size: Its bytes when it was looked at.
        head_size: Bytes of the beginning that `head` is of, at most 64 KB.
        head: Their SHA-256.
    """

    path: str
    inode: int
    size: int
    head_size: int
    head: bytes


def identify(source: Source) -> Identity:
    """Look at a file.

    Raises:
        mapper.intake.sources.IntakeError: it can't be read.
    """
    try:
        with Path(source.path).open("rb") as file:
            head = file.read(_HEAD)
            found = os.fstat(file.fileno())
    except OSError as error:
        refuse(source.path, error)
    path = str(Path(source.path).resolve())
    return Identity(path, found.st_ino, found.st_size, len(head), hashlib.sha256(head).digest())


class Begin(NamedTuple):
    """Where a file is gone on with: at which line, and behind how many of its calls."""

    line: int = 1
    part: int = 0


def begin_of(source: Source, found: Identity, known: Position | None) -> Begin:
    """Where to go on with a file; its beginning, where it was never read.

    Raises:
        mapper.intake.sources.IntakeError: the file is not the one that was read.
    """
    if known is None:
        return Begin()
    is_longer = found.size >= known.size  # its end may be the only part that was cut off
    if found.inode == known.inode and is_longer and _head(source.path, known.head_size) == known.head:
        return Begin(known.line + 1, known.part)
    read = "1 line was" if known.line == 1 else f"{known.line:,} lines were"
    raise IntakeError(
        f"{source.name}: not the file of which {read} read before",
        "give it another name, or use another queue; a file that goes on must be appended to, not written anew",
    )


def _size(found: Identity) -> int:
    """Of a file that may have grown since it was looked at: what was read of it must be there the next time."""
    try:
        return max(found.size, Path(found.path).stat().st_size)
    except OSError:
        return found.size


def _head(path: str, size: int) -> bytes:
    with Path(path).open("rb") as file:
        return hashlib.sha256(file.read(size)).digest()


def positions(lines: Iterable[Line], identities: Mapping[str, Identity]) -> list[Position]:
    """How far files have been read once these lines are taken in."""
    last = {line.file: (line.number - 1, line.part + 1) if line.more else (line.number, 0) for line in lines}
    return [
        Position(
            path=each.path,
            inode=each.inode,
            size=_size(each),
            head_size=each.head_size,
            head=each.head,
            line=number,
            part=part,
        )
        for name, (number, part) in last.items()
        if (each := identities.get(name)) is not None
    ]
