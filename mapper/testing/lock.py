"""The test that locks mappings."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from mapper.app.locked import BrokenError, Locked, LockError, mappings_above, shown
from mapper.base.extras import pip_install
from mapper.review.cases import CaseFile
from mapper.review.plugin import PROPERTY
from mapper.review.snapshots import read_snapshot, snapshot_of

Check = Callable[[Locked, pytest.FixtureRequest], None]

_SYRUPY: Final = f"the lock needs syrupy, and its plugin switched on: {pip_install('test')}"


def lock(cases: str = "cases", *, mappings: str | None = None, minimum: int = 1) -> Callable[..., None]:
    """A test function that holds every mapping to its cases; assign it to a name that begins with ``test_``.

    A case is a file ``SET/MAPPING/NAME.json``: ``{"about": "one line", "settings": {...}, "call": {...}}``. Its
    snapshot, the results of that mapping set for the call, lies under ``snapshots`` beside the folder of cases;
    so each lock needs a folder of its own around its cases.

    Only ``pytest --snapshot-update`` writes snapshots. It deletes those without a case, where the run has all tests of
    the lock: one narrowed by ``-k``, ``--lf`` or a test's name deletes nothing. Where the environment variable ``CI``
    is set, nothing is written or deleted whatever the options say, and what is not as it should be still fails.

    Args:
        cases: Folder of cases, relative to the test file.
        mappings: Folder of mapping sets, relative to the test file; by default the ``mappings`` folder of the nearest
            folder above it that has one, else the mappings that ship with the package.
        minimum: Least number of cases of each mapping.
    """
    here = Path(sys._getframe(1).f_globals["__file__"]).resolve().parent
    given = here / mappings if mappings is not None else mappings_above(here)
    locked = Locked(folder=here / cases, mappings=given, minimum=minimum)
    checks = [pytest.param(check, id=name) for name, check in _checks(locked)]

    @pytest.mark.parametrize("check", checks)
    def check_mappings(check: Check, request: pytest.FixtureRequest) -> None:
        check(locked, request)

    return check_mappings


def _checks(locked: Locked) -> Iterator[tuple[str, Check]]:
    for file in locked.cases:
        yield file.id, _case(file)
    yield "every mapping has cases", _enough
    yield "every case is in its place", _in_place
    yield "every snapshot has a case", _no_orphans


def _case(file: CaseFile) -> Check:
    def check(locked: Locked, request: pytest.FixtureRequest) -> None:
        try:
            text = locked.result(file)
        except BrokenError as error:
            _fail_once(error)
        except LockError as error:
            _fail(str(error))
        _compare(text, snapshot_of(file, locked.snapshots), file.id, request)

    return check


def _compare(text: str, path: Path, name: str, request: pytest.FixtureRequest) -> None:
    known = read_snapshot(path)
    if _agrees(text, path, request):
        return
    if known is None:
        _note(request, f"missing  {name}")
        _fail(f"{name} has no snapshot yet; it would be\n{text}")
    _note(request, f"changed  {name}")
    lines = difflib.unified_diff(known.splitlines(), text.splitlines(), "snapshot", "now", lineterm="")
    _fail("\n".join((f"{name} is not as its snapshot has it", *lines)))


def _agrees(text: str, path: Path, request: pytest.FixtureRequest) -> bool:
    """Whether the text is the snapshot; syrupy writes it first, where it may."""
    try:
        from mapper.review.storage import stored_at

        snapshot: Any = request.getfixturevalue("snapshot")
    except (ImportError, pytest.FixtureLookupError):
        _fail(_SYRUPY)
    kept: Any = snapshot.use_extension(stored_at(path))
    kept.update_snapshots = _may_write(request)
    return kept == text  # type: ignore[no-any-return] # syrupy's own operator


def _enough(locked: Locked, _: pytest.FixtureRequest) -> None:
    try:
        wanting = locked.wanting
    except BrokenError as error:
        _fail_once(error)
    if wanting:
        _fail(f"each mapping needs {locked.minimum} or more cases: {', '.join(wanting)}")


def _in_place(locked: Locked, _: pytest.FixtureRequest) -> None:
    if not locked.folder.is_dir():
        _fail(f"there is no folder of cases {shown(locked.folder)}")
    if found := locked.misplaced:
        _fail(f"a case is SET/MAPPING/NAME.json; nothing reads {', '.join(map(shown, found))}")


def _no_orphans(locked: Locked, request: pytest.FixtureRequest) -> None:
    found = locked.orphans
    names = locked.orphan_names
    # Without a single case the folder is the wrong one, rather than every snapshot an orphan.
    if locked.cases and _may_write(request) and _is_whole(locked, request):
        for path, name in zip(found, names, strict=True):
            path.unlink()
            _note(request, f"deleted  {name}")
    elif names:
        for name in names:
            _note(request, f"orphaned {name}")
        _fail(f"snapshots without a case: {', '.join(names)}")


def _is_whole(locked: Locked, request: pytest.FixtureRequest) -> bool:
    """Whether this run has all tests of the lock."""
    test: str = request.node.nodeid.partition("[")[0]
    selected = sum(item.nodeid.partition("[")[0] == test for item in request.session.items)
    return selected == sum(1 for _ in _checks(locked))


def _may_write(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("update_snapshots", False)) and not os.environ.get("CI")


def _note(request: pytest.FixtureRequest, line: str) -> None:
    request.node.user_properties.append((PROPERTY, line))


def _fail_once(error: BrokenError) -> NoReturn:
    """Hundreds of cases need not say the same."""
    if error.told:
        pytest.skip("the mappings have errors")
    _fail(str(error))


def _fail(message: str) -> NoReturn:
    raise pytest.fail.Exception(message, pytrace=False) from None  # what led to it is in the message
