"""When to try again: decisions without a clock."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from mapper.records.policy import RetryPolicy

_SECONDS = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?\Z")


def backoff(attempt: int, policy: RetryPolicy, random: float) -> float:
    """Seconds to wait after the `attempt`-th failure: full jitter over an exponentially growing span.

    Args:
        attempt: Counted from 1.
        random: In [0, 1).
    """
    doublings = min(max(attempt, 1) - 1, 64)  # beyond that any cap is reached, and floats would overflow some day
    return random * min(policy.cap, policy.base * 2.0**doublings)


def parse_retry_after(header: str | None, wall_now: float, cap: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait, between 0 and `cap`; None where it says nothing readable.

    Both forms of RFC 9110 section 10.2.3: seconds, and an HTTP date.

    Args:
        header: Its value, or None where there is no such header.
        wall_now: Seconds since the epoch.
        cap: Greatest wait that is believed.
    """
    if header is None:
        return None
    text = header.strip()
    if _SECONDS.match(text):
        seconds = float(text)
    elif (moment := parse_date(text)) is not None:
        seconds = moment - wall_now
    else:
        return None
    return min(max(seconds, 0.0), cap)


def parse_date(text: str) -> float | None:
    """Seconds since the epoch of an HTTP date, or None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def is_expired(first_attempt_at: float, now: float, window: float) -> bool:
    """Whether there has been time enough."""
    return now - first_attempt_at >= window
