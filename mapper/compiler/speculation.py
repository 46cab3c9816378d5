"""What code for usual calls takes for granted, and how it leaves other calls to code that takes nothing for granted.

Such code expects ids and names to be text, and every call to have a time that can be read. It need not look first:
where a call is otherwise, an exception ends its turn, and the call is decoded whole and mapped from the start.

Times are read before anything else of a call. An AttributeError may come from anywhere: nothing on the way catches it.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from mapper.base.json import JsonError, decode
from mapper.expressions.code.value import MOMENT, NUMBER, Known
from mapper.expressions.functions.instant import epoch_ms

SURE_TIMES: Final = frozenset({("timestamp",), ("receivedAt",)})
"""Segment gives them to every call."""
SURE_MOMENT: Final = Known(NUMBER, frozenset({MOMENT}))
"""What is known of them as milliseconds since the epoch."""
_WINDOW: Final = 10_000
_MANY: Final = 100
_LIMIT: Final = 1 / 50
"""A call that is left costs what is saved for 50 others."""


class UnusualCallError(Exception):
    """A call is not what code for usual calls takes for granted."""


UNUSUAL: Final = (UnusualCallError, AttributeError, msgspec.MsgspecError, JsonError)
"""What such code raises: AttributeError where what is no text is asked as one, the others where a time is read."""


def sure_moment(value: Any) -> int:
    """Milliseconds since the epoch.

    Raises:
        UnusualCallError: it is no time.
    """
    found = epoch_ms(value)
    if found is None:
        raise UnusualCallError
    return found


def sure_moment_of_json(raw: bytes) -> int:
    """The same for a value that is still JSON."""
    return sure_moment(decode(bytes(raw)))


class Odds:
    """Whether code for usual calls pays: not where one call in 50 is left to others, of the last 10,000 or so.

    A hundred are not enough to tell. Once it does not pay, it is given up for good.
    """

    def __init__(self) -> None:
        self._calls = 0
        self._left = 0

    def note(self, calls: int, left: int) -> None:
        """So many calls were tried, and so many of them left."""
        self._calls += calls
        self._left += left
        if self._calls > _WINDOW:
            self._calls //= 2
            self._left //= 2

    @property
    def are_bad(self) -> bool:
        """Whether such code has done more harm than good."""
        return self._left > _MANY and self._left > self._calls * _LIMIT
