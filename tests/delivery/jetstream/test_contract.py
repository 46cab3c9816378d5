from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings

from mapper.delivery.queue import Queue
from tests.delivery import queue_contract
from tests.delivery.jetstream.kit import Promptly, StillClock, fresh, queue_of
from tests.delivery.queue_contract import QueueContract, agrees_with_the_model, steps
from tests.support.awaiting import PATIENCE
from tests.support.nats import Server

_made: list[Queue] = []


@pytest.fixture(autouse=True)
def _with_a_queue(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The contract makes its queue within its scenario, and at once; ours is made before, for that takes time."""

    def run(scenario: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
                _made[:] = [cast(Queue, Promptly(await queue_of(stack, fresh(server.url), StillClock())))]
                return await scenario

        return asyncio.run(bounded())

    monkeypatch.setattr(queue_contract, "run", run)
    yield
    _made.clear()


class TestContract(QueueContract):
    def make(self, capacity: int = 1000) -> Queue:
        return _made.pop()


class _Made:
    """The queue that the next scenario makes."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_made[0], name)


HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=10, deadline=None, suppress_health_check=HEALTHY)
@given(steps)
def test_agrees_with_a_plain_model(work: list[tuple[str, object]]) -> None:
    agrees_with_the_model(cast(Queue, _Made()), work)
