"""Whether a target may be sent to right now."""

from __future__ import annotations

from mapper.delivery.queue import TargetKey
from mapper.delivery.retry import backoff
from mapper.records.policy import Target

TRIP = 5
"""Failed requests on end after which a target is no longer sent to at full speed."""


class Door:
    """What the answers of one target so far say of the next request.

    Single events back off on their own. Beyond that, a target that only fails, or that asks to be spared, is left
    alone for a while and then tried with one request at a time; the events that wait behind it lose no attempt.

    Attributes:
        target: Where it leads.
        in_flight: Leases under way.
        not_before: When the next request may start.
        hold_until: Until when a batch that isn't full waits for company; None where none waits.
        wake_at: When to look again, if nothing else happens before.
        failing_since: First failure after the last success, or None.
        trouble: What went wrong last, secrets masked.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.key: TargetKey = (target.destination, target.name)
        self.in_flight = 0
        self.not_before = 0.0
        self.hold_until: float | None = None
        self.wake_at: float | None = None
        self.failing_since: float | None = None
        self.trouble = ""
        self._failures = 0
        self._throttles = 0
        self._closed_at = float("-inf")

    def allowance(self, concurrency: int) -> int:
        """Most leases at a time."""
        return 1 if self._failures >= TRIP or self._throttles else concurrency

    def succeeded(self) -> None:
        """The target answered, and not that it can't."""
        self._failures = self._throttles = 0
        self.failing_since = None

    def failed(self, started: float, now: float, random: float) -> None:
        """A request started at `started` failed; what failed together counts once as soon as the door is closed."""
        self._mark_failing(now)
        if started < self._closed_at:
            return
        self._failures += 1
        if self._failures >= TRIP:
            self._close(now, backoff(self._failures - TRIP + 1, self.target.retry, random))

    def throttled(self, started: float, now: float, asked: float | None, random: float) -> float:
        """The target asked to be spared, for `asked` seconds or for as long as we think; give the seconds left."""
        self._mark_failing(now)
        if asked is not None:
            self._throttles = max(self._throttles, 1)
            self._close(now, asked)
        elif started >= self._closed_at:
            self._throttles += 1
            self._close(now, backoff(self._throttles, self.target.retry, random))
        return max(self.not_before - now, 0.0)

    def _mark_failing(self, now: float) -> None:
        if self.failing_since is None:
            self.failing_since = now

    def _close(self, now: float, seconds: float) -> None:
        self._closed_at = now
        self.not_before = max(self.not_before, now + seconds)
