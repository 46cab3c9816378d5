"""How requests of one name are batched, sent and judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

Ruling = Literal["delivered", "retry", "throttled", "rejected", "misconfigured", "resend", "bisect"]
"""What an answer means for the events of a batch.

delivered: done. retry: again later, costs an attempt. throttled: again later, costs none. rejected: dead.
misconfigured: the destination is paused, nothing is lost. resend: those not named in `records` again at once, costing
no attempt. bisect: one of several events is at fault; halve until it stands alone, then it is rejected.
"""


class BatchPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one HTTP request.

    Attributes:
        framing: ``ndjson`` joins bodies by newlines, ``json`` sends one body a request, ``records`` wraps an array.
        records_key: The key that holds the array, for ``records``.
        max_events: At least 1; always 1 for ``json``.
        max_bytes: Bytes on the wire, separators and wrapping included.
        max_wait: Seconds an event may wait for company.
    """

    framing: Literal["ndjson", "json", "records"] = "ndjson"
    records_key: str = "records"
    max_events: int = 1
    max_bytes: int = 1_000_000
    max_wait: float = 0.25


class RatePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a target may be sent to.

    Attributes:
        unit: What is counted.
        per_second: How many of it; more than 0.
    """

    unit: Literal["events", "requests"]
    per_second: float


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When to try again and when to give up. All in seconds.

    Attributes:
        base: Back-off before the first retry; doubled each time, with full jitter.
        cap: Greatest back-off, and greatest Retry-After that is believed.
        window: A request not delivered this long after its first attempt is dead (expired).
        connect_timeout: For the connection alone.
        total_timeout: For one whole request, from connecting to the last byte of the answer.
    """

    base: float = 1.0
    cap: float = 300.0
    window: float = 4 * 3600.0
    connect_timeout: float = 5.0
    total_timeout: float = 30.0


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer, or what came instead of one.

    Attributes:
        status: HTTP status, or None where no whole answer came.
        headers: Lower-case names; of repeated ones the last.
        body: At most 1 MiB of it.
        error: Why no answer came (``connection refused``, ``timed out``), without URL or secret; None with an answer.
    """

    status: int | None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""
    error: str | None = None


class RecordRuling(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer says of one event of the batch; `index` counts from 0 in the order sent."""

    index: int
    ruling: Ruling
    because: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, judged.

    Attributes:
        ruling: For every event of the batch that `records` does not name.
        because: One line for people and dead letters, no secret in it.
        records: Exceptions, each index at most once.
        retry_after: Seconds the destination asked to wait, already clamped; None where it did not ask.
    """

    ruling: Ruling
    because: str
    records: tuple[RecordRuling, ...] = ()
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests of one name go, settled from the settings just before sending.

    Attributes:
        destination: Id of the mapping set.
        name: The request's name in the destination file.
        method: HTTP method.
        url: Holds secrets: never shown.
        headers: Hold secrets: never shown.
        shown_url: `url`, evaluated with every secret as ``***``.
        shown_headers: `headers`, likewise.
        batch: Limits of one HTTP request.
        retry: When to try again.
        rate: How fast it may be sent to; None: as fast as it goes.
        judge: The destination's own `outcomes`: a verdict, or None where no rule of the file holds.
        advice: Which setting to look at when the destination is misconfigured, one line.
    """

    destination: str
    name: str
    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    shown_url: str
    shown_headers: dict[str, str]
    batch: BatchPolicy
    retry: RetryPolicy = field(default=RetryPolicy())
    rate: RatePolicy | None = None
    judge: Callable[[Response], Verdict | None] = field(default=lambda _: None, repr=False)
    advice: str = "check the destination's settings"
