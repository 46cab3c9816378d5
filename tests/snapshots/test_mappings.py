"""Locks every shipped mapping, with the two lines a user would write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mapper.testing import lock

test_mappings = lock("cases", minimum=5)


def test_the_mappings_that_are_on_have_many_cases() -> None:
    counts = Counter(path.parent.name for path in (Path(__file__).parent / "cases" / "natero").glob("*/*.json"))
    assert counts.keys() == {"track", "page", "identify", "group", "alias"}
    assert min(counts.values()) >= 15
