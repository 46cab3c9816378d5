"""Takes what a queue holds to its targets."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Final

from mapper.base.clock import Clock
from mapper.delivery.apart import slots
from mapper.delivery.courier import Courier
from mapper.delivery.door import Door
from mapper.delivery.faults import advice
from mapper.delivery.pauses import Pauses
from mapper.delivery.queue import Lease, MovedError, Queue, TargetKey
from mapper.delivery.report import Listener, Pause, Report
from mapper.delivery.send import Sender
from mapper.records.policy import Target

TRY_AGAIN: Final = 60.0
"""Seconds after which whoever delivers for as long as it runs tries a paused destination again."""


async def deliver(
    queue: Queue,
    targets: Mapping[TargetKey, Target],
    *,
    sender: Sender,
    clock: Clock,
    listener: Listener,
    concurrency: int = 8,
    stop: asyncio.Event | None = None,
    give_up_after: float | None = None,
    retry_paused_after: float | None = None,
    on_trial: Iterable[str] = (),
    grace: float = 30.0,
) -> Report:
    """Send until the queue is closed and empty, until nothing in it can go on, or until told to stop.

    Nothing can go on where every destination is paused, or where the queue is closed or crowded and all that is left
    waits for a paused destination. Whoever still puts items then must be ended, by closing the queue. Where paused
    destinations are tried again, only a closed queue can be left so.

    Args:
        queue: Filled by somebody else meanwhile.
        targets: Where each request goes. Items for a target that is missing here stay pending.
        sender: Makes the HTTP requests.
        clock: Time and chance.
        listener: Who is told.
        concurrency: Most requests in flight.
        stop: Once set, no request is started; those in flight may end.
        give_up_after: Seconds without success after which a destination that only fails is paused; None: never.
        retry_paused_after: Seconds after which a paused destination is tried again; None: not by this delivery.
        on_trial: Destinations that an earlier delivery had paused; the listener is told when they deliver again.
        grace: Seconds for which requests in flight are waited for at the end; their items stay pending after that.
    """
    stop = stop or asyncio.Event()
    pauses = Pauses(retry_paused_after, listener, on_trial)
    run = _Run(queue, targets, sender, clock, listener, concurrency, stop, give_up_after, pauses)
    return await run.run(grace)


class _Run:
    """The state of one `deliver`."""

    def __init__(
        self,
        queue: Queue,
        targets: Mapping[TargetKey, Target],
        sender: Sender,
        clock: Clock,
        listener: Listener,
        concurrency: int,
        stop: asyncio.Event,
        give_up_after: float | None,
        pauses: Pauses,
    ) -> None:
        self._queue = queue
        self._doors = [Door(target, concurrency) for target in targets.values()]
        self._sender = sender
        self._clock = clock
        self._listener = listener
        self._concurrency = concurrency
        self._stop = stop
        self._give_up_after = give_up_after
        self._pauses = pauses
        pauses.begin(self._doors)
        self._flights: set[asyncio.Task[None]] = set()
        self._crash: BaseException | None = None
        self._wake = asyncio.Event()

    async def run(self, grace: float) -> Report:
        """Run to the end."""
        self._listener.on_doors(tuple(self._doors))
        unsubscribe = self._queue.subscribe(self._wake.set)
        watcher = asyncio.create_task(self._watch_stop())
        try:
            while not self._is_over():
                self._wake.clear()
                wake_at = await self._start_all()
                if self._is_over() or self._is_stuck(wake_at):
                    break
                await self._rest(wake_at)
            if self._crash is None and self._flights:
                await self._until(asyncio.wait(self._flights), grace)
        finally:
            unsubscribe()
            await _cancel(watcher, *self._flights)
        if self._crash is not None:
            raise self._crash
        return Report(pauses=self._pauses.all, stopped=self._stop.is_set() and self._queue.counts().pending > 0)

    # -- deciding -----------------------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        if self._crash is not None or self._stop.is_set():
            return True
        if self._queue.closed and not self._queue.counts().pending:
            return True
        return bool(self._pauses.all) and self._pauses.are_for_good and not self._open_doors()

    def _is_stuck(self, wake_at: float | None) -> bool:
        no_more_comes = self._queue.closed or (self._queue.crowded and self._pauses.are_for_good)
        return wake_at is None and no_more_comes and not self._flights and not self._wake.is_set()

    def _is_halted(self, door: Door) -> bool:
        return self._stop.is_set() or door.paused or self._queue.suspended or self._clock.now() < door.not_before

    def _open_doors(self) -> list[Door]:
        return [door for door in self._doors if not door.paused]

    # -- starting -----------------------------------------------------------------------------------------------------

    async def _start_all(self) -> float | None:
        """Start what can be started; give the time at which more might be, or None where none is known."""
        now = self._clock.now()
        self._pauses.end(self._doors, now)
        for door in self._open_doors():
            self._give_up(door, now)
        doors = self._open_doors()
        startable = doors
        while startable:  # who has fewest under way comes first; of these, who has waited longest for a place
            turns = sorted(startable, key=lambda door: door.flights)
            startable = [door for door in turns if await self._start_one(door, now)]
        times = [door.wake_at for door in doors if door.wake_at is not None]
        if self._give_up_after is not None:
            times += [d.failing_since + self._give_up_after for d in doors if d.failing_since is not None]
        return min(times, default=None)

    async def _start_one(self, door: Door, now: float) -> bool:
        """Start one lease if there is a place for it; tell whether to ask again, and set the door's `wake_at`."""
        door.wake_at = None
        if now < door.ready_at:
            door.wake_at = door.ready_at
            return False
        if not self._has_place(door):
            return False
        kinds = door.kinds()
        for apart in kinds:
            lease = await self._lease_apart(door, now) if apart else await self._lease(door, now)
            if lease is not None:
                self._start(door, lease, apart)
                return True
        if kinds:
            due = await self._queue.next_due(door.key)
            times = [at for at in (due, door.hold_until) if at is not None and at > now]
            door.wake_at = min(times, default=None)
        return False

    def _has_place(self, door: Door) -> bool:
        """Whether one more request may be in flight. Some places are left for targets that have none there, so that
        no answer of another one is waited for once they need it."""
        free = self._concurrency - len(self._flights)
        idle = sum(not other.flights for other in self._open_doors())
        return free > (min(idle, slots(self._concurrency)) if door.flights else 0)

    async def _lease_apart(self, door: Door, now: float) -> Lease | None:
        return await self._queue.lease(door.key, door.lease_limit, now, apart=True)

    async def _lease(self, door: Door, now: float) -> Lease | None:
        """Lease a batch, a full one as long as more may come and it has not waited for company long enough."""
        wait, limit = door.target.batch.max_wait, door.lease_limit
        patient = limit > 1 and wait > 0 and (door.hold_until is None or now < door.hold_until)
        lease = await self._queue.lease(door.key, limit, now, patient=patient)
        if lease is not None and not lease.items:
            door.hold_until = now + wait if door.hold_until is None else door.hold_until
            return None
        door.hold_until = None
        return lease

    def _start(self, door: Door, lease: Lease, apart: bool) -> None:
        courier = Courier(
            self._queue,
            lease,
            door,
            sender=self._sender,
            clock=self._clock,
            listener=self._listener,
            is_halted=self._is_halted,
            pause=self._pause,
        )
        flight = asyncio.create_task(courier.carry())
        door.count(1, apart)
        self._doors.remove(door)
        self._doors.append(door)
        self._flights.add(flight)
        flight.add_done_callback(lambda done: self._land(door, done, apart))

    def _land(self, door: Door, flight: asyncio.Task[None], apart: bool) -> None:
        door.count(-1, apart)
        self._flights.discard(flight)
        self._pauses.look(door)
        failure = None if flight.cancelled() else flight.exception()
        if failure is not None and not isinstance(failure, MovedError):
            self._crash = self._crash or failure
        self._wake.set()

    # -- pausing ------------------------------------------------------------------------------------------------------

    def _pause(self, pause: Pause) -> None:
        self._pauses.add(pause, self._doors, self._clock.now())
        self._wake.set()

    def _give_up(self, door: Door, now: float) -> None:
        if self._give_up_after is None or door.failing_since is None:
            return
        if now - door.failing_since < self._give_up_after:
            return
        target = door.target
        self._pause(
            Pause(
                destination=target.destination,
                name=target.name,
                kind="gave_up",
                because=f"no success for {self._give_up_after:g} s, at last {door.trouble}",
                status=None,
                advice=advice(door.trouble) or "try again later: what is pending was not lost",
                shown_url=target.shown_url,
            )
        )

    # -- waiting ------------------------------------------------------------------------------------------------------

    async def _watch_stop(self) -> None:
        await self._stop.wait()
        self._wake.set()

    async def _rest(self, wake_at: float | None) -> None:
        """Wait until something changes, until `wake_at`, or until a pause ends."""
        if not self._wake.is_set():
            until = min((at for at in (wake_at, self._pauses.ends_at) if at is not None), default=None)
            await self._until(self._wake.wait(), None if until is None else until - self._clock.now())

    async def _until(self, event: Coroutine[Any, Any, object], seconds: float | None) -> None:
        """Wait for an event, but no longer than `seconds`, by our own clock."""
        waiters: list[asyncio.Task[object]] = [asyncio.create_task(event)]
        if seconds is not None:
            waiters.append(asyncio.create_task(self._clock.sleep(max(seconds, 0.0))))
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(*waiters)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
