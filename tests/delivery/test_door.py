"""The circuit breaker: alone, and at work."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.door import TRIP, Door
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.report import Listener
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy
from tests.delivery.kit import KEY, Diary, item, target
from tests.delivery.virtual import HANG, OK, Destination, VirtualClock, run_virtually

POLICY = RetryPolicy(base=1.0, cap=300.0)


def door(concurrency: int = 8) -> Door:
    return Door(target("http://x", retry=POLICY), concurrency)


def tripped() -> Door:
    """Failed often enough, at second 10."""
    made = door()
    for _ in range(TRIP):
        made.failed(started=9.0, now=10.0, random=0.5)
    return made


def test_opens_after_failures_on_end_and_then_lets_one_through() -> None:
    made = door()
    for _ in range(TRIP - 1):
        made.failed(started=9.0, now=10.0, random=0.5)
        assert made.state(10.0) == "closed"
    made.failed(started=9.0, now=10.0, random=0.5)
    assert (made.state(10.0), made.not_before) == ("open", 10.5)
    assert (made.state(10.5), made.kinds()) == ("half-open", [False, True])
    made.count(1, apart=False)
    assert made.kinds() == []


def test_one_success_closes_it() -> None:
    made = tripped()
    made.succeeded()
    assert (made.state(10.5), made.kinds(), made.failing_since) == ("closed", [True, False], None)


def test_a_success_between_failures_keeps_it_closed() -> None:
    made = door()
    for _ in range(3 * TRIP):
        made.failed(started=9.0, now=10.0, random=0.5)
        made.succeeded()
    assert made.state(10.0) == "closed"


def test_each_failed_probe_opens_it_for_longer_up_to_the_cap() -> None:
    made, now, waits = tripped(), 10.5, []
    for _ in range(12):
        made.failed(started=now, now=now + 1, random=0.5)
        waits.append(made.not_before - now - 1)
        now = made.not_before
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 150, 150, 150, 150]


def test_what_was_under_way_when_it_opened_is_no_news() -> None:
    made = tripped()
    for _ in range(20):
        made.failed(started=9.9, now=10.1, random=0.5)
    assert made.not_before == 10.5


def test_time_outs_and_throttling_narrow_it_but_other_failures_do_not() -> None:
    made = door()
    made.failed(started=1.0, now=2.0, random=0.5)
    assert made.concurrency == 8
    made.timed_out(started=3.0, now=4.0, random=0.5)
    assert made.concurrency == 4
    made.throttled(started=5.0, now=6.0, asked=3.0, random=0.5)
    assert (made.concurrency, made.not_before) == (2, 9.0)
    assert (made.state(8.0), made.state(9.0)) == ("open", "half-open")


@pytest.mark.parametrize(
    ("concurrency", "in_flight", "apart", "kinds"),
    [
        (8, 0, 0, [True, False]),
        (8, 7, 1, [True, False]),
        (8, 8, 1, [True]),
        (8, 7, 2, [False]),
        (8, 8, 2, []),
        (3, 0, 1, [False]),
        (1, 0, 0, [False, True]),
    ],
)
def test_those_apart_have_places_of_their_own(concurrency: int, in_flight: int, apart: int, kinds: list[bool]) -> None:
    made = door(concurrency)
    made.count(in_flight, apart=False)
    made.count(apart, apart=True)
    assert made.kinds() == kinds


def test_what_hangs_apart_tells_nothing_of_the_target_but_that_nothing_went_well() -> None:
    made = door()
    for now in range(3 * TRIP):
        made.hung_apart(now + 10.0)
    assert (made.state(50.0), made.concurrency, made.failing_since) == ("closed", 8, 10.0)


def test_a_probe_does_not_wait_for_what_hangs_apart() -> None:
    made = tripped()
    made.count(1, apart=True)
    assert made.kinds() == [False]


@pytest.mark.parametrize("asked", [0.0, 0.1])
def test_who_asks_for_hardly_any_time_gets_some(asked: float) -> None:
    made = door()
    assert made.throttled(started=1.0, now=2.0, asked=asked, random=0.5) == 0.5


@pytest.mark.parametrize("asked", [0.0, 0.1, None])
def test_who_asks_for_hardly_any_time_again_and_again_gets_more_and_more(asked: float | None) -> None:
    made, now, waits = door(), 1.0, []
    for _ in range(12):
        waits.append(made.throttled(started=now, now=now + 0.1, asked=asked, random=0.5))
        now += 0.1 + waits[-1]
    assert waits == pytest.approx([0.5 * min(2.0**number, 300.0) for number in range(12)])


def test_who_asks_for_some_time_gets_just_that() -> None:
    made = door()
    for now in range(0, 60, 6):
        assert made.throttled(started=now, now=now, asked=5.0, random=0.5) == pytest.approx(5.0)


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 1, exclude_max=True)), min_size=1))
def test_nothing_is_sent_before_the_latest_time_asked_for(asked: list[tuple[float, float]]) -> None:
    made = door()
    for now, (seconds, random) in enumerate(asked):
        made.throttled(started=now - 0.5, now=now, asked=seconds, random=random)
    assert made.not_before >= max(now + seconds for now, (seconds, _) in enumerate(asked))


@pytest.mark.parametrize("trouble", [Response(status=503), HANG, Response(status=None, error="connection refused")])
def test_who_waits_behind_a_dead_destination_loses_no_attempt(trouble: Response) -> None:
    """It is away for an hour. 2,000 events wait; each failed request costs an attempt to those in it, nobody else."""
    destination = Destination(lambda numbers, at_once: trouble if clock.now() < 3600 else OK)
    clock, diary = VirtualClock(), Diary()

    async def scenario() -> None:
        queue = MemoryQueue(capacity=2_000)
        await queue.put([item(n, f"lane {n}") for n in range(2_000)])
        queue.close()
        made = target("http://x", batch=BatchPolicy(max_events=1), retry=RetryPolicy())
        await deliver(queue, {KEY: made}, sender=destination, clock=clock, listener=diary.listener)

    run_virtually(scenario())
    failed = [request for request in destination.requests if request.response is not OK]
    assert diary.ids("delivered") == list(range(2_000))
    assert len(failed) < 60, "a storm"
    assert sum(settlement.attempts for settlement in diary.settled) == 2_000 + len(failed)
    assert all(request.at_once == 1 for request in failed[8:])
    assert destination.requests[-1].at < 3600 + 2 * 300, "a stall"


def test_how_it_stands_can_be_looked_at_while_delivery_goes_on() -> None:
    """A destination that is away from second 10 to second 100, looked at each second."""
    clock, seen = VirtualClock(), list[tuple[float, str, int]]()
    destination = Destination(lambda numbers, at_once: HANG if 10 <= clock.now() < 100 else OK)
    doors: list[Door] = []

    async def scenario() -> None:
        queue = MemoryQueue()
        made = target("http://x", batch=BatchPolicy(max_events=1), retry=RetryPolicy(cap=8.0))
        listener = Listener(on_settled=lambda _: None, mask=str, on_doors=doors.extend)
        delivering = asyncio.create_task(
            deliver(queue, {KEY: made}, sender=destination, clock=clock, listener=listener)
        )
        for number in range(200):
            await queue.put([item(number)])
            await asyncio.sleep(1.0)
            (found,) = doors
            seen.append((clock.now(), found.state(clock.now()), found.concurrency))
        queue.close()
        await delivering

    run_virtually(scenario())
    assert {(state, most) for at, state, most in seen if at <= 10} == {("closed", 8)}
    assert {state for at, state, _ in seen if 60 < at < 100} == {"open", "half-open"}
    assert min(most for _, _, most in seen) < 4
    assert seen[-1][1:] == ("closed", 8)
