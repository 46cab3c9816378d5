"""The bar: of the mistakes that change what is sent, which does ``mapper validate --strict`` find, and where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mistakes.table import Table, survivors
from tests.mistakes.trial import all_mutants, tried

pytestmark = pytest.mark.long


def test_mistakes_are_found(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    results = list(tried(all_mutants(), tmp_path))
    table = Table.of(results)
    record_property("shown", f"{survivors(results)}\n\n{table}")
    assert len(table.rows) >= 25
    assert table.total.all >= 1_000
    assert table.unchanged <= 0.40
    assert table.caught >= 0.90
    assert table.in_place >= 0.98
    assert table.caught_or_locked >= 0.99
