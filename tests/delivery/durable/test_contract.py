from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Queue
from tests.delivery.durable.kit import quick_folder
from tests.delivery.kit import FastClock
from tests.delivery.queue_contract import QueueContract, agrees_with_the_model, steps

_opened: list[DurableQueue] = []


@pytest.fixture(autouse=True)
def _shut() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().shut()


def opened(folder: Path, window: int = 1000) -> DurableQueue:
    queue = DurableQueue(Database(folder / "q.db"), FastClock(), window=window)
    _opened.append(queue)
    return queue


class TestContract(QueueContract):
    def make(self, capacity: int = 1000) -> Queue:
        return opened(Path(tempfile.mkdtemp()))


class TestContractThroughTheFile(QueueContract):
    """With so little room in memory that nearly everything is read back."""

    def make(self, capacity: int = 1000) -> Queue:
        return opened(Path(tempfile.mkdtemp()), window=1)


@settings(max_examples=100, deadline=None)
@given(steps)
def test_agrees_with_a_plain_model(work: list[tuple[str, object]]) -> None:
    """With all in memory: with less room a lease may hold fewer, see `test_state_machine`."""
    with quick_folder() as folder:
        queue = DurableQueue(Database(Path(folder) / "q.db"), FastClock(), window=1000)
        try:
            agrees_with_the_model(queue, work)
        finally:
            queue.shut()
