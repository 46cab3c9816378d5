"""How many requests a second are taken."""

from __future__ import annotations

import math

from mapper.base.clock import Clock


class RateLimit:
    """A bucket of tokens that holds one second's worth, at least one."""

    def __init__(self, rate: float, clock: Clock) -> None:
        """Let `rate` requests through a second; more than 0."""
        self._rate = rate
        self._clock = clock
        self._size = max(1.0, rate)
        self._tokens = self._size
        self._then = clock.now()

    def seconds_to_wait(self) -> int:
        """0 and one token gone, or the whole seconds until there is one."""
        now = self._clock.now()
        self._tokens = min(self._size, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return math.ceil((1 - self._tokens) / self._rate)
