"""Which calls a run maps, and how it counts the others."""

from __future__ import annotations

from collections import Counter

import pytest

from mapper.app.ledger import Ledger
from mapper.app.mapping import Selection, left_out, map_lines
from mapper.base.json import encode
from mapper.records.line import Line
from mapper.records.result import Result, Skipped


@pytest.mark.parametrize(("only", "out"), [({"track"}, 1), ({"page", "alias"}, 3), (set(), 0)])
def test_what_a_selection_leaves_out_is_told_from_what_a_mapping_skips(only: set[str], out: int) -> None:
    lines = [
        Line(raw=encode({"type": kind}), number=at, file="in") for at, kind in enumerate(["track", "track", "group"])
    ]
    ledger = Ledger()
    for _, result in map_lines(_skip, lines, Selection(only=frozenset(only))):
        ledger.count(result)
    assert left_out(ledger.skipped) == out
    assert ledger.skipped["a guard"] == 3 - out


def test_what_earlier_runs_on_a_queue_left_out_counts_too() -> None:
    reasons = (Selection(only=frozenset(only)).reason for only in ({"page"}, {"alias", "page"}))
    assert left_out(Counter(reasons)) == 2


def _skip(lines: object) -> list[Result]:
    types = ("track", "track", "group")
    return [
        Skipped(index=at, message_id=None, type=kind, destination="acme", mapping=None, reason="a guard")
        for at, kind in enumerate(types)
    ]
