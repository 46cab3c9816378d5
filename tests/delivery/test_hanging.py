"""Requests that hold an event of one account hang, and everything else goes well."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import pytest

from mapper.delivery.apart import company_after, slots
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Queue, Settlement
from mapper.delivery.report import Listener, Trouble
from mapper.delivery.send import HttpSender
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, Response, RetryPolicy, Target
from tests.delivery.durable.kit import quick_folder
from tests.delivery.kit import KEY, Diary, FastClock, item, run, target
from tests.delivery.virtual import HANG, OK, Destination, Request, VirtualClock, in_file, percentile, run_virtually
from tests.support.awaiting import PATIENCE
from tests.support.sandbox import running_sandbox

LANES = 400
PER_SECOND = 100
BATCH = BatchPolicy(max_events=20, max_wait=0.05)
TIME_OUT = RetryPolicy().total_timeout


def test_a_batch_falls_into_small_parts_and_soon_into_single_events() -> None:
    assert [company_after(count) for count in (1000, 500, 32, 31, 1)] == [62, 31, 2, 1, 1]
    assert [slots(concurrency) for concurrency in (1, 2, 4, 8, 256)] == [1, 1, 1, 2, 64]


class Play:
    """100 events a second in lanes at random, and what became of them.

    Args:
        hanging: Numbers of the lanes whose events make a request hang.
        until: Second from which on they don't any more.
        path: Where to keep the queue; None: in memory.
    """

    def __init__(
        self,
        hanging: Collection[int],
        *,
        seconds: float = 80.0,
        until: float = 1e9,
        batch: BatchPolicy = BATCH,
        path: Path | None = None,
    ) -> None:
        self.lane: dict[int, int] = {}
        self.born: dict[int, float] = {}
        self.settled: dict[int, Settlement] = {}
        self.settled_at: dict[int, float] = {}
        self._hanging = hanging
        self._until = until
        self._clock = VirtualClock()
        self.destination = Destination(self._answer, latency=0.1)
        run_virtually(self._run(seconds, batch, path))

    def _answer(self, numbers: list[int], at_once: int) -> Response:
        ill = self._clock.now() < self._until and any(self.lane[number] in self._hanging for number in numbers)
        return HANG if ill else OK

    async def _run(self, seconds: float, batch: BatchPolicy, path: Path | None) -> None:
        queue: Queue = in_file(path, self._clock) if path else MemoryQueue(capacity=1_000_000)
        stop = asyncio.Event()
        made = target("http://x", batch=batch, retry=RetryPolicy())
        delivering = asyncio.create_task(
            deliver(
                queue,
                {KEY: made},
                sender=self.destination,
                clock=self._clock,
                listener=Listener(on_settled=self._settle, mask=str),
                stop=stop,
            )
        )
        chance = random.Random(1)
        for number in range(1, int(PER_SECOND * seconds) + 1):
            self.lane[number], self.born[number] = chance.randrange(LANES), self._clock.now()
            await queue.put([item(number, f"lane {self.lane[number]}")])
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.sleep(5.0)
        stop.set()
        await delivering

    def _settle(self, settlement: Settlement) -> None:
        self.settled[settlement.item.id] = settlement
        self.settled_at[settlement.item.id] = self._clock.now()

    @property
    def hung(self) -> list[Request]:
        return [request for request in self.destination.requests if request.response is HANG]

    @property
    def touched(self) -> set[int]:
        """Lanes that were in a request which hung."""
        return {self.lane[number] for request in self.hung for number in request.numbers}

    def latencies(self, lanes: Collection[int], since: float = 0.0) -> list[float]:
        """Seconds from arrival to settlement; for ever where there is none."""
        numbers = [number for number, lane in self.lane.items() if lane in lanes and self.born[number] >= since]
        return [self.settled_at.get(number, float("inf")) - self.born[number] for number in numbers]


EVERYBODY = range(LANES)


def test_one_hanging_key_delays_nobody_who_was_not_in_a_batch_with_it() -> None:
    expect_no_delay(Play([7]), Play([]))


@pytest.mark.long
def test_nor_where_the_queue_is_in_a_file() -> None:
    with quick_folder() as folder:
        plays = [Play(hanging, path=Path(folder) / f"{len(hanging)}.db") for hanging in ([7], [])]
    expect_no_delay(*plays)


def expect_no_delay(play: Play, undisturbed: Play) -> None:
    untouched = set(EVERYBODY) - play.touched
    assert len(untouched) > 0.9 * LANES
    assert percentile(play.latencies(untouched), 0.99) < 2 * percentile(undisturbed.latencies(EVERYBODY), 0.99)
    assert {play.settled[number].attempts for number, lane in play.lane.items() if lane in untouched} == {1}


def test_after_the_first_time_out_its_batch_is_split_and_neighbours_are_soon_free() -> None:
    play = Play([7], batch=BatchPolicy(max_events=200, max_wait=0.5))
    first, second, *others = [len(request.numbers) for request in play.hung]
    assert first > 32
    assert 1 < second <= company_after(first)
    assert set(others) == {1}
    neighbours = play.touched - {7}
    assert max(play.latencies(neighbours)) < 2 * TIME_OUT + 4
    assert max(play.latencies(neighbours, since=2 * TIME_OUT + 4)) < 1.5
    assert max(play.settled[n].attempts for n, lane in play.lane.items() if lane in neighbours) <= 3
    assert len(play.hung) < 12, "a storm"


def test_once_it_answers_everything_is_there_in_order() -> None:
    play = Play([7], until=60.0, seconds=160.0)
    arrived = defaultdict(list)
    for number in play.destination.numbers:
        arrived[play.lane[number]].append(number)
    assert len(play.destination.numbers) == len(play.lane)
    assert all(numbers == sorted(numbers) for numbers in arrived.values())


@pytest.mark.long
def test_many_hanging_keys_are_found_and_then_delay_no_others() -> None:
    """5% of all keys, so that at first all requests in flight hang."""
    hanging = set(range(0, LANES, 20))
    play = Play(hanging, seconds=200.0)
    others = set(EVERYBODY) - play.touched
    assert max(play.latencies(others)) > TIME_OUT
    assert len(others) > 0.25 * LANES
    assert percentile(play.latencies(others, since=100.0), 0.99) < 0.4


def event(user: str, account: str, number: int) -> bytes:
    text = '{"action":"feature","user_id":"%s","account_id":"%s","created_at":%d,"feature":"F"}'
    return (text % (user, account, 1_700_000_000_000 + number)).encode()


class Aimed:
    """A sender for whom only what hangs is ever too late, and that not before it was seen that nobody else waits."""

    def __init__(self, sender: HttpSender, nobody_waits: Callable[[], bool]) -> None:
        self._sender = sender
        self._nobody_waits = nobody_waits

    async def send(self, made: Target, content: bytes) -> Response:
        if b'"stuck"' in content and self._nobody_waits():
            return await self._sender.send(made, content)
        patient = replace(made, retry=RetryPolicy(connect_timeout=PATIENCE, total_timeout=PATIENCE))
        sending = asyncio.create_task(self._sender.send(patient, content))
        while not sending.done():
            if b'"stuck"' in content and self._nobody_waits():
                sending.cancel()
                return HANG
            await asyncio.sleep(0.01)
        return sending.result()


@pytest.mark.long
def test_a_hanging_account_of_the_sandbox() -> None:
    """One user of 400 is of the account that hangs. Who shares no batch with it does not wait; in the end all arrive.

    100 users fit into a batch, and each has three events, of which only one batch at a time may have some.
    """
    users = [f"u{number % 400}" for number in range(1200)]
    items = [
        item(number, user, body=event(user, "stuck" if user == "u7" else "fine", number))
        for number, user in enumerate(users)
    ]
    stuck = {number for number, user in enumerate(users) if user == "u7"}
    elsewhere = {number for number in range(1200) if number % 400 >= 100}
    early: list[set[int]] = []
    diary = Diary()

    def done() -> bool:
        return elsewhere <= set(diary.ids("delivered"))

    def on_trouble(trouble: Trouble) -> None:
        diary.troubles.append(trouble)
        early.append(set(diary.ids("delivered")))

    async def scenario(made: Target, recover: Callable[[], object]) -> None:
        queue = MemoryQueue()
        await queue.put(items)
        queue.close()
        listener = Listener(on_settled=diary.settled.append, on_trouble=on_trouble, mask=str)
        async with HttpSender() as sender:
            delivering = asyncio.create_task(
                deliver(queue, {KEY: made}, sender=Aimed(sender, done), clock=FastClock(1.0), listener=listener)
            )
            while len(diary.settled) < len(items) - len(stuck):
                await asyncio.sleep(0.01)
            assert stuck.isdisjoint(diary.ids("delivered"))
            await asyncio.to_thread(recover)
            await delivering

    with running_sandbox() as sandbox:
        sandbox.fault({"match": {"account_id": "stuck"}, "hang": True})
        keys = sandbox.settings
        made = target(
            f"{sandbox.base_url}/v1/{keys['authKey']}/{keys['sendKey']}",
            batch=BatchPolicy(max_events=100, max_wait=0.0),
            retry=RetryPolicy(base=0.1, cap=0.5, connect_timeout=1.5, total_timeout=1.5),
        )
        run(scenario(made, lambda: sandbox.client.delete("/faults")))
        received = sandbox.events
    by_user = defaultdict(list)
    for each in received:
        by_user[each["user_id"]].append(each["created_at"] - 1_700_000_000_000)
    assert {number for numbers in by_user.values() for number in numbers} == set(range(1200))
    assert all(numbers == sorted(set(numbers)) for numbers in by_user.values())
    assert elsewhere <= early[0], "they waited for the time-out"
    assert [trouble.because for trouble in diary.troubles] == ["timed out"] * len(early)
    first, second, *_ = [trouble.events for trouble in diary.troubles]
    assert (first, second) == (100, company_after(100))
    assert {settlement.attempts for settlement in diary.settled if settlement.item.id in elsewhere} == {1}
