"""Which changes of files a server notices."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mapper.app.project import load_project
from mapper.server.reload import Fingerprint, look, taken

SET = """\
mapper: 1
id: acme
destination: Acme
accepts: [page]
use: [../../elsewhere/shared.yaml, ../absent.yaml]
requests:
  page: {base: "'https://acme.example'", path: "'/'", body: json, schema: ../../shapes/page.json}
"""
PAGE = "mapper: 1\naccepts: page\nrequest: page\nbody: {at: when}\n"
FILES = {
    "mappings/acme/destination.yaml": SET,
    "mappings/acme/page.yaml": PAGE,
    "elsewhere/shared.yaml": "mapper: 1\nlet: {when: timestamp}\n",
    "shapes/page.json": '{"type": "object", "properties": {"at": {"$ref": "parts/at.json"}}}',
    "shapes/parts/at.json": '{"type": "string"}',
    "shapes/other.json": '{"type": "string"}',
    "elsewhere/other.yaml": "mapper: 1\nlet: {}\n",
}


@pytest.fixture(params=["mappings", "mappings/acme"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, ns=(1, 1))
    return tmp_path / str(request.param)


def seen(root: Path) -> Fingerprint:
    before = look(root)
    return taken(before, load_project(root).files)


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


USED = [name for name in FILES if not name.endswith(("other.json", "other.yaml"))]


@pytest.mark.parametrize("change", [edit, Path.unlink])
@pytest.mark.parametrize("name", USED)
def test_a_change_of_any_file_that_is_used_is_noticed(
    name: str, change: Callable[[Path], object], root: Path, tmp_path: Path
) -> None:
    known = seen(root)
    assert look(root, known) == known
    change(tmp_path / name)
    assert look(root, known) != known


@pytest.mark.parametrize(
    ("name", "noticed"),
    [
        ("mappings/acme/identify.yaml", True),
        ("mappings/absent.yaml", True),
        ("shapes/other.json", False),
        ("elsewhere/other.yaml", False),
        ("mappings/acme/notes.txt", False),
    ],
)
def test_a_file_that_comes_is_noticed_where_it_is_of_use(name: str, noticed: bool, root: Path, tmp_path: Path) -> None:
    known = seen(root)
    (tmp_path / name).write_text("mapper: 1\n\n")
    assert (look(root, known) != known) == noticed


def test_a_set_that_comes_and_a_folder_that_goes_are_noticed(tmp_path: Path, root: Path) -> None:
    folder = tmp_path / "mappings"
    known = seen(folder)
    (folder / "new").mkdir()
    assert look(folder, known) == known
    (folder / "new" / "destination.yaml").write_text(SET)
    assert look(folder, known) != known
    known = seen(folder)
    folder.rename(tmp_path / "away")
    assert look(folder, known) != known
    assert look(folder) == {}


def test_a_link_that_comes_to_lead_elsewhere_is_noticed(tmp_path: Path, root: Path) -> None:
    link, other = tmp_path / "shapes" / "parts" / "at.json", tmp_path / "shapes" / "other.json"
    link.rename(link.with_suffix(".old"))
    link.symlink_to(link.with_suffix(".old"))
    known = seen(root)
    link.unlink()
    link.symlink_to(other)
    os.utime(other, ns=(2, 2))
    assert look(root, known) != known


@pytest.mark.parametrize("name", USED)
def test_what_changes_between_the_look_at_it_and_its_reading_is_noticed(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = Path.open
    changed: list[Path] = []

    def late(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.resolve() == tmp_path / name and not changed:
            changed.append(path)
            os.utime(path, ns=(3, 3))
        return real(path, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", late)
        known = seen(root)
    assert changed
    assert look(root, known) != known
