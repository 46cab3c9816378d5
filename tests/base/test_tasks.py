"""Work beside something else ends with it, and is heard where it fails."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from mapper.base.tasks import beside


class OursError(Exception):
    """Of the tests."""


async def _forever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("work")


async def _fail() -> None:
    raise OursError("the work")


def test_it_ends_with_the_body() -> None:
    async def scenario() -> None:
        async with beside(_forever(ended)):
            await asyncio.sleep(0)

    ended: list[str] = []
    asyncio.run(scenario())
    assert ended == ["work"]


def test_work_that_is_done_does_not_end_the_body() -> None:
    async def scenario() -> str:
        async with beside(asyncio.sleep(0)):
            for _ in range(5):
                await asyncio.sleep(0)
        return "done"

    assert asyncio.run(scenario()) == "done"


def test_where_it_fails_the_body_is_cancelled_and_fails_with_it() -> None:
    async def scenario() -> None:
        async with beside(_fail()):
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("body")

    ended: list[str] = []
    with pytest.raises(OursError, match="the work"):
        asyncio.run(scenario())
    assert ended == ["body"]


def test_what_the_body_raises_is_raised_as_it_is() -> None:
    async def scenario() -> None:
        async with beside(_forever(ended)):
            raise OursError("the body")

    ended: list[str] = []
    with pytest.raises(OursError, match="the body"):
        asyncio.run(scenario())
    assert ended == []  # it had not begun


def test_whoever_is_cancelled_stays_cancelled() -> None:
    async def scenario() -> None:
        async def body() -> None:
            async with beside(_forever(ended)):
                await asyncio.Event().wait()

        task = asyncio.create_task(body())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    ended: list[str] = []
    asyncio.run(scenario())
    assert ended == ["work"]


def test_work_that_forgets_once_that_it_was_cancelled_is_ended_all_the_same() -> None:
    """As ``asyncio.wait_for`` does in Python 3.11, at times."""

    async def deaf() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def scenario() -> str:
        async with asyncio.timeout(20), beside(deaf()):
            await asyncio.sleep(0.01)
        return "done"

    assert asyncio.run(scenario()) == "done"
