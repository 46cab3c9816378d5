"""Ending tasks."""

from __future__ import annotations

import asyncio
from typing import Any, Final

_AGAIN: Final = 0.5


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks, and wait until they have ended.

    As often as it takes: in Python 3.11 ``asyncio.wait_for`` forgets that it was cancelled where what it waits for
    comes at that very moment, and the client waits in no other way.
    """
    left = {task for task in tasks if task is not None}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN)
