"""Rate limits: the bucket alone, and at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Counts, Item
from mapper.delivery.rate import Pace
from mapper.delivery.report import Report
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, RatePolicy, Response, RetryPolicy, Target
from tests.delivery.kit import KEY, Diary, item, target
from tests.delivery.virtual import OK, Destination, VirtualClock, run_virtually


def events(per_second: float) -> RatePolicy:
    return RatePolicy(unit="events", per_second=per_second)


def requests(per_second: float) -> RatePolicy:
    return RatePolicy(unit="requests", per_second=per_second)


def test_what_is_over_waits_its_turn() -> None:
    pace = Pace(events(100.0))
    assert [pace.take(60, 1, now=5.0) for _ in range(4)] == pytest.approx([5.0, 5.2, 5.8, 6.4])
    assert pace.free_at == pytest.approx(6.41)
    assert pace.take(50, 1, now=9.0) == 9.0


def test_requests_cost_one_whatever_they_hold() -> None:
    pace = Pace(requests(2.0))
    assert [pace.take(500, 1, now=1.0) for _ in range(4)] == [1.0, 1.0, 1.5, 2.0]
    assert pace.most_events is None


def test_less_than_one_a_second() -> None:
    pace = Pace(events(0.1))
    assert pace.most_events == 1
    assert pace.take(1, 1, now=0.0) == 0.0
    assert pace.free_at == 10.0


def test_no_limit() -> None:
    pace = Pace(None)
    assert (pace.take(10**9, 10**9, now=3.0), pace.free_at, pace.most_events) == (3.0, float("-inf"), None)


takes = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 50)), min_size=1, max_size=40)


@given(takes, st.floats(50, 1000))
def test_in_no_span_of_time_goes_more_than_the_bucket_holds_and_what_comes_meanwhile(
    work: list[tuple[float, int]], rate: float
) -> None:
    pace, now, sent = Pace(events(rate)), 0.0, list[tuple[float, int]]()
    for pause, count in work:
        now += pause
        sent.append((pace.take(count, 1, now), count))
    assert [at for at, _ in sent] == sorted(at for at, _ in sent)
    for first, (begin, _) in enumerate(sent):
        total = 0
        for end, count in sent[first:]:
            total += count
            assert total <= rate * (1 + end - begin) * (1 + 1e-9)


@given(takes, st.floats(0.01, 1000))
def test_nothing_waits_longer_than_what_was_taken_costs(work: list[tuple[float, int]], rate: float) -> None:
    pace, now, total = Pace(events(rate)), 0.0, 0
    for pause, count in work:
        now += pause
        total += count
        assert now <= pace.take(count, 1, now) <= now + total / rate


class Stage:
    """A queue, a worker and a destination in virtual time."""

    def __init__(self, rate: RatePolicy, *, batch: BatchPolicy | None = None) -> None:
        self.destination = Destination()
        self.diary = Diary()
        self.stop = asyncio.Event()
        self.queue = MemoryQueue()
        policy = batch or BatchPolicy(max_events=50, max_wait=0.0)
        self.target = Target(
            **{
                name: getattr(target("http://x", batch=policy, retry=RetryPolicy()), name)
                for name in Target.__slots__
                if name != "rate"
            },
            rate=rate,
        )

    async def deliver(self) -> Report:
        return await deliver(
            self.queue,
            {KEY: self.target},
            sender=self.destination,
            clock=VirtualClock(),
            listener=self.diary.listener,
            stop=self.stop,
        )

    def play(self, items: Sequence[Item]) -> None:
        async def scenario() -> None:
            await self.queue.put(items)
            self.queue.close()
            await self.deliver()

        run_virtually(scenario())


def most_within_a_second(destination: Destination, size: Callable[[list[int]], int]) -> int:
    sent = [(request.at, size(request.numbers)) for request in destination.requests]
    return max(sum(count for at, count in sent if begin <= at < begin + 1 - 1e-6) for begin, _ in sent)


def test_events_go_in_full_batches_at_the_rate_and_lose_no_attempt() -> None:
    stage = Stage(events(100.0))
    stage.play([item(n) for n in range(2_000)])
    assert {len(request.numbers) for request in stage.destination.requests} == {50}
    assert stage.destination.requests[-1].at == pytest.approx(19.0)  # a bucketful at once, then 100 each second
    assert most_within_a_second(stage.destination, len) <= 200
    assert {settlement.attempts for settlement in stage.diary.settled} == {1}
    assert len(stage.diary.settled) == 2_000


def test_requests_go_at_the_rate() -> None:
    stage = Stage(requests(5.0))
    stage.play([item(n) for n in range(2_000)])
    assert {len(request.numbers) for request in stage.destination.requests} == {50}
    assert stage.destination.requests[-1].at == pytest.approx(7.0)
    assert most_within_a_second(stage.destination, lambda _: 1) <= 10


def test_no_batch_is_greater_than_the_bucket() -> None:
    stage = Stage(events(20.0))
    stage.play([item(n) for n in range(100)])
    assert [len(request.numbers) for request in stage.destination.requests] == [20] * 5
    assert [request.at for request in stage.destination.requests] == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0])


def test_what_is_sent_again_counts_too() -> None:
    stage = Stage(events(64.0), batch=BatchPolicy(max_events=64))
    stage.destination.answer = lambda numbers, _: Response(status=400) if 17 in numbers else OK
    stage.play([item(n) for n in range(64)])
    sent = sum(len(request.numbers) for request in stage.destination.requests)
    assert stage.diary.ids("dead") == [17]
    assert most_within_a_second(stage.destination, len) <= 128
    assert stage.destination.requests[-1].at >= (sent - 64) / 64 - 0.5


def test_a_batch_that_bytes_split_counts_as_several_requests() -> None:
    stage = Stage(requests(1.0), batch=BatchPolicy(max_events=50, max_bytes=50, max_wait=0.0))
    stage.play([item(n) for n in range(25)])
    assert all(gap >= 1.0 - 1e-6 for gap in stage.destination.gaps[1:])
    assert stage.destination.numbers == list(range(25))


def test_who_keeps_below_the_rate_does_not_wait() -> None:
    stage = Stage(events(10.0), batch=BatchPolicy(max_events=50, max_wait=0.0))

    async def scenario() -> None:
        worker = asyncio.create_task(stage.deliver())
        for number in range(50):
            await stage.queue.put([item(number)])
            await asyncio.sleep(0.2)
        stage.queue.close()
        await worker

    run_virtually(scenario())
    assert [request.at for request in stage.destination.requests] == pytest.approx([0.2 * n for n in range(50)])


def bisected(end: Callable[[Stage], Coroutine[Any, Any, None]]) -> Stage:
    """One request an hour, and a batch whose halves have to wait for theirs when `end` comes."""
    stage = Stage(requests(1 / 3600))
    stage.destination.answer = lambda numbers, _: Response(status=400)

    async def scenario() -> float:
        await stage.queue.put([item(n) for n in range(8)])
        worker = asyncio.create_task(stage.deliver())
        await asyncio.sleep(1000.0)
        await end(stage)
        await worker
        return asyncio.get_running_loop().time()

    assert run_virtually(scenario()) < 1001.0
    return stage


def test_a_stop_does_not_wait_for_the_rate() -> None:
    async def end(stage: Stage) -> None:
        stage.stop.set()

    stage = bisected(end)
    assert len(stage.destination.requests) == 1
    assert stage.queue.counts() == Counts(waiting=8, leased=0)


def test_two_targets_do_not_wait_for_one_another() -> None:
    slow, quick = Stage(requests(0.1)), target("http://y", name="other", batch=BatchPolicy(max_events=1))

    async def scenario() -> None:
        await slow.queue.put([item(n, name="other" if n % 2 else "event") for n in range(400)])
        slow.queue.close()
        await deliver(
            slow.queue,
            {KEY: slow.target, ("shop", "other"): quick},
            sender=slow.destination,
            clock=VirtualClock(),
            listener=slow.diary.listener,
            concurrency=2,
        )

    run_virtually(scenario())
    of_quick = [request.at for request in slow.destination.requests if request.numbers[0] % 2]
    assert len(of_quick) == 200
    assert of_quick[-1] < 12.0
    assert slow.destination.requests[-1].at == pytest.approx(30.0)


def test_what_is_given_back_costs_nothing() -> None:
    """Five batches by bytes; the first answer closes the door for two seconds, and the others are not charged for."""
    stage = Stage(requests(1.0), batch=BatchPolicy(max_events=50, max_bytes=50, max_wait=0.0))
    replies = iter([Response(status=429, headers={"retry-after": "2"})])
    stage.destination.answer = lambda numbers, _: next(replies, OK)
    stage.play([item(n) for n in range(25)])
    first, second, *_ = stage.destination.requests
    assert second.at - first.at == pytest.approx(2.05)
    assert stage.destination.numbers == list(range(25))
