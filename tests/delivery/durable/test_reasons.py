"""Reasons that name a value of the call are many: the ledger keeps a thousand, and counts the others together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mapper.app.standing import standing
from mapper.delivery.durable.view import view
from mapper.delivery.queue import Arrival
from tests.delivery.durable.kit import HandClock, Process, letter
from tests.delivery.kit import run


def test_the_ledger_stays_small_and_balances(tmp_path: Path) -> None:
    async def scenario() -> Counter[tuple[str, str]]:
        process = Process(tmp_path / "q.db", HandClock())
        for first in range(0, 1_500, 100):
            skipped = {f"skipped for {number}": 1 for number in range(first, first + 100)}
            letters = [letter(number) for number in range(3)]
            await process.queue.accept(Arrival(lines=103, read=103, skipped=skipped, letters=letters))
        ledger = process.queue.ledger
        process.end()
        return ledger

    ledger = run(scenario())
    assert len(ledger) <= 1_002
    assert ledger["skipped", "other reasons"] > 400
    found = view(tmp_path / "q.db")
    assert +ledger == found.ledger
    stands = standing(found.ledger, found.pending)
    assert stands.balances
    assert stands.totals["skipped"] == 1_500
    assert stands.read == 1_545
