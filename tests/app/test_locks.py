"""Where locks are looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mapper.app.locks import find_locks
from mapper.app.project import ProjectError


def test_a_folder_that_nobody_may_look_into_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    Path("shut").mkdir(mode=0)
    me = os.geteuid()
    if me == 0:  # root may look into every folder
        os.seteuid(65534)
    try:
        with pytest.raises(ProjectError, match="no test file here or below locks mappings"):
            find_locks(Path())
    finally:
        os.seteuid(me)
