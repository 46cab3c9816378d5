"""How a queue stands, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from mapper.app.standing import last_error_of, sending_of, standing
from mapper.delivery.door import State
from mapper.delivery.durable.view import View
from mapper.delivery.jetstream.room import Room


def as_metrics(found: View, now: int, room: Room | None = None) -> str:
    """Everything, in Prometheus's text format.

    Args:
        now: Milliseconds since the epoch.
        room: Of a queue in a cluster.
    """
    return "\n".join([*_metrics(found, now), *(_room_metrics(room) if room else ())]) + "\n"


def _metrics(found: View, now: int) -> Iterator[str]:
    stands = standing(found.ledger, found.pending)
    yield from _counter("mapper_lines_total", "Lines read.", [({}, stands.lines)])
    yield from _counter("mapper_read_total", "Results of the lines read.", [({}, stands.read)])
    yield from _counter("mapper_delivered_total", "Results delivered.", [({}, stands.delivered)])
    skipped = [({"reason": reason}, count) for reason, count in sorted(stands.skipped.items())]
    yield from _counter("mapper_skipped_total", "Results left out on purpose.", skipped)
    dead = [({"kind": kind, "reason": reason}, count) for (kind, reason), count in sorted(stands.dead.items())]
    yield from _counter("mapper_dead_total", "Results that can't be delivered.", dead)
    pending = [({"request": request}, count) for request, count in sorted(stands.pending.items())]
    yield from _gauge("mapper_pending", "Requests not settled.", pending)
    oldest = 0.0 if found.oldest is None else max(now - found.oldest, 0) / 1000
    yield from _gauge("mapper_oldest_pending_seconds", "Age of the oldest request not settled.", [({}, oldest)])
    yield from _gauge("mapper_dead_letters", "Dead letters kept.", [({}, found.letters)])
    dropped = [({"why": why}, count) for why, count in sorted(stands.dropped.items())]
    yield from _counter("mapper_dead_letters_dropped_total", "Dead letters deleted for good.", dropped)
    yield from _sending_metrics(found)


def _room_metrics(room: Room) -> Iterator[str]:
    yield from _gauge("mapper_queue_bytes", "Bytes of what is to be sent.", [({}, room.used)])
    bounds: list[Sample] = [] if room.bound is None else [({}, room.bound)]
    yield from _gauge("mapper_queue_max_bytes", "Bytes that it may have; none: as much as disks hold.", bounds)
    yield from _gauge("mapper_queue_full", "1 where what is put may not be taken for now.", [({}, int(room.full))])


def _sending_metrics(found: View) -> Iterator[str]:
    requests = sorted(sending_of(found).items())
    most = [({"request": request}, state["concurrency"]) for request, state in requests]
    yield from _gauge("mapper_concurrency", "HTTP requests at a time, at most, as found out.", most)
    flights = [({"request": request}, state["in_flight"]) for request, state in requests]
    yield from _gauge("mapper_in_flight", "HTTP requests under way.", flights)
    breakers = [
        ({"request": request, "state": name}, int(state["breaker"] == name))
        for request, state in requests
        for name in get_args(State)
    ]
    yield from _gauge("mapper_breaker", "1 for the state in which the circuit breaker is.", breakers)
    if error := last_error_of(found):
        at = [({"request": error["request"]}, error["at"] / 1000)]
        yield from _gauge("mapper_last_error_timestamp_seconds", "When a request failed last.", at)


Sample = tuple[Mapping[str, str], float]


def _counter(name: str, text: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield from _family(name, "counter", text, samples)


def _gauge(name: str, text: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield from _family(name, "gauge", text, samples)


def _family(name: str, kind: str, text: str, samples: Sequence[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
