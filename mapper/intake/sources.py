"""Which files a run reads, found and checked before any of them is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

STANDARD_INPUT: Final = "-"
SUFFIXES: Final = (".gz", ".json", ".ndjson", ".jsonl")
"""What is read of a directory, in whatever case; a file given by its own name may have any."""


class IntakeError(Exception):
    """Input that cannot be read at all; the message is one line, `help` says what to do about it."""

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002 - the word all our errors use
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read, or standard input.

    Attributes:
        name: As shown to people; control characters are escaped.
        path: As the system wants it, ``-`` for standard input.
    """

    name: str
    path: str


def find_sources(paths: Sequence[str]) -> list[Source]:
    """Find the files behind what the user gave, in the order given.

    A directory stands for all files below it that end in one of :data:`SUFFIXES`, sorted by path, as Segment's S3
    archive lays them out (``segment-logs/{source}/{day}/{file}.gz``). Hidden files and directories are ignored, and
    symbolic links to directories are not followed.

    Raises:
        IntakeError: a path does not exist, may not be read or is no file, a directory holds no such file, or standard
            input is given twice.
    """
    if list(paths).count(STANDARD_INPUT) > 1:
        raise IntakeError("standard input is given twice", "give `-` once: it can be read only once")
    return [source for path in paths for source in _find(path)]


def refuse(path: str, error: OSError | ValueError) -> NoReturn:
    """Say why a path cannot be read.

    Raises:
        IntakeError: always.
    """
    name = shown(path)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise IntakeError(f"{name}: no such file or directory", "check the path; `-` reads standard input") from None
    if isinstance(error, PermissionError):
        raise IntakeError(f"{name}: permission denied", "make it readable for the user that runs this") from None
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    raise IntakeError(f"{name}: cannot be read: {cause}", "give a file, a directory or `-`") from None


def shown(path: str) -> str:
    """A path as one printable line."""
    return path if path.isprintable() else repr(path)[1:-1]


def _find(path: str) -> Iterator[Source]:
    if path == STANDARD_INPUT:
        yield Source(STANDARD_INPUT, STANDARD_INPUT)
    elif stat.S_ISDIR(_mode(path)):
        found = sorted(_below(path), key=lambda file: Path(file).parts)
        if not found:
            wanted = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
            raise IntakeError(f"{shown(path)}: the directory holds no file to read", f"files looked for: {wanted}")
        for file in found:
            yield _file(file)
    else:
        yield _file(path)


def _file(path: str) -> Source:
    mode = _mode(path)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
        raise IntakeError(f"{shown(path)}: neither a file nor a directory", "give a file, a directory or `-`")
    if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        refuse(path, PermissionError())
    return Source(shown(path), path)


def _mode(path: str) -> int:
    try:
        return Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        refuse(path, error)


def _below(directory: str) -> Iterator[str]:
    def stop(error: OSError) -> NoReturn:
        refuse(str(error.filename or directory), error)

    for folder, folders, files in os.walk(directory, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(folder, name)  # noqa: PTH118 - Path would drop the `./` that the user typed
            if not name.startswith(".") and name.lower().endswith(SUFFIXES) and _is_file(path):
                yield path


def _is_file(path: str) -> bool:
    return stat.S_ISREG(_mode(path))
