"""Stamps tell files that changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mapper.base.stamp import stamp


def test_a_stamp_follows_size_and_time_of_what_a_name_leads_to(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    link.symlink_to(file)
    assert stamp(link) is None
    file.write_text("a")
    os.utime(file, ns=(5, 5))
    assert stamp(link) == stamp(file) == (1, 5)
    file.write_text("b")
    os.utime(file, ns=(6, 6))
    assert stamp(link) == (1, 6)


@pytest.mark.parametrize("name", ["none", "none/below", "n\0l", "x" * 300])
def test_what_can_not_be_there_has_none(name: str, tmp_path: Path) -> None:
    assert stamp(tmp_path / name) is None
