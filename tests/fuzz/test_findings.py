"""What fuzzing has found, and the input that it begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.guided import FINDINGS
from tests.fuzz.seeds import seeds, words
from tests.fuzz.targets import TARGETS

FOUND = sorted(path for path in FINDINGS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_is_mended(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes())


def test_there_are_findings_that_are_run_again() -> None:
    assert FOUND


@pytest.mark.parametrize("name", TARGETS)
def test_good_input_passes(name: str) -> None:
    assert words()[name]
    for seed in seeds()[name]:
        TARGETS[name](seed)
