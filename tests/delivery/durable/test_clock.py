"""Between two processes the wall clock may have been set: no item waits longer than it was to wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.durable.kit import HandClock, Process, sent
from tests.delivery.kit import KEY, WALL, item, run
from tests.delivery.queue_contract import lease

HOUR, DAY = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("jump", "at_once", "due"),
    [(0.0, [2], 50.0), (-HOUR, [2], 60.0), (-DAY, [2], 60.0), (HOUR, [1, 2], None), (DAY, [1, 2], None)],
)
def test_what_waits_when_the_clock_jumps(tmp_path: Path, jump: float, at_once: list[int], due: float | None) -> None:
    """An item that failed for two hours is to wait for 60 seconds; the next process starts 10 seconds later."""

    async def scenario() -> None:
        clock = HandClock(zero=WALL - 3 * HOUR)
        before = Process(tmp_path / "q.db", clock)
        await before.queue.put([item(1), item(2)])
        failed = await lease(before.queue, 1)
        back = sent(failed.items[0], 4, clock.now() - 2 * HOUR, clock.now() + 60)
        await before.queue.give_back(failed, [back])
        before.die()

        start = WALL + 10 + jump
        after = Process(tmp_path / "q.db", HandClock(start, zero=start))
        found = await lease(after.queue, now=0.0)
        assert [each.id for each in found.items] == at_once
        assert await after.queue.next_due(KEY) == due
        again = found if due is None else await lease(after.queue, now=due)
        assert again.items[0].attempts == 4
        assert again.items[0].first_attempt_at == -2 * HOUR, "while nothing ran no time passed"
        after.end()

    run(scenario())
