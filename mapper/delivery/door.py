"""Whether a target may be sent to right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from mapper.delivery.apart import slots
from mapper.delivery.batch import batch_limit
from mapper.delivery.queue import TargetKey
from mapper.delivery.rate import Pace
from mapper.delivery.retry import backoff
from mapper.delivery.window import Window
from mapper.records.policy import Target

TRIP = 5
"""Failed requests on end after which a target is no longer sent to at full speed."""

State = Literal["closed", "open", "half-open", "paused"]
"""Of a circuit breaker: all flows; nothing is sent; one request is sent, and its answer decides; given up for
now."""


class Door:
    """What the answers of one target so far say of the next request.

    Single events back off on their own. Beyond that, a target that only fails, or that asks to be spared, is left
    alone for a while and then tried with one request at a time; the events that wait behind it lose no attempt.

    Args:
        target: Where it leads.
        concurrency: Most requests in flight.

    Attributes:
        target: Where it leads.
        in_flight: Leases under way, but for those apart.
        apart: Leases under way of items that leave apart.
        pace: How fast it may be passed.
        not_before: When the next request may start, as far as its answers say.
        hold_until: Until when a batch that isn't full waits for company; None where none waits.
        wake_at: When to look again, if nothing else happens before.
        failing_since: First failure after the last success, or None.
        paused: Nothing more is sent to it for now.
        trouble: What went wrong last, secrets masked.
    """

    def __init__(self, target: Target, concurrency: int) -> None:
        self.target = target
        self.key: TargetKey = (target.destination, target.name)
        self.in_flight = 0
        self.apart = 0
        self.not_before = 0.0
        self.hold_until: float | None = None
        self.wake_at: float | None = None
        self.failing_since: float | None = None
        self.paused = False
        self.trouble = ""
        self.pace = Pace(target.rate)
        self._most = concurrency
        self._window = Window(concurrency)
        self._failures = 0
        self._throttles = 0
        self._closed_at = float("-inf")

    @property
    def concurrency(self) -> int:
        """How many requests it seems to bear at a time."""
        return self._window.size

    @property
    def flights(self) -> int:
        """Leases under way."""
        return self.in_flight + self.apart

    def kinds(self) -> Sequence[bool]:
        """Which leases may start, by whether they are of items that leave apart, in the order in which to try.

        Those apart have few places, and what hangs there holds up nobody else. They come first, lest others keep them
        waiting; but where there is one place for all, they come last, since they are the likelier to hang.
        """
        if self.is_probing:
            return [] if self.in_flight else [False] if self.apart else [False, True]
        apart = [True] if self.apart < slots(self._most) else []
        others = [False] if self.in_flight < self._window.size else []
        return apart + others if self._most > 1 else others + apart

    @property
    def batch_limit(self) -> int:
        """Most events of one request."""
        most = self.pace.most_events
        limit = batch_limit(self.target.batch)
        return limit if most is None else min(limit, most)

    @property
    def lease_limit(self) -> int:
        """Most events of one lease: whether the target is back is asked with a single one."""
        return 1 if self.is_probing else self.batch_limit

    @property
    def ready_at(self) -> float:
        """When the next lease may start."""
        return max(self.not_before, self.pace.free_at)

    def state(self, now: float) -> State:
        """How the circuit breaker stands."""
        if self.paused:
            return "paused"
        return "open" if now < self.not_before else "half-open" if self.is_probing else "closed"

    @property
    def is_probing(self) -> bool:
        """Whether a single request has to show that it is back."""
        return self._failures >= TRIP or self._throttles > 0

    def count(self, more: int, apart: bool) -> None:
        """There are so many more leases under way."""
        if apart:
            self.apart += more
        else:
            self.in_flight += more

    def reopen(self) -> None:
        """It is no longer given up: a single request shows whether it is back."""
        self.paused = False
        self.failing_since = None
        self._failures = max(self._failures, TRIP)

    def succeeded(self) -> None:
        """The target answered, and not that it can't."""
        self._failures = self._throttles = 0
        self.failing_since = None
        self._window.grow()

    def failed(self, started: float, now: float, random: float) -> None:
        """A request started at `started` failed; what failed together counts once as soon as the door is closed."""
        self._mark_failing(now)
        if started < self._closed_at:
            return
        self._failures += 1
        if self._failures >= TRIP:
            self._close(now, backoff(self._failures - TRIP + 1, self.target.retry, random))

    def timed_out(self, started: float, now: float, random: float) -> None:
        """A request got no answer in time: a failure, and perhaps there were too many at once."""
        self._window.cut(started, now)
        self.failed(started, now, random)

    def hung_apart(self, now: float) -> None:
        """A request of items that leave apart timed out: they are at fault, and not the target."""
        self._mark_failing(now)

    def throttled(self, started: float, now: float, asked: float | None, random: float) -> float:
        """The target asked to be spared, for `asked` seconds or for as long as we think; give the seconds left.

        Who asks for hardly any time, perhaps because our clock is fast, gets as much as who names none: a storm would
        help nobody.
        """
        self._mark_failing(now)
        self._window.cut(started, now)
        if started >= self._closed_at:
            self._throttles += 1
        if asked is not None and asked >= self.target.retry.base:
            self._close(now, max(asked, backoff(1, self.target.retry, random)))
        elif started >= self._closed_at:
            self._close(now, max(asked or 0.0, backoff(self._throttles, self.target.retry, random)))
        return max(self.not_before - now, 0.0)

    def _mark_failing(self, now: float) -> None:
        if self.failing_since is None:
            self.failing_since = now

    def _close(self, now: float, seconds: float) -> None:
        self._closed_at = now
        self.not_before = max(self.not_before, now + seconds)
