"""How fast a target may be sent to."""

from __future__ import annotations

import msgspec

from mapper.records.policy import RatePolicy


class Pace:
    """A bucket of tokens that is refilled evenly and holds one second's worth, at least one token.

    What is taken beyond the tokens there are has to wait until they are there, in the order of taking. No clock:
    times, in seconds, are handed in and never go back.

    Args:
        policy: How many tokens come a second, and what costs one; None: there is no limit.
    """

    __slots__ = ("_depth", "_full_at", "_policy", "_whole")

    def __init__(self, policy: RatePolicy | None) -> None:
        self._whole = self._policy = policy
        self._full_at = float("-inf")
        self._depth = 0.0 if policy is None else max(1.0, 1.0 / policy.per_second)

    def share(self, part: float) -> None:
        """Be a part of the rate from now on, since others have the rest; what is taken already is paid for as before.

        Args:
            part: From 0 to 1; 0 leaves it as slow as it was, for whoever has no part sends nothing.
        """
        if self._whole is not None and part > 0:
            self._policy = msgspec.structs.replace(self._whole, per_second=self._whole.per_second * part)
            self._depth = max(1.0, 1.0 / self._policy.per_second)

    @property
    def most_events(self) -> int | None:
        """Most events of one request that a full bucket covers; None: any number."""
        if self._policy is None or self._policy.unit == "requests":
            return None
        return max(1, int(self._policy.per_second))

    @property
    def free_at(self) -> float:
        """When there is a token, if nothing is taken before."""
        return float("-inf") if self._policy is None else self._full_at - self._depth + 1.0 / self._policy.per_second

    def take(self, events: int, requests: int, now: float) -> float:
        """Take what these cost; give the time from which on it is covered."""
        if self._policy is None:
            return now
        tokens = events if self._policy.unit == "events" else requests
        self._full_at = max(self._full_at, now) + tokens / self._policy.per_second
        return max(now, self._full_at - self._depth)
