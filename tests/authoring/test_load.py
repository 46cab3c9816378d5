"""A folder to a mapping set: which files belong to it, and under which names they are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from mapper.authoring.load import find_sets, load_set
from tests.support.language import destination, lay

TRACK = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  x: who\n  y: userID\n"
DENIED = "the file may not be read"
NAMES = "mapper: 1\nlet:\n  who: id(userId)\n"
ONE = destination().replace(", page, identify, group, alias", "")


@pytest.mark.parametrize(("folder", "shown"), [(".", "."), ("./", ""), ("a/..", "."), (None, ".")])
def test_files_are_shown_as_people_see_them(
    folder: str | None, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    lay(tmp_path, {"destination.yaml": f"{ONE}use: [a/names.yaml]\n", "a/names.yaml": NAMES, "track.yaml": TRACK})
    monkeypatch.chdir(tmp_path)
    loaded = load_set(tmp_path if folder is None else Path(folder), shown=shown)
    assert set(loaded.documents) == {"destination.yaml", "a/names.yaml", "track.yaml"}
    assert [found.primary.file for found in loaded.diagnostics] == ["track.yaml"]


def test_a_file_of_shared_names_may_lie_beside_the_mappings(tmp_path: Path) -> None:
    files = {"destination.yaml": f"{ONE}use: [./names.yaml]\n", "names.yaml": NAMES}
    loaded = load_set(lay(tmp_path, {**files, "track.yaml": TRACK.replace("userID", "userId")}))
    assert loaded.diagnostics == ()
    assert loaded.spec is not None
    assert [mapping.name for mapping in loaded.spec.mappings] == ["track"]


@pytest.fixture
def shut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], AbstractContextManager[None]]:
    """Takes the rights to a folder of the current one; root keeps its own, and so is somebody else meanwhile."""
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    @contextmanager
    def shutting(folder: str) -> Iterator[None]:
        me = os.geteuid()
        Path(folder).chmod(0)
        if me == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(me)
            Path(folder).chmod(0o700)

    return shutting


def test_a_set_that_nobody_may_look_into_is_not_passed_over(
    tmp_path: Path, shut: Callable[[str], AbstractContextManager[None]]
) -> None:
    for name in ("one", "two"):
        lay(tmp_path / name, {"destination.yaml": ONE, "track.yaml": TRACK})
        (tmp_path / name).chmod(0o755)
    (tmp_path / "lost+found").mkdir(mode=0)
    (tmp_path / "file").touch()
    with shut("two"):
        assert find_sets(Path()) == [Path("one"), Path("two")]
        found = load_set(Path("two")).diagnostics
        assert [(one.primary.file, one.message) for one in found] == [("two/destination.yaml", DENIED)]
        assert find_sets(Path("two")) == [Path("two")]


def test_shared_names_that_nobody_may_look_at(
    tmp_path: Path, shut: Callable[[str], AbstractContextManager[None]]
) -> None:
    files = {"set/destination.yaml": f"{ONE}use: [../shared/names.yaml]\n", "shared/names.yaml": NAMES}
    lay(tmp_path, {**files, "set/track.yaml": TRACK})
    (tmp_path / "set").chmod(0o755)
    with shut("shared"):
        found = load_set(Path("set")).diagnostics
    assert ("shared/names.yaml", DENIED) in [(one.primary.file, one.message) for one in found]
