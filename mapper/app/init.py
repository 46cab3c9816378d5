"""A project of a user's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from mapper.authoring.shipped import shipped


class InitError(Exception):
    """The folder can't be made into a project; the message is one line.

    Attributes:
        help: What to do about it.
    """

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word that diagnostics use
        super().__init__(message)
        self.help = help


_TEST: Final = '''"""Locks every mapping: each file in cases/ and the request it becomes."""

from mapper.testing import lock

test_mappings = lock("cases")
'''

_README: Final = """# Mappings

- `mappings/`: one folder for each destination, one file for each mapping. Edit these.
- `schemas/`: what editors check and complete them by.
- `tests/`: a case for each thing a mapping does, and the requests it becomes.

    mapper validate                          # checks the mappings
    mapper run events.ndjson --dry-run       # shows the requests
    mapper run events.ndjson --sandbox       # delivers them to a pretend destination
    pytest                                   # compares every case with its snapshot
    pytest --snapshot-update                 # accepts what changed; read `git diff` afterwards
"""


def create(folder: Path) -> int:
    """Fill a new or empty folder, and give the number of files made.

    Raises:
        InitError: it exists and holds something, or can't be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InitError(f"{folder} is not empty", "name a folder that does not exist yet")
    try:
        shutil.copytree(shipped("mappings"), folder / "mappings")
        shutil.copytree(shipped("schemas"), folder / "schemas")
        shutil.copyfile(shipped("examples") / "events.ndjson", folder / "events.ndjson")
        shutil.copytree(shipped("cases"), folder / "tests" / "cases")
        shutil.copytree(shipped("snapshots"), folder / "tests" / "__snapshots__")
        (folder / "tests" / "test_mappings.py").write_text(_TEST)
        (folder / "README.md").write_text(_README)
    except OSError as error:
        raise InitError(f"can't write {error.filename or folder}: {error.strerror}", "choose another folder") from None
    return sum(path.is_file() for path in folder.rglob("*"))
