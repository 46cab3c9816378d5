"""How delivery waits for company, and how it ends early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mapper.base.clock import Clock
from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Counts, QueueClosedError, Settlement
from mapper.delivery.report import Listener, Report
from mapper.delivery.send import HttpSender
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy, RetryPolicy
from tests.delivery.kit import KEY, Diary, FastClock, item, run, target
from tests.delivery.scripted import Received, Reply, Script, Server, scripted


class Stage:
    """A worker under way, with a queue still open."""

    def __init__(self, url: str, *, batch: BatchPolicy | None = None, retry: RetryPolicy | None = None) -> None:
        self.queue = MemoryQueue(capacity=50)
        self.diary = Diary()
        self.stop = asyncio.Event()
        self.target = target(url, batch=batch, retry=retry)

    async def deliver(
        self,
        clock: Clock | None = None,
        *,
        listener: Listener | None = None,
        give_up_after: float | None = None,
        grace: float = 30_000.0,
        concurrency: int = 8,
    ) -> Report:
        async with HttpSender() as sender:
            return await deliver(
                self.queue,
                {KEY: self.target},
                sender=sender,
                clock=clock or FastClock(),
                listener=listener or self.diary.listener,
                stop=self.stop,
                give_up_after=give_up_after,
                grace=grace,
                concurrency=concurrency,
            )


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_the_last_batch_does_not_wait() -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply()) as server:
            stage = Stage(server.url, batch=BatchPolicy(max_events=5, max_wait=1e9))
            worker = asyncio.create_task(stage.deliver())
            await stage.queue.put([item(1)])
            await asyncio.sleep(0.05)
            assert server.received == []
            stage.queue.close()
            await worker
            assert server.numbers == [1]

    run(scenario())


def test_a_producer_waits_for_the_destination() -> None:
    async def scenario() -> None:
        most = 0
        async with scripted(lambda _: Reply(wait=0.005)) as server:
            stage = Stage(server.url, batch=BatchPolicy(max_events=100, max_wait=1e9))
            worker = asyncio.create_task(stage.deliver())
            for number in range(0, 1000, 10):
                await stage.queue.put([item(n) for n in range(number, number + 10)])
                most = max(most, stage.queue.counts().pending)
            stage.queue.close()
            await worker
            assert sorted(server.numbers) == list(range(1000))
        assert most <= 60

    run(scenario())


def test_a_producer_that_waits_for_a_paused_destination_is_set_free() -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply(401)) as server:
            stage = Stage(server.url)

            async def produce() -> None:
                for number in range(1000):
                    await stage.queue.put([item(number)])

            producer = asyncio.create_task(produce())
            report = await stage.deliver()
            assert [pause.kind for pause in report.pauses] == ["misconfigured"]
            stage.queue.close()
            with pytest.raises(QueueClosedError):
                await producer
            assert stage.diary.settled == []

    run(scenario())


def test_stop_lets_requests_in_flight_end_and_starts_no_more() -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply(held=lambda: not stage.stop.is_set())) as server:
            stage = Stage(server.url, batch=BatchPolicy(max_events=10))
            await stage.queue.put([item(n) for n in range(45)])
            worker = asyncio.create_task(stage.deliver(concurrency=2))
            await until(lambda: server.at_once == 2)
            stage.stop.set()
            assert await worker == Report(stopped=True)
            assert len(server.received) == 2
            assert stage.diary.ids("delivered") == list(range(20))
            assert stage.queue.counts() == Counts(waiting=25, leased=0)

    run(scenario())


def test_stop_waits_no_longer_than_its_grace() -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply(fault="hang")) as server:
            stage = Stage(server.url)
            await stage.queue.put([item(n) for n in range(5)])
            worker = asyncio.create_task(stage.deliver(grace=50.0))
            stage.queue.close()
            await until(lambda: server.at_once == 1)
            stage.stop.set()
            assert await worker == Report(stopped=True)
            assert stage.queue.counts() == Counts(waiting=5, leased=0)
            assert stage.diary.settled == []

    run(scenario())


def test_a_stop_after_the_end_is_no_stop() -> None:
    async def scenario() -> Report:
        async with scripted(lambda _: Reply()) as server:
            stage = Stage(server.url)
            await stage.queue.put([item(1)])
            stage.queue.close()
            stage.diary.listener = Listener(on_settled=lambda _: stage.stop.set(), mask=str)
            return await stage.deliver()

    assert run(scenario()) == Report()


def test_cancelling_gives_every_lease_back() -> None:
    async def scenario() -> None:
        async with scripted(lambda _: Reply(fault="hang")) as server:
            stage = Stage(server.url)
            await stage.queue.put([item(n) for n in range(25)])
            worker = asyncio.create_task(stage.deliver())
            stage.queue.close()
            await until(lambda: server.at_once == 3)
            worker.cancel()
            with pytest.raises(asyncio.CancelledError):
                await worker
            assert stage.queue.counts() == Counts(waiting=25, leased=0)

    run(scenario())


def test_a_dead_destination_is_not_stormed_and_comes_back() -> None:
    async def scenario() -> tuple[Server, Stage]:
        clock = FastClock(speed=200.0)
        calls = 0

        def script(_: Received) -> Reply:
            nonlocal calls
            calls += 1
            return Reply(502) if clock.now() < 60.0 else Reply()

        async with scripted(script) as server:
            stage = Stage(server.url, batch=BatchPolicy(max_events=1), retry=RetryPolicy(cap=8.0))
            stage.queue = MemoryQueue(capacity=500)
            await stage.queue.put([item(n) for n in range(400)])
            stage.queue.close()
            await stage.deliver(clock)
            return server, stage

    server, stage = run(scenario())
    assert stage.diary.ids("delivered") == list(range(400))
    assert len(server.received) - 400 < 60, "a request for each of 400 events would be a storm"


def test_a_listener_that_fails_ends_the_run_loudly() -> None:
    def full(_: Settlement) -> None:
        raise OSError("disk full")

    async def scenario() -> None:
        async with scripted(lambda _: Reply()) as server:
            stage = Stage(server.url)
            await stage.queue.put([item(1)])
            with pytest.raises(OSError, match="disk full"):
                await stage.deliver(listener=Listener(on_settled=full, mask=str))

    run(scenario())


def chaos(seed: int) -> Script:
    """Answers of all kinds, in an order that the seed fixes; every third request is let through."""
    kinds = [Reply(500), Reply(429), Reply(503, {"Retry-After": "2"}), Reply(fault="close"), Reply(400), Reply(408)]
    count = seed

    def script(_: Received) -> Reply:
        nonlocal count
        count += 1
        return Reply() if count % 3 == 0 else kinds[(count * (seed + 7)) % len(kinds)]

    return script


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_every_item_ends_once_and_lanes_keep_their_order(seed: int) -> None:
    async def scenario() -> None:
        async with scripted(chaos(seed)) as server:
            stage = Stage(server.url, batch=BatchPolicy(max_events=7, max_wait=1.0))
            worker = asyncio.create_task(stage.deliver())
            for number in range(200):
                await stage.queue.put([item(number, f"lane {number % 11}")])
            stage.queue.close()
            await worker
        ends = sorted(settlement.item.id for settlement in stage.diary.settled)
        assert ends == list(range(200))
        delivered = [settlement.item for settlement in stage.diary.settled if settlement.outcome == "delivered"]
        for lane in range(11):
            mine = [each.id for each in delivered if each.lane == f"lane {lane}"]
            assert mine == sorted(mine)

    run(scenario())
