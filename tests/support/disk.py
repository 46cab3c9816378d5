"""A disk so small that a test can fill it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNTED = 6_000_000


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, with a little more than 5 MB; where none can be mounted, the test is skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MOUNTED}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(disk: Path, leave: int = 0) -> None:
    """Leave no room, or just so many bytes; `empty` makes it again."""
    with (disk / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - leave)


def empty(disk: Path) -> None:
    """Take away what filled it."""
    (disk / "ballast").unlink()
