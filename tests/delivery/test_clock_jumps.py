"""The wall clock is put wrong in the middle of a run: an hour, a day, forth and back."""

from __future__ import annotations

from email.utils import formatdate
from pathlib import Path

import pytest

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Queue
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy
from tests.delivery.kit import KEY, WALL, Diary, item, target
from tests.delivery.virtual import OK, Destination, VirtualClock, in_file, run_virtually

JUMPS = [-86_400.0, -3600.0, 3600.0, 86_400.0]
JUMP_AT = 100.0


class Weather:
    """Ill for ten minutes, in turn: 500, 429 that names a date, 503, 429 that names seconds."""

    def __init__(self, clock: VirtualClock, jump: float, *, dated: bool) -> None:
        self.clock = clock
        self.jump = jump
        self.dated = dated
        self.count = 0

    def __call__(self, numbers: list[int], at_once: int) -> Response:
        now = self.clock.now()
        self.clock.shift = self.jump if now >= JUMP_AT else 0.0
        self.count += 1
        if now >= 600:
            return OK
        headers = {"date": formatdate(WALL + now, usegmt=True)} if self.dated else {}
        match self.count % 4:
            case 0:
                return Response(status=500, headers=headers)
            case 1:
                until = formatdate(WALL + now + 20, usegmt=True)
                return Response(status=429, headers={"retry-after": until, **headers})
            case 2:
                return Response(status=503, headers=headers)
            case _:
                return Response(status=429, headers={"retry-after": "15", **headers})


def delivered(jump: float, *, dated: bool, path: Path | None = None) -> Destination:
    clock, diary = VirtualClock(), Diary()
    destination = Destination(Weather(clock, jump, dated=dated))

    async def scenario() -> None:
        queue: Queue = in_file(path, clock) if path else MemoryQueue()
        await queue.put([item(n, f"lane {n % 40}") for n in range(1, 401)])
        queue.close()
        made = target("http://x", batch=BatchPolicy(max_events=10, max_wait=1.0), retry=RetryPolicy())
        await deliver(queue, {KEY: made}, sender=destination, clock=clock, listener=diary.listener)

    run_virtually(scenario())
    assert diary.ids("delivered") == list(range(1, 401))
    return destination


def told(destination: Destination) -> list[tuple[float, list[int], Response]]:
    """What came when. Which of several requests of one moment comes first is up to the thread that writes the file."""
    return sorted(
        ((each.at, each.numbers, each.response) for each in destination.requests), key=lambda found: found[:2]
    )


QUEUES = pytest.mark.parametrize("durable", [False, True], ids=["memory", "file"])


@pytest.mark.parametrize("jump", JUMPS)
@QUEUES
def test_changes_nothing_where_answers_have_a_date(jump: float, durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "q.db" if durable else None
    assert told(delivered(jump, dated=True, path=path)) == told(delivered(0.0, dated=True))


@pytest.mark.parametrize("jump", JUMPS)
@QUEUES
def test_is_no_storm_and_no_stall_where_they_have_none(jump: float, durable: bool, tmp_path: Path) -> None:
    path = tmp_path / "q.db" if durable else None
    destination, undisturbed = delivered(jump, dated=False, path=path), delivered(0.0, dated=False)
    ill = [request for request in destination.requests if request.response is not OK]
    assert len(ill) < 2 * sum(request.response is not OK for request in undisturbed.requests)
    assert max(destination.gaps) <= RetryPolicy().cap + 1
    assert destination.requests[-1].at <= 600 + 2 * RetryPolicy().cap
