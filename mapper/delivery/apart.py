"""Requests that time out: in what company their items are tried again, and how many such requests at a time.

One event, or all of one account, may make a destination hang while everything else goes well. The items of a request
that timed out leave apart from all others, in parts of what it was, so that those at fault are soon alone and their
neighbours free. They go beside the :class:`~mapper.delivery.window.Window`: what hangs there holds up nobody else.
"""

from __future__ import annotations

from typing import Final

PARTS: Final = 16
"""Into how many a batch falls that timed out: 500 events into 17 batches, then into single events."""
_SHARE: Final = 4


def company_after(count: int) -> int:
    """Most items of the next batch for each of `count` items whose request timed out."""
    return max(1, count // PARTS)


def slots(concurrency: int) -> int:
    """A quarter of `concurrency` requests in flight: as many may be of items that leave apart."""
    return max(1, concurrency // _SHARE)
