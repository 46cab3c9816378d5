"""A project of a user's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from mapper.authoring.shipped import InstallationError, Shipped, shipped


class InitError(Exception):
    """The folder can't be made into a project; the message is one line.

    Attributes:
        help: What to do about it.
    """

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word that diagnostics use
        super().__init__(message)
        self.help = help


TEST: Final = '''"""Locks every mapping: each file in cases/ and the request it becomes."""

from mapper.testing import lock

test_mappings = lock("cases")
'''

_README: Final = """# Mappings

- `mappings/`: one folder for each destination, one file for each mapping. Edit these.
- `schemas/`: what editors complete and check them by. In VS Code the YAML extension reads the first line of each file.
- `tests/`: the cases, a call each, and the requests they become (`snapshots/`).
- `events.ndjson`: calls to try things on.

```
mapper validate                          # checks the mappings
mapper run events.ndjson --dry-run       # shows the requests
mapper run events.ndjson --sandbox       # delivers them to a pretend destination
mapper diff                              # what you changed since the last commit, and what that does to the requests
pytest                                   # compares every case with its snapshot
mapper snap review                       # the same in a second; steps through what changed, to accept or reject it
```

`pytest` and `mapper snap` need `pip install '.[test]'` where mapper was cloned to. Delete what you do not use: a
mapping set's folder in `mappings/` goes together with its folder in `tests/cases/`; then run `mapper snap prune`.
"""
_IGNORED: Final = """__pycache__/
.pytest_cache/
.venv/
# What `mapper snap test` found and nobody has accepted yet.
*.pending
# Calls of your customers, and keys.
dead*.ndjson
*.db
*.db-*
*.db.lock
settings.yaml
.env
"""
_KEPT: Final = ("README.md", ".gitignore")
"""Files of the user's that are left as they are."""


def create(folder: Path) -> int:
    """Put a project into a folder, new or not, and give the number of files made. All of it, or nothing.

    A folder that holds other things is fine, such as a fresh repository; a README.md or .gitignore that is there
    already stays as it is.

    Raises:
        InitError: a part of a project is there already, or the folder can't be written.
    """
    # Made where it can be moved from: an existing folder may be a mount, or its parent closed to the user.
    near = next(above for above in (folder, *folder.parents, Path.cwd()) if above.exists())
    if not near.is_dir():
        raise InitError(f"{near} is a file", "name a folder")
    try:
        with tempfile.TemporaryDirectory(prefix=".mapper-init-", dir=near) as made:
            _fill(Path(made))
            return _move(Path(made), folder)
    except InstallationError as error:
        raise InitError(*str(error).rsplit(": ", 1)) from None
    except shutil.Error as error:  # of several files; the first will do
        raise InitError(f"can't write {folder}: {error.args[0][0][2]}", "choose another folder") from None
    except OSError as error:
        raise InitError(f"can't write {folder}: {error.strerror}", "choose another folder") from None


def _fill(project: Path) -> None:
    _copy("mappings", project / "mappings")
    _copy("schemas", project / "schemas")
    shutil.copyfile(shipped("examples") / "events.ndjson", project / "events.ndjson")
    _copy("cases", project / "tests" / "cases")
    _copy("snapshots", project / "tests" / "snapshots")
    (project / "tests" / "test_mappings.py").write_text(TEST)
    (project / "README.md").write_text(_README)
    (project / ".gitignore").write_text(_IGNORED)


def _copy(name: Shipped, folder: Path) -> None:
    ours = shutil.ignore_patterns("*.pending")
    # Not its mode: the user will edit it.
    shutil.copytree(shipped(name), folder, copy_function=shutil.copyfile, ignore=ours)


def _move(project: Path, folder: Path) -> int:
    """Move a project's files and folders to where they belong; they are on the same file system."""
    parts = [part for part in sorted(project.iterdir()) if part.name not in _KEPT or not _taken(folder / part.name)]
    there = [part.name for part in parts if _taken(folder / part.name)]
    if there:
        raise InitError(f"{folder} already has {', '.join(there)}", "name a folder without them")
    count = sum(path.is_file() for part in parts for path in (part, *part.rglob("*")))
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as back:
        for part in parts:
            part.rename(folder / part.name)
            back.callback((folder / part.name).rename, part)
        back.pop_all()
    return count


def _taken(path: Path) -> bool:
    return os.path.lexists(path)  # a link that leads nowhere is someone's too
