"""Ids in their order, made for ids that mostly come in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from heapq import heapify, heappop, heappush


class Ready:
    """Ids of which the lowest is wanted. One that comes in order costs no more than its place in a deque."""

    __slots__ = ("_back", "_fresh")

    def __init__(self) -> None:
        self._fresh: deque[int] = deque()
        self._back: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._fresh or self._back)

    def push(self, item_id: int) -> None:
        """Add an id that is not there."""
        if not self._fresh or item_id > self._fresh[-1]:
            self._fresh.append(item_id)
        else:
            heappush(self._back, item_id)

    def lowest(self) -> int:
        """The lowest id; there is one."""
        if not self._back or (self._fresh and self._fresh[0] < self._back[0]):
            return self._fresh[0]
        return self._back[0]

    def pop(self) -> int:
        """Take out the lowest id; there is one."""
        if not self._back or (self._fresh and self._fresh[0] < self._back[0]):
            return self._fresh.popleft()
        return heappop(self._back)

    def keep(self, ids: Container[int]) -> None:
        """Drop all other ids."""
        self._fresh = deque(each for each in self._fresh if each in ids)
        self._back = [each for each in self._back if each in ids]
        heapify(self._back)
