"""Reasons in the ledger of a run: one line for all calls that lack the same."""

from __future__ import annotations

from mapper.app.ledger import Ledger
from mapper.records.result import Unmappable


def test_calls_that_lack_the_same_count_together_and_can_be_taken_back() -> None:
    reasons = [f'v breaks the request\'s schema: {n} is not of type "string"' for n in range(1000)]
    ledger = Ledger()
    for reason in reasons:
        ledger.count(
            Unmappable(index=0, message_id=None, type="track", destination="acme", mapping="track", reason=reason)
        )
    assert ledger.reasons == {("unmappable", "v breaks the request's schema"): 1000}
    for reason in reasons[1:]:
        ledger.exhume("unmappable", reason)
    assert ledger.reasons == {("unmappable", "v breaks the request's schema"): 1}
    assert (ledger.read, ledger.total_dead) == (1, 1)
