"""What whoever watches is told of the end of a request."""

from __future__ import annotations

import msgspec
import pytest

from mapper.app.tail_entries import entry_of
from mapper.delivery.queue import Dead, Delivered, Settlement, WaitedInVain
from tests.delivery.kit import item

ONE = msgspec.structs.replace(item(7, name="users", after=3), attempts=2)


@pytest.mark.parametrize(
    ("settlement", "outcome", "reason", "because", "status", "attempts"),
    [
        (Delivered(item=ONE, attempts=3, status=202), "delivered", None, None, 202, 3),
        (Dead(item=ONE, reason="expired", because="old", attempts=4, status=500), "dead", "expired", "old", 500, 4),
        (WaitedInVain(item=ONE), "skipped", None, "waited for first, which could not be delivered", None, 2),
    ],
)  # fmt: skip
def test_each_end_is_an_entry(
    settlement: Settlement, outcome: str, reason: str | None, because: str | None, status: int | None, attempts: int
) -> None:
    entry = entry_of(settlement, 1_000)
    assert (entry.outcome, entry.reason, entry.because) == (outcome, reason, because)
    assert (entry.status, entry.attempts, entry.request) == (status, attempts, "users")
