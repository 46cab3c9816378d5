"""A pretend destination: what it decides about each request, and what it remembers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mapper.base.clock import Clock
from mapper.sandbox.admission import Head
from mapper.sandbox.answers import Answer, problem
from mapper.sandbox.error import SandboxError
from mapper.sandbox.faults import Fault, Faults
from mapper.sandbox.framing import FramingError, count_events, split_events
from mapper.sandbox.judge import accept, judge, key_of
from mapper.sandbox.rate import RateLimit
from mapper.sandbox.received import Received, ReceivedRequest
from mapper.sandbox.spec import Endpoint, SandboxSpec

_UNSHOWN: Final = frozenset({"authorization", "proxy-authorization", "cookie"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How a sandbox runs.

    Attributes:
        port: 0 for a free one.
        keep: Most events kept for ``GET /received``, the newest; all are counted.
        sink: Only count events: no check, no fault that looks at events, nothing kept. For benchmarks.
        rate: Requests a second it takes before it answers 429; None for no limit.
        faults: Rules it starts with, beside those of its file.
    """

    port: int = 0
    keep: int = 100_000
    sink: bool = False
    rate: float | None = None
    faults: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: an answer, and the fault that spoils its way or even swallows it."""

    answer: Answer
    fault: Fault | None = None


@dataclass(slots=True)
class Sandbox:
    """A running pretend destination.

    Attributes:
        base_url: ``http://127.0.0.1:PORT``, without a slash at the end.
        received: What was taken so far.
        faults: The rules in force.
        log: Gets one line for each answer, keys masked; None for silence.
    """

    spec: SandboxSpec
    options: SandboxOptions
    clock: Clock
    log: Callable[[str], None] | None = None
    base_url: str = ""
    received: Received = field(init=False)
    faults: Faults = field(init=False)
    _rate: RateLimit | None = field(init=False)

    def __post_init__(self) -> None:
        if self.options.keep < 0 or (self.options.rate is not None and not 0 < self.options.rate < math.inf):
            raise SandboxError("keep must be 0 or more, and rate above 0")
        self.received = Received(self.options.keep)
        self.faults = Faults(self.spec.endpoints)
        self.faults.add([*self.spec.faults, *self.options.faults])
        self._rate = None if self.options.rate is None else RateLimit(self.options.rate, self.clock)

    @property
    def settings(self) -> Mapping[str, str]:
        """The keys it brings along, as settings of its mapping set."""
        return self.spec.settings

    def take(self, endpoint: Endpoint, head: Head, body: bytes) -> Reply:
        """Decide about a request whose head was admitted: limit, form, faults, checks, in this order."""
        wait = self._rate.seconds_to_wait() if self._rate is not None else 0
        if wait:
            return Reply(problem(429, "too many requests", headers=(("retry-after", str(wait)),)))
        try:
            if self.options.sink:
                return self._count(endpoint, body)
            events = split_events(body, endpoint.form, endpoint.records_key)
        except FramingError as error:
            return Reply(problem(400, str(error), line=error.line))
        picked = self.faults.pick(endpoint.name, events)
        fault = picked.fault
        judgment = judge(endpoint, events, self.received.known, picked.record_failures)
        if judgment.taken is not None and not (fault and fault.takes_nothing):
            self._keep(endpoint, head, judgment.taken)
        return self._reply(judgment.answer, fault)

    def _count(self, endpoint: Endpoint, body: bytes) -> Reply:
        count = count_events(body, endpoint.form, endpoint.records_key)
        fault = self.faults.pick(endpoint.name, []).fault
        if not (fault and fault.takes_nothing):
            self.received.add_count(count)
        return self._reply(accept(endpoint, count), fault)

    def _reply(self, answer: Answer, fault: Fault | None) -> Reply:
        instead = fault.answer(self.clock.wall()) if fault is not None else None
        return Reply(instead or answer, fault)

    def _keep(self, endpoint: Endpoint, head: Head, taken: list[Any]) -> None:
        headers = {name: value for name, value in sorted(head.headers.items()) if name not in _UNSHOWN}
        request = ReceivedRequest(
            endpoint=endpoint.name,
            method=head.method,
            path=endpoint.masked_path,
            headers=headers,
            events=tuple(taken),
        )
        self.received.add(request, (key for event in taken if (key := key_of(endpoint, event)) is not None))
