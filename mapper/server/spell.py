"""A time in which no calls are taken in."""

from __future__ import annotations

from collections.abc import Callable


class Spell:
    """Told of once when it begins, and once when it is over, however many are refused meanwhile.

    A full queue that is emptied has room for a moment, again and again. So it is over only where a look finds room and
    nothing was refused since the look before.

    Args:
        on_begin: Told why.
        on_end: Told how many requests were refused.
    """

    def __init__(self, on_begin: Callable[[str], None], on_end: Callable[[int], None]) -> None:
        self._on_begin = on_begin
        self._on_end = on_end
        self._lasts = False
        self._quiet = True
        self._refused = 0

    def begin(self, because: str) -> None:
        """There is no room."""
        self._quiet = False
        if not self._lasts:
            self._lasts = True
            self._on_begin(because)

    def refuse(self) -> None:
        """A request is refused."""
        self._quiet = False
        self._refused += 1

    def look(self) -> None:
        """There is room."""
        if self._lasts and self._quiet:
            self._lasts = False
            self._on_end(self._refused)
            self._refused = 0
        self._quiet = True
