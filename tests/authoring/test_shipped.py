"""Files that come with the package: beside it in a source tree, inside it once installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.shipped import InstallationError, shipped


def test_a_source_tree_uses_its_own_folders() -> None:
    root = Path(__file__).parents[2]
    assert shipped("schemas") == root / "schemas"
    assert shipped("mappings") == root / "mappings"
    assert shipped("examples") == root / "docs" / "examples"


def test_an_installed_package_uses_what_is_inside(tmp_path: Path) -> None:
    inside = tmp_path / "mapper" / "_shipped" / "schemas"
    inside.mkdir(parents=True)
    (tmp_path / "schemas").mkdir()  # somebody else's folder in site-packages
    assert shipped("schemas", package=tmp_path / "mapper") == inside


def test_a_source_tree_never_reads_a_stale_copy(tmp_path: Path) -> None:
    (tmp_path / "mapper" / "_shipped" / "schemas").mkdir(parents=True)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert shipped("schemas", package=tmp_path / "mapper") == tmp_path / "schemas"


def test_a_broken_installation_says_so(tmp_path: Path) -> None:
    with pytest.raises(InstallationError) as caught:
        shipped("mappings", package=tmp_path / "mapper")
    inside = tmp_path / "mapper" / "_shipped" / "mappings"
    assert str(caught.value) == f"the package's mappings folder is missing at {inside}: install segment-mapper again"
