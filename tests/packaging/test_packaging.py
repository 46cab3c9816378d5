"""What is installed and what is unpacked works without the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from mapper import __version__
from tests.packaging.kit import ROOT, Built, run

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("packaging")]

SHIPPED = {
    "mappings": "mappings",
    "schemas": "schemas",
    "cases": "tests/snapshots/cases",
    "snapshots": "tests/snapshots/snapshots",
}


@dataclass(frozen=True)
class Installed:
    python: Path
    empty: Path

    def mapper(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return run(str(self.python.parent / "mapper"), *arguments, cwd=cwd or self.empty)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own, which borrows the dependencies of ours."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "venv/bin/python"
    done = run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"), cwd=folder)
    assert done.returncode == 0, done.stderr
    options = ("install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    done = run(sys.executable, "-m", "pip", "--python", str(python), *options, str(built.wheel), cwd=folder)
    assert done.returncode == 0, done.stderr
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / "empty").mkdir()
    where = run(str(python), "-c", "import mapper; print(mapper.__file__)", cwd=folder / "empty")
    assert where.stdout == f"{packages / 'mapper/__init__.py'}\n"
    return Installed(python, folder / "empty")


@pytest.fixture(scope="module")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built.sdist) as archive:
        archive.extractall(folder, filter="data")
    (inside,) = folder.iterdir()
    return inside


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_wheel_has_what_ships(name: str, built: Built) -> None:
    prefix = f"mapper/_shipped/{name}/"
    with zipfile.ZipFile(built.wheel) as wheel:
        inside = {file.removeprefix(prefix) for file in wheel.namelist() if file.startswith(prefix)}
    assert inside == _files(ROOT / SHIPPED[name])


def test_the_wheel_has_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names} == {"mapper", f"segment_mapper-{__version__}.dist-info"}
    shipped = {name.split("/")[2] for name in names if name.startswith("mapper/_shipped/")}
    assert shipped == {*SHIPPED, "examples"}
    assert "mapper/py.typed" in names
    assert not [name for name in names if "__pycache__" in name]


def test_the_installed_program_works_in_an_empty_folder(installed: Installed) -> None:
    assert installed.mapper("--version").stdout == f"mapper {__version__}\n"
    done = installed.mapper("validate", "--strict")
    assert (done.returncode, done.stdout) == (0, "no problems in 13 files\n")
    events = str(ROOT / "docs/examples/events.ndjson")
    done = installed.mapper("run", events, "--sandbox", "--limit", "50")
    assert done.returncode == 0, done.stderr
    assert "the mappings that ship with mapper" in done.stderr
    assert list(installed.empty.iterdir()) == []


def test_a_project_of_the_installed_program_works_at_once(installed: Installed, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert installed.mapper("init", str(project)).returncode == 0
    done = installed.mapper("validate", "--strict", cwd=project)
    assert done.returncode == 0, done.stdout
    done = installed.mapper("run", "events.ndjson", "--sandbox", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "./mappings" in done.stderr
    done = run(str(installed.python), "-m", "pytest", "-q", cwd=project)
    assert done.returncode == 0, done.stdout


def test_the_sdist_has_all_that_is_here(unpacked: Path) -> None:
    for part in ("README.md", "CHANGELOG.md", "LICENSE", "Makefile", "pyproject.toml", ".gitignore", ".ci/run"):
        assert (unpacked / part).read_bytes() == (ROOT / part).read_bytes()
    for folder in ("mapper", "mappings", "schemas", "docs", "tests"):
        here = {file for file in _files(ROOT / folder) if "__pycache__" not in file}
        assert _files(unpacked / folder) == here
    assert os.access(unpacked / ".ci/run", os.X_OK)


def test_make_knows_what_to_do_in_an_unpacked_sdist(unpacked: Path) -> None:
    done = run("make", "-n", "run", "test", "ci", "check", cwd=unpacked)
    assert done.returncode == 0, done.stderr
    assert "pip install" in done.stdout
    assert "mapper run docs/examples/events.ndjson --sandbox" in done.stdout


def test_tests_run_from_an_unpacked_sdist(unpacked: Path) -> None:
    tests = ("tests/snapshots", "tests/authoring/test_shipped.py", "tests/docs")
    done = run(sys.executable, "-m", "pytest", "-q", "-m", "not long", "-p", "no:cacheprovider", *tests, cwd=unpacked)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ("ensurepip", "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv\n"),
        ("version_info", "mapper needs Python 3.11 or newer"),
    ],
)
def test_make_says_what_is_missing(lacks: str, says: str, unpacked: Path, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{lacks}*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    done = run("make", "run", f"PYTHON={python}", cwd=unpacked)
    assert done.returncode == 2
    assert done.stdout.startswith(says)
    assert not (unpacked / ".venv").exists()
