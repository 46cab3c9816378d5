"""Whoever is told to stop, by whomever, has nobody wait for a disk or another machine for longer than the grace."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

import pytest

from mapper.app.stopping import Stop
from mapper.app.working import _watch_empty


class Emptied:
    """A queue in which nothing waits."""

    async def is_empty(self) -> bool:
        return True


def hastened(stop_it: Callable[[Stop], object], *, grace: float = 0.05) -> Stop:
    """Until nobody waits any more."""

    async def scenario() -> Stop:
        stop = Stop(grace, lambda _: None)
        done = asyncio.Event()
        stop_it(stop)
        stop.hasten = done.set  # of a queue that is open only now
        async with asyncio.timeout(20):
            await done.wait()
        return stop

    return asyncio.run(scenario())


def test_who_ends_it_needs_no_signal() -> None:
    stop = hastened(Stop.begin)
    assert (stop.gently.is_set(), stop.at_once.is_set(), stop.signals) == (True, False, 0)


def test_a_worker_whose_queue_is_empty_ends_in_time() -> None:
    tasks: list[asyncio.Task[None]] = []

    def watch(stop: Stop) -> None:
        tasks.append(asyncio.ensure_future(_watch_empty(Emptied(), stop)))  # type: ignore[arg-type]

    assert hastened(watch).gently.is_set()


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_waits_for_nothing(first: signal.Signals) -> None:
    told: list[bool] = []

    async def scenario() -> Stop:
        stop = Stop(3600.0, told.append)
        stop.catch(hangs_up=True)
        hurried = asyncio.Event()
        stop.hasten = hurried.set
        os.kill(os.getpid(), first)
        await stop.gently.wait()
        os.kill(os.getpid(), signal.SIGHUP)  # says nothing new
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.at_once.wait()
        assert hurried.is_set()
        return stop

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, which Stop respects
        assert asyncio.run(asyncio.wait_for(scenario(), 20)).signals == 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert told == [False, True]
