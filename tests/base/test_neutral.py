"""The program knows no destination: what it needs to know of one is YAML and JSON Schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.shipped import shipped

PACKAGE = Path(__file__).parents[2] / "mapper"
SETS = [file.parent.name for file in shipped("mappings").glob("*/destination.yaml")]


def test_there_are_destinations() -> None:
    assert "natero" in SETS


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_python_file_names_a_destination(file: Path) -> None:
    text = file.read_text("utf-8").lower()
    assert not [name for name in SETS if name in text]
