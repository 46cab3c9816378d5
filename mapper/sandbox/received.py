"""What a sandbox was sent: counted in full, kept only so far."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

MAX_KNOWN: Final = 1_000_000
"""Most record keys remembered for each endpoint; then the oldest is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """One request whose events were taken, at least in part.

    Attributes:
        path: With every key as ``***``, without query.
        headers: Lower-case names, in the order of their names; none that holds credentials.
        events: Those taken, in order.
    """

    endpoint: str
    method: str
    path: str
    headers: dict[str, str]
    events: tuple[Any, ...]


class Received:
    """What was taken so far.

    Attributes:
        count: Events taken.
        request_count: Requests whose events were taken.
        answers: How often each came back: a status, ``hang``, or a ``close`` of a fault.
        known: By endpoint, the keys of the records taken.
    """

    def __init__(self, keep: int) -> None:
        """Keep at most `keep` of the newest events."""
        self._keep = keep
        self.clear()

    def clear(self) -> None:
        """Forget everything, counts and known records included."""
        self.count = 0
        self.request_count = 0
        self.answers: Counter[str] = Counter()
        self.known: dict[str, dict[Any, None]] = {}
        self._requests: deque[ReceivedRequest] = deque()
        self._weight = 0

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests kept, oldest first; of the oldest perhaps not all events."""
        return list(self._requests)

    @property
    def events(self) -> list[Any]:
        """The events kept, oldest first."""
        return [event for request in self._requests for event in request.events]

    def add_count(self, events: int) -> None:
        """Count a request without keeping it."""
        self.count += events
        self.request_count += 1

    def add(self, request: ReceivedRequest, keys: Iterable[Any]) -> None:
        """Count and keep a request, and know its records by their keys from now on."""
        self.add_count(len(request.events))
        known = self.known.setdefault(request.endpoint, {})
        known.update(dict.fromkeys(keys))
        for key in list(islice(known, max(0, len(known) - MAX_KNOWN))):
            del known[key]
        self._requests.append(request)
        self._weight += _weight(request)
        self._shed()

    def _shed(self) -> None:
        """Let the oldest events go until no more than `keep` are left; a request without events weighs one."""
        while self._weight > self._keep:
            oldest = self._requests.popleft()
            weight = _weight(oldest)
            spare = self._weight - self._keep
            self._weight -= weight
            if spare < weight:
                self._requests.appendleft(replace(oldest, events=oldest.events[spare:]))
                self._weight += weight - spare


def _weight(request: ReceivedRequest) -> int:
    return max(1, len(request.events))
