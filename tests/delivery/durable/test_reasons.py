"""Reasons that name a value of the call are many: the ledger keeps a thousand, and counts the others together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec

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


def test_nothing_of_a_call_is_in_the_ledger_and_what_is_replayed_is_taken_back(tmp_path: Path) -> None:
    cause = "v breaks the request's schema"
    letters = [
        msgspec.structs.replace(letter(number), kind="unmappable", because=f"{cause}: {number} is too great")
        for number in range(3)
    ]

    async def scenario() -> None:
        process = Process(tmp_path / "q.db", HandClock())
        await process.queue.accept(Arrival(lines=3, read=3, letters=letters))
        assert process.queue.ledger["unmappable", cause] == 3
        await process.queue.accept(Arrival(replayed=[1, 2]))
        assert process.queue.ledger["unmappable", cause] == 1
        process.end()

    run(scenario())
    found = view(tmp_path / "q.db")
    assert {entry: results for entry, results in found.ledger.items() if entry[1]} == {("unmappable", cause): 1}
    assert found.letters == 1
