"""How long is waited for company, and tried, in virtual time: to the second, whatever else the machine does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Counts, Item
from mapper.delivery.report import Report
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy
from tests.delivery.kit import KEY, Diary, item, target
from tests.delivery.virtual import Destination, VirtualClock, run_virtually


class Stage:
    """A worker, its destination, and what was told."""

    def __init__(self, destination: Destination, **policies: Any) -> None:
        self.destination = destination
        self.queue = MemoryQueue()
        self.diary = Diary()
        self.ended = 0.0
        self._target = target("http://x", **policies)

    def play(self, items: Sequence[Item], **options: Any) -> Report:
        """Deliver items that are all there from the start."""

        async def scenario() -> Report:
            await self.queue.put(items)
            self.queue.close()
            return await self.deliver(**options)

        return run_virtually(scenario())

    async def deliver(self, **options: Any) -> Report:
        """Deliver until the queue is closed and empty."""
        clock = VirtualClock()
        report = await deliver(
            self.queue,
            {KEY: self._target},
            sender=self.destination,
            clock=clock,
            listener=self.diary.listener,
            **options,
        )
        self.ended = clock.now()
        return report


def test_a_batch_waits_for_company_only_as_long_as_it_may() -> None:
    stage = Stage(Destination(), batch=BatchPolicy(max_events=5, max_wait=2.0))

    async def scenario() -> None:
        worker = asyncio.create_task(stage.deliver())
        for number in range(7):
            await stage.queue.put([item(number)])
            await asyncio.sleep(0.1)
        await asyncio.sleep(10.0)
        stage.queue.close()
        assert await worker == Report()

    run_virtually(scenario())
    assert [(round(request.at, 2), len(request.numbers)) for request in stage.destination.requests] == [
        (0.4, 5),
        (2.5, 2),
    ]


def test_what_fails_too_long_expires() -> None:
    def answer(numbers: list[int], _: int) -> Response:
        return Response(status=500, body=b"broken") if 1 in numbers else Response(status=200)

    stage = Stage(Destination(answer), batch=BatchPolicy(max_events=1), retry=RetryPolicy(window=20.0, cap=4.0))
    stage.play([item(1, "a"), item(2, "a")])
    death = stage.diary.death(1)
    assert (death.reason, death.status, death.excerpt) == ("expired", 500, "broken")
    assert death.because == "not delivered within 20 s; the last answer: HTTP 500"
    assert death.attempts == sum(1 in request.numbers for request in stage.destination.requests) > 3
    assert stage.diary.of(2).outcome == "delivered"
    assert stage.destination.requests[-1].at < 20.0 + 4.0


def test_no_success_for_too_long_gives_up() -> None:
    stage = Stage(Destination(lambda *_: Response(status=None, error="connection refused"), latency=0.0))
    report = stage.play([item(n, f"lane {n}") for n in range(30)], give_up_after=20.0)
    assert stage.ended == 20.0
    (pause,) = report.pauses
    assert (pause.kind, pause.advice) == ("gave_up", "try again later: what is pending was not lost")
    assert stage.queue.counts() == Counts(waiting=30, leased=0)
    assert {trouble.because for trouble in stage.diary.troubles} == {"connection refused"}


def test_giving_up_does_not_wait_for_a_long_retry_after() -> None:
    stage = Stage(
        Destination(lambda *_: Response(status=429, headers={"retry-after": "10000"}), latency=0.0),
        retry=RetryPolicy(cap=10_000.0),
    )
    report = stage.play([item(1)], give_up_after=100.0)
    assert [pause.kind for pause in report.pauses] == ["gave_up"]
    assert (stage.ended, len(stage.destination.requests)) == (100.0, 1)
