"""Several destinations and few places for requests: one that is slow, or hangs, holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Settlement
from mapper.delivery.report import Listener
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy, Target
from tests.delivery.kit import item, target
from tests.delivery.virtual import HANG, OK, Destination, VirtualClock, percentile, run_virtually

BATCH = BatchPolicy(max_events=10, max_wait=0.05)
SECONDS = 200
PLENTY = 5_000
"""More events than the ill one takes in that time."""


class Shops:
    """Two destinations, as one sender reaches them."""

    def __init__(self, ill: Destination) -> None:
        self.of = {"ill": ill, "well": Destination()}

    async def send(self, target: Target, content: bytes) -> Response:
        return await self.of[target.destination].send(target, content)


def waits(ill: Destination, *, plenty: int = PLENTY, concurrency: int = 8) -> list[float]:
    """Seconds that each event takes of those which come one by one for a destination that is well, while very many
    wait for one that is not."""
    born: dict[int, float] = {}
    waited: list[float] = []
    clock = VirtualClock()

    def settled(settlement: Settlement) -> None:
        if settlement.item.id in born:
            waited.append(clock.now() - born[settlement.item.id])

    async def scenario() -> None:
        queue, stop = MemoryQueue(capacity=1_000_000), asyncio.Event()
        targets = [target("http://x", destination=name, batch=BATCH, retry=RetryPolicy()) for name in ("ill", "well")]
        delivering = asyncio.create_task(
            deliver(
                queue,
                {(made.destination, made.name): made for made in targets},
                sender=Shops(ill),
                clock=clock,
                listener=Listener(on_settled=settled, mask=str),
                concurrency=concurrency,
                stop=stop,
            )
        )
        if plenty:
            await queue.put([item(number, destination="ill") for number in range(plenty)])
        for number in range(plenty, plenty + SECONDS):
            await asyncio.sleep(1.0)
            born[number] = clock.now()
            await queue.put([item(number, destination="well")])
        await asyncio.sleep(1.0)
        stop.set()
        await delivering

    run_virtually(scenario())
    return waited + [float("inf")] * (SECONDS - len(waited))


ILL: dict[str, Callable[[], Destination]] = {
    "hangs": lambda: Destination(lambda numbers, at_once: HANG),
    "slow": lambda: Destination(lambda numbers, at_once: OK, latency=25.0),
    "busy": lambda: Destination(lambda numbers, at_once: OK, latency=3.0),
}


@pytest.mark.parametrize("ill", ILL.values(), ids=ILL)
def test_those_who_are_well_do_not_wait_for_one_who_is_not(ill: Callable[[], Destination]) -> None:
    undisturbed = waits(Destination(), plenty=0)
    assert percentile(waits(ill()), 0.99) < 2 * percentile(undisturbed, 0.99)


def test_at_a_single_place_they_take_turns() -> None:
    ill = Destination(latency=0.9)
    assert max(waits(ill, concurrency=1)) < 2.0
    assert len(ill.requests) > SECONDS / 2


def test_one_that_is_alone_in_having_something_gets_most_places() -> None:
    ill = Destination(latency=3.0)
    waits(ill)
    assert max(request.at_once for request in ill.requests) == 7
