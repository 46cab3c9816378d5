"""Unfinished items in the order of their lanes."""

from __future__ import annotations

from collections.abc import Container


class Lanes:
    """One linked list for each lane, made for many short ones.

    Items leave mostly from the front. One that leaves from the middle stays linked until the front has passed it:
    `unfinished` tells which are still there.
    """

    def __init__(self, unfinished: Container[int]) -> None:
        self._unfinished = unfinished
        self._last: dict[str, int] = {}
        self._first: dict[str, int] = {}  # of lanes with more than one
        self._next: dict[int, int] = {}

    def append(self, lane: str, item_id: int) -> bool:
        """Add an item at the end of its lane; whether it is the only one there."""
        last = self._last.setdefault(lane, item_id)
        if last == item_id:
            return True
        self._first.setdefault(lane, last)
        self._next[last] = self._last[lane] = item_id
        return False

    def first(self, lane: str) -> int | None:
        """The first unfinished item of a lane."""
        first = self._first.get(lane)
        return self._last.get(lane) if first is None else first

    def next(self, item_id: int) -> int | None:
        """The unfinished item that follows in the lane."""
        following = self._next.get(item_id)
        while following is not None and following not in self._unfinished:
            following = self._next.get(following)
        return following

    def remove(self, lane: str, item_id: int) -> int | None:
        """Take out an item that is unfinished no more; give the lane's new first if that changed."""
        first = self._first.get(lane)
        if first is None:
            del self._last[lane]
            return None
        if first != item_id:
            return None
        head: int | None = item_id
        while head is not None and head not in self._unfinished:
            head = self._next.pop(head, None)
        if head is None:
            del self._first[lane], self._last[lane]
        elif head == self._last[lane]:
            del self._first[lane]
        else:
            self._first[lane] = head
        return head
