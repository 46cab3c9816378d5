"""How many requests of one target may be in flight: found out by trying."""

from __future__ import annotations


class Window:
    """Grows by one a round trip while all goes well, halves where the target can't keep up.

    No clock, no I/O: who has them hands in times.

    Args:
        most: Greatest size, and the first; at least 1.
    """

    __slots__ = ("_cut_at", "_most", "_size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = float(most)
        self._cut_at = float("-inf")

    @property
    def size(self) -> int:
        """Most requests in flight, from 1 to `most`."""
        return int(self._size)

    def grow(self) -> None:
        """A request went well. As many as fit into the window, and it is greater by one."""
        self._size = min(self._most, self._size + 1 / self._size)

    def cut(self, started: float, now: float) -> None:
        """A request started at `started` was too much. What was under way at the last cut is no news."""
        if started >= self._cut_at:
            self._size = max(1.0, self._size / 2)
            self._cut_at = now
