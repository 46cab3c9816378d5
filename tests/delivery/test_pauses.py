"""Destinations that are given up, by those that deliver for as long as they run: told of, and tried again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from mapper.delivery.memory import MemoryQueue
from mapper.delivery.queue import Counts
from mapper.delivery.report import Listener, Report
from mapper.delivery.send import HttpSender
from mapper.delivery.worker import deliver
from mapper.records.policy import BatchPolicy
from tests.delivery.kit import Diary, FastClock, item, run, target
from tests.delivery.scripted import Received, Reply, scripted
from tests.delivery.test_worker_end import until

AGAIN = 60.0
CONCURRENCY = 4
SOME = 40
"""So many that as many requests are in flight as may be."""


@dataclass
class Scene:
    """`shop` takes some, then refuses everything until it was given up twice; `mall` takes everything."""

    clock: FastClock = field(default_factory=lambda: FastClock(speed=100.0))
    queue: MemoryQueue = field(default_factory=lambda: MemoryQueue(capacity=500))
    diary: Diary = field(default_factory=Diary)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    told: list[tuple[str, float]] = field(default_factory=list)
    taken: int = 0
    refused: int = 0

    def script(self, request: Received) -> Reply:
        if "/shop" not in request.line or len(self.told) > 1:
            return Reply()
        self.taken += 1
        if self.taken <= SOME:
            return Reply()
        self.refused += 1
        return Reply(401, wait=0.1)

    @property
    def listener(self) -> Listener:
        return replace(
            self.diary.listener,
            on_pause=lambda pause: self.told.append((f"{pause.destination} paused", self.clock.now())),
            on_resume=lambda destination: self.told.append((f"{destination} goes on", self.clock.now())),
        )

    async def deliver(self, url: str) -> Report:
        batch = BatchPolicy(max_events=1)
        made = [target(f"{url}/shop", batch=batch), target(f"{url}/mall", batch=batch, destination="mall")]
        async with HttpSender() as sender:
            return await deliver(
                self.queue,
                {(each.destination, each.name): each for each in made},
                sender=sender,
                clock=self.clock,
                listener=self.listener,
                concurrency=CONCURRENCY,
                stop=self.stop,
                retry_paused_after=AGAIN,
            )


def test_it_is_tried_again_with_one_request_while_another_goes_on() -> None:
    async def scenario(scene: Scene) -> None:
        async with scripted(scene.script) as server:
            delivering = asyncio.create_task(scene.deliver(server.url))
            await scene.queue.put([item(n) for n in range(60)])
            await until(lambda: bool(scene.told))
            await scene.queue.put([item(n, destination="mall") for n in range(60, 80)])
            await until(lambda: len(scene.diary.settled) == 80)
            scene.stop.set()
            assert (await delivering).pauses == ()

    scene = Scene()
    run(scenario(scene))
    assert [what for what, _ in scene.told] == ["shop paused", "shop paused", "shop goes on"]
    first, second, third = (at for _, at in scene.told)
    assert second - first >= AGAIN
    assert third - second >= AGAIN
    assert scene.refused <= CONCURRENCY + 1, "one request shows whether it is back"
    assert scene.diary.ids("delivered") == list(range(80))


def test_who_waits_for_room_behind_it_goes_on_once_it_does() -> None:
    async def scenario(scene: Scene) -> None:
        scene.queue = MemoryQueue(capacity=5)
        async with scripted(scene.script) as server:
            delivering = asyncio.create_task(scene.deliver(server.url))
            for number in range(60):
                await scene.queue.put([item(number)])
            scene.queue.close()
            await delivering

    scene = Scene()
    run(scenario(scene))
    assert scene.diary.ids("delivered") == list(range(60))


def test_what_is_left_for_it_in_a_closed_queue_is_not_waited_for() -> None:
    async def scenario(scene: Scene) -> Report:
        async with scripted(scene.script) as server:
            await scene.queue.put([item(n) for n in range(60)])
            scene.queue.close()
            return await scene.deliver(server.url)

    scene = Scene()
    report = run(scenario(scene))
    assert [pause.destination for pause in report.pauses] == ["shop"]
    assert len(scene.told) == 1
    assert scene.queue.counts() == Counts(waiting=20, leased=0)


def test_a_stop_does_not_wait_for_it() -> None:
    async def scenario(scene: Scene) -> Report:
        async with scripted(scene.script) as server:
            delivering = asyncio.create_task(scene.deliver(server.url))
            await scene.queue.put([item(n) for n in range(60)])
            await until(lambda: bool(scene.told))
            scene.stop.set()
            return await delivering

    scene = Scene()
    report = run(scenario(scene))
    assert report.stopped
    assert len(scene.told) == 1
