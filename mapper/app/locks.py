"""Which mappings are locked here: the calls of ``mapper.testing.lock`` in test files, read without running them."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from mapper.app.locked import Locked, mappings_above, shown
from mapper.app.project import ProjectError

_MODULES: Final = ("mapper.testing", "mapper.testing.lock")
_PARAMETERS: Final[dict[str, Any]] = {"cases": str, "mappings": str | None, "minimum": int}
_NOT_OURS: Final = frozenset({"node_modules", "site-packages", "__pycache__"})


def find_locks(folder: Path, cases: Path | None = None) -> list[Locked]:
    """What the test files in `folder` and below lock, by name of the file.

    Args:
        folder: Hidden folders, virtual environments and other people's packages in it are left out.
        cases: Only the lock of this folder of cases; one that no test locks will do as well.

    Raises:
        ProjectError: there is none, a call of ``lock`` can't be read, or `cases` is no folder.
    """
    if cases is not None and not cases.is_dir():
        raise ProjectError(f"there is no folder of cases {cases}", "it holds SET/MAPPING/NAME.json")
    calls = [(path, call) for path in _test_files(folder) for call in _calls(path)]
    if cases is not None:
        return [_lock_of(cases.resolve(), calls)]
    if not calls:
        raise ProjectError(
            "no test file here or below locks mappings",
            "run this where your tests are, or name the folder of cases with --cases DIR",
        )
    return [_locked(path, call) for path, call in calls]


def _lock_of(cases: Path, calls: Iterable[tuple[Path, ast.Call]]) -> Locked:
    """The lock of a folder of cases; where no call that can be read names it, one of our own."""
    for path, call in calls:
        with suppress(ProjectError):
            if (found := _locked(path, call)).folder == cases:
                return found
    return Locked(folder=cases, mappings=mappings_above(cases.parent), minimum=0)


def _test_files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _may_be_ours(Path(root, name)))
        for name in sorted(files):
            if name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py")):
                yield Path(root, name)


def _may_be_ours(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _NOT_OURS:
        return False
    try:
        return not (folder / "pyvenv.cfg").exists()
    except PermissionError:  # nothing in it can be read
        return False


def _calls(path: Path) -> Iterator[ast.Call]:
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text) if "mapper.testing" in text else None
    except (OSError, ValueError, SyntaxError, RecursionError):
        return  # pytest will say what is wrong with it
    if tree is None:
        return
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES
        for alias in node.names
        if alias.name == "lock"
    }
    names |= {f"{module}.lock" for module in _MODULES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield node


def _locked(path: Path, call: ast.Call) -> Locked:
    here = path.resolve().parent
    given = _arguments(path, call)
    cases, mappings, minimum = given.get("cases", "cases"), given.get("mappings"), given.get("minimum", 1)
    return Locked(
        folder=Path(os.path.normpath(here / cases)),
        mappings=here / mappings if mappings is not None else mappings_above(here),
        minimum=minimum,
    )


def _arguments(path: Path, call: ast.Call) -> dict[str, Any]:
    try:
        given = dict(zip(_PARAMETERS, map(ast.literal_eval, call.args), strict=False))
        given |= {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
    except ValueError:
        given = {"cases": None}
    if all(isinstance(value, _PARAMETERS[name]) for name, value in given.items() if name in _PARAMETERS):
        return given
    raise ProjectError(
        f"{shown(path.resolve())}:{call.lineno}: the arguments of lock() can't be read without running it",
        "write them as plain texts and numbers, or name the folder of cases with --cases DIR",
    )
