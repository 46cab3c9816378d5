"""A folder to a mapping set: which files belong to it, and under which names they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from tests.support.language import destination, lay

TRACK = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  x: who\n  y: userID\n"
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
