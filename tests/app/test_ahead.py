"""Reading ahead: every line once and in order, nothing waits for more, and memory has a bound."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Iterator

import pytest

from mapper.app.ahead import ReadAhead
from mapper.app.mapping import Chunk, Job
from mapper.records.line import Line
from tests.support.awaiting import PATIENCE


def line(number: int, size: int = 1) -> Line:
    return Line(raw=b"x" * size, number=number, file="f")


def numbers_of(job: Job) -> list[int]:
    assert isinstance(job, Chunk)
    return [each.number for each in job.lines]


async def numbers(ahead: ReadAhead, pause: float = 0.0) -> list[int]:
    found = []
    async for job in ahead.jobs():
        found += numbers_of(job)
        await asyncio.sleep(pause)
    return found


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 20_000])
def test_every_line_comes_once_and_in_order(count: int) -> None:
    for _ in range(20 if count < 1000 else 1):
        assert asyncio.run(numbers(ReadAhead(map(line, range(count))))) == list(range(count))


def test_no_more_than_the_limit_is_read() -> None:
    read: list[int] = []

    def lines() -> Iterator[Line]:
        for number in range(1000):
            read.append(number)
            yield line(number)

    assert asyncio.run(numbers(ReadAhead(lines(), limit=7))) == list(range(7))
    assert len(read) == 7


def test_long_lines_are_not_piled_up() -> None:
    read: list[int] = []

    def lines() -> Iterator[Line]:
        for number in range(40):
            read.append(number)
            yield line(number, size=1_000_000)

    async def scenario() -> int:
        jobs = ReadAhead(lines()).jobs()
        await anext(jobs)
        await asyncio.sleep(0.2)
        return len(read)

    assert asyncio.run(scenario()) < 20


def test_a_line_is_handed_on_before_the_next_has_come() -> None:
    pipe: queue.Queue[Line | None] = queue.Queue()

    async def scenario() -> None:
        ahead = ReadAhead(iter(pipe.get, None))
        jobs = ahead.jobs()
        for number in range(3):
            pipe.put(line(number))
            job = await asyncio.wait_for(anext(jobs), PATIENCE)
            assert numbers_of(job) == [number]
            assert isinstance(job, Chunk) and job.following is None
        assert await asyncio.wait_for(ahead.following(0.05), PATIENCE) is None
        pipe.put(line(3))
        following = await ahead.following(PATIENCE)
        assert following == ("f", 3)
        pipe.put(None)

    asyncio.run(scenario())


def test_what_reading_raises_comes_after_the_lines_before_it() -> None:
    def lines() -> Iterator[Line]:
        yield line(0)
        raise OSError("gone")

    async def scenario() -> list[int]:
        found = []
        with pytest.raises(OSError, match="gone"):
            async for job in ReadAhead(lines()).jobs():
                found += numbers_of(job)
        return found

    assert asyncio.run(scenario()) == [0]
