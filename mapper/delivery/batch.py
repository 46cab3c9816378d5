"""Events to request bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mapper.base import json
from mapper.records.policy import BatchPolicy


class Overhead(NamedTuple):
    """Bytes on the wire beside the events: `fixed` once, `each` between two."""

    fixed: int = 0
    each: int = 0


BARE = Overhead()
"""Nothing but the events."""


class Split(NamedTuple):
    """Indexes of events: those of each batch, and those that fit no batch even alone."""

    batches: list[range | list[int]]
    too_large: list[int]


def overhead(policy: BatchPolicy) -> Overhead:
    """What the framing adds to the events."""
    if policy.framing == "ndjson":
        return Overhead(each=1)
    if policy.framing == "records":
        return Overhead(fixed=len(_opening(policy)) + len(b"]}"), each=1)
    return BARE


def split_batch(bodies: Sequence[bytes], *, max_events: int, max_bytes: int, overhead: Overhead = BARE) -> Split:
    """Group encoded events into batches the destination accepts.

    Pure: no clock, no queue, no HTTP. Every event is in exactly one batch or in ``too_large``, in the order given.

    Args:
        bodies: One UTF-8 JSON object each, oldest first.
        max_events: Most events in a batch; at least 1.
        max_bytes: Most bytes on the wire, `overhead` included.
        overhead: What the framing adds.
    """
    count = len(bodies)
    if count <= max_events and sum(map(len, bodies)) + overhead.fixed + overhead.each * max(count - 1, 0) <= max_bytes:
        return Split([range(count)] if count else [], [])
    batches: list[range | list[int]] = []
    too_large: list[int] = []
    batch: list[int] = []
    size = 0
    for index, body in enumerate(bodies):
        alone = overhead.fixed + len(body)
        if alone > max_bytes:
            too_large.append(index)
            continue
        if batch and (len(batch) == max_events or size + overhead.each + len(body) > max_bytes):
            batches.append(batch)
            batch = []
        size = size + overhead.each + len(body) if batch else alone
        batch.append(index)
    if batch:
        batches.append(batch)
    return Split(batches, too_large)


def frame(bodies: Sequence[bytes], policy: BatchPolicy) -> bytes:
    """The body of one HTTP request. For ``json``, `bodies` is a single event."""
    if policy.framing == "ndjson":
        return b"\n".join(bodies)
    if policy.framing == "records":
        return _opening(policy) + b",".join(bodies) + b"]}"
    (body,) = bodies
    return body


def batch_limit(policy: BatchPolicy) -> int:
    """Most events of one request."""
    return 1 if policy.framing == "json" else policy.max_events


def _opening(policy: BatchPolicy) -> bytes:
    return b"{" + json.encode(policy.records_key) + b":["
