"""``mapper init``: a project of one's own, in which everything works at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mapper.app.init import InitError, create
from mapper.authoring.shipped import InstallationError, Shipped, shipped
from tests.cli.kit import environment, mapper, quick


def _pytest(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in environment().items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("somewhere") / "my project"
    made = mapper("init", folder, cwd=folder.parent)
    assert made.code == 0
    count = sum(path.is_file() for path in folder.rglob("*"))
    assert made.out == (
        f"made a project of {count} files in {folder}. Next:\n"
        f"  cd '{folder}'\n  mapper validate\n  mapper run events.ndjson --sandbox\n  pytest\n"
    )
    return folder


def test_a_project_in_the_folder_one_is_in(tmp_path: Path) -> None:
    first, *steps = quick("init", ".", cwd=tmp_path).out.splitlines()
    assert first.endswith(" files here. Next:")
    assert steps[0] == "  mapper validate"


def test_its_mappings_validate(project: Path) -> None:
    done = quick("validate", "--strict", cwd=project)
    assert (done.code, done.out) == (0, "no problems in 13 files\n")


def test_its_events_are_delivered_to_the_sandbox_by_its_own_mappings(project: Path) -> None:
    done = quick("run", "events.ndjson", "--sandbox", cwd=project)
    assert "./mappings" in done.err
    assert done.ledger["delivered"] > 300


def test_editors_find_the_schemas(project: Path) -> None:
    files = sorted(project.glob("mappings/*/*.yaml"))
    assert len(files) > 10
    for file in files:
        header = re.match(r"# yaml-language-server: \$schema=(\S+)\n", file.read_text("utf-8"))
        assert header, file
        assert (file.parent / header[1]).resolve().is_relative_to(project)
        assert (file.parent / header[1]).is_file()


@pytest.mark.long
def test_its_snapshots_fit_and_a_change_shows(project: Path) -> None:
    assert _pytest(project).returncode == 0
    mapping = project / "mappings/natero/alias.yaml"
    right = mapping.read_text("utf-8")
    mapping.write_text(right.replace("{$const: previous_id}", "{$const: former_id}"), "utf-8")
    try:
        changed = _pytest(project)
    finally:
        mapping.write_text(right, "utf-8")
    assert changed.returncode == 1
    assert "changed  natero/alias/" in changed.stdout
    assert "--snapshot-update" in changed.stdout


def test_a_repository_with_a_readme_will_do(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("mine")
    made = quick("init", ".", cwd=tmp_path)
    assert made.code == 0
    assert "cd " not in made.out
    assert (tmp_path / "README.md").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".git",
        ".gitignore",
        "README.md",
        "events.ndjson",
        "mappings",
        "schemas",
        "tests",
    ]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    done = quick("init", tmp_path, cwd=tmp_path)
    assert done.code == 2
    assert done.err == f"error: {tmp_path} already has tests\n  help: name a folder without them\n"
    assert [path.name for path in tmp_path.iterdir()] == ["tests"]


@pytest.mark.parametrize("folder", ["file", "file/new", "file/deep/new"])
def test_a_file_is_refused(folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = quick("init", folder, cwd=tmp_path)
    assert (done.code, done.err) == (2, "error: file is a file\n  help: name a folder\n")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    done = quick("init", "/proc/mapper/new", cwd=tmp_path)
    assert done.code == 2
    assert done.err.startswith("error: can't write /proc/mapper/new: ")
    assert done.err.endswith("\n  help: choose another folder\n")


def test_folders_above_are_made(tmp_path: Path) -> None:
    assert quick("init", "a/b/c", cwd=tmp_path).code == 0
    assert (tmp_path / "a/b/c/mappings").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_is_needed(tmp_path: Path) -> None:
    done = quick("init", cwd=tmp_path)
    assert done.code == 2
    assert "Missing argument 'DIR'" in done.err


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "tests").symlink_to("nowhere")
    with pytest.raises(InitError, match="already has tests"):
        create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tests"]


def test_an_installation_without_its_files_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: str) -> Path:
        raise InstallationError("the cases are missing: install it again")

    monkeypatch.setattr("mapper.app.init.shipped", none)
    with pytest.raises(InitError, match="the cases are missing") as caught:
        create(tmp_path / "new")
    assert caught.value.help == "install it again"
    assert list(tmp_path.iterdir()) == []


def test_a_move_that_fails_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def sticks(path: Path, target: Path) -> Path:
        if path.name == "schemas" and "mapper-init" in str(path):
            raise OSError(28, os.strerror(28))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", sticks)
    with pytest.raises(InitError, match="No space left on device"):
        create(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_without_syrupy_the_test_says_what_to_install(project: Path) -> None:
    done = _pytest(project, "-p", "no:syrupy", "-k", "alias or identify")
    assert done.returncode == 1
    assert "pip install '.[test]'" in done.stdout


@pytest.mark.parametrize("lacking", ["pytest", "syrupy"])
def test_without_pytest_or_syrupy_it_says_what_to_install(
    lacking: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mapper.cli.init.find_spec", lambda name: None if name == lacking else name)
    made = quick("init", "new", cwd=tmp_path)
    assert made.out.endswith("\n  `pip install '.[test]'` where mapper was cloned to, and then\n  pytest\n")


def test_what_fails_midway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(InitError, match="No space left on device"):
        create(tmp_path / "deep" / "new")
    assert list(tmp_path.iterdir()) == []


def test_what_is_pending_with_us_is_not_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_pending(name: Shipped) -> Path:
        if name != "snapshots":
            return shipped(name)
        (tmp_path / "ours/natero/track").mkdir(parents=True)
        for file in ("a.json", "a.pending"):
            (tmp_path / "ours/natero/track" / file).write_text("[]")
        return tmp_path / "ours"

    monkeypatch.setattr("mapper.app.init.shipped", with_pending)
    create(tmp_path / "own")
    assert [path.name for path in (tmp_path / "own/tests/snapshots").rglob("*.*")] == ["a.json"]
