from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.window import Window
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy
from tests.delivery.kit import KEY, Diary, item, target
from tests.delivery.virtual import OK, Destination, VirtualClock, run_virtually


def test_begins_with_all_that_is_allowed_and_halves() -> None:
    window = Window(8)
    sizes = []
    for now in range(5):
        sizes.append(window.size)
        window.cut(started=now, now=now + 0.5)
    assert sizes == [8, 4, 2, 1, 1]


def test_grows_by_one_for_each_round_trip_of_as_many_as_fit() -> None:
    window = Window(8)
    for now in range(3):
        window.cut(started=now, now=now + 0.5)
    sizes = []
    for _ in range(10):
        sizes.append(window.size)
        for _ in range(window.size):
            window.grow()
    assert sizes[:2] == [1, 2]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(sizes))
    assert sizes[-1] == 8


def test_what_was_under_way_at_a_cut_cuts_no_more() -> None:
    window = Window(16)
    for started in (0.0, 0.1, 0.9):
        window.cut(started=started, now=1.0)
    assert window.size == 8
    window.cut(started=1.0, now=2.0)
    assert window.size == 4


@given(st.integers(1, 256), st.lists(st.one_of(st.none(), st.tuples(st.floats(0, 1e6), st.floats(0, 60)))))
def test_stays_between_one_and_the_most(most: int, events: list[tuple[float, float] | None]) -> None:
    window = Window(most)
    for event in events:
        before = window.size
        if event is None:
            window.grow()
            assert before <= window.size <= min(before + 1, most)
        else:
            window.cut(event[0], event[0] + event[1])
            assert max(1, before // 2) <= window.size <= before


def test_finds_what_a_destination_bears() -> None:
    """It takes 6 requests at a time and turns down more, which costs no attempt and no event."""

    def answer(numbers: list[int], at_once: int) -> Response:
        return OK if at_once <= 6 else Response(status=429, headers={"retry-after": "0"})

    destination = Destination(answer, latency=0.1)
    diary = Diary()

    async def scenario() -> None:
        queue = MemoryQueue(capacity=40_000)
        await queue.put([item(n) for n in range(30_000)])
        queue.close()
        made = target("http://x", batch=BatchPolicy(max_events=10), retry=RetryPolicy())
        await deliver(
            queue, {KEY: made}, sender=destination, clock=VirtualClock(), listener=diary.listener, concurrency=64
        )

    run_virtually(scenario())
    assert sorted(destination.numbers) == list(range(30_000))
    assert {settlement.attempts for settlement in diary.settled} == {1}
    later = destination.requests[len(destination.requests) // 4 :]
    assert sum(request.response is not OK for request in later) < 0.05 * len(later)
    assert sum(request.at_once for request in later) / len(later) > 3
