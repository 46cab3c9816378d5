from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.testing.kit import OwnProject


@pytest.fixture(scope="session")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose snapshots have been written by the lock itself."""
    project = OwnProject(tmp_path_factory.mktemp("accepted"))
    ended = project.pytest("--snapshot-update")
    assert ended.code == 0, ended.out
    return project.root


@pytest.fixture
def project(accepted: Path, pytester: pytest.Pytester) -> OwnProject:
    """A project of this test's own, in which everything fits."""
    shutil.copytree(accepted, pytester.path, dirs_exist_ok=True)
    return OwnProject(pytester.path, pytester)
