"""How a queue stands, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mapper.delivery.durable.view import View

_NOT_DEAD: Final = frozenset({"lines", "read", "delivered", "skipped", "damaged lines"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger of a queue: ``read = delivered + skipped + dead + pending``.

    Attributes:
        lines: Lines read.
        read: Results they gave.
        delivered: Accepted by their destinations.
        skipped: Left out on purpose, by reason.
        dead: Not deliverable, by kind and reason.
        pending: Not settled, by ``destination/request``.
    """

    lines: int
    read: int
    delivered: int
    skipped: Mapping[str, int]
    dead: Mapping[tuple[str, str], int]
    pending: Mapping[str, int]

    @property
    def totals(self) -> dict[str, int]:
        """The five numbers of the law."""
        return {
            "read": self.read,
            "delivered": self.delivered,
            "skipped": sum(self.skipped.values()),
            "dead": sum(self.dead.values()),
            "pending": sum(self.pending.values()),
        }

    @property
    def balances(self) -> bool:
        """Whether the law holds."""
        read, *others = self.totals.values()
        return read == sum(others)


def standing(ledger: Mapping[tuple[str, str], int], pending: Mapping[tuple[str, str], int]) -> Standing:
    """Sort a ledger's entries."""
    by_kind: dict[str, Counter[str]] = {}
    for (kind, reason), count in ledger.items():
        by_kind.setdefault(kind, Counter())[reason] += count
    return Standing(
        lines=by_kind.get("lines", Counter()).total(),
        read=by_kind.get("read", Counter()).total(),
        delivered=by_kind.get("delivered", Counter()).total(),
        skipped=by_kind.get("skipped", Counter()),
        dead={(kind, reason): count for (kind, reason), count in ledger.items() if kind not in _NOT_DEAD},
        pending={f"{destination}/{name}": count for (destination, name), count in pending.items() if count},
    )


def as_json(found: View, now: int) -> dict[str, Any]:
    """Everything, for programs. `now`: milliseconds since the epoch."""
    stands = standing(found.ledger, found.pending)
    by_kind: dict[str, dict[str, int]] = {}
    for (kind, reason), count in stands.dead.items():
        by_kind.setdefault(kind, {})[reason] = count
    return {
        **stands.totals,
        "lines": stands.lines,
        "balances": stands.balances,
        "skipped_by_reason": dict(stands.skipped),
        "dead_by_kind": by_kind,
        "pending_by_request": dict(stands.pending),
        "oldest_pending_seconds": None if found.oldest is None else max(now - found.oldest, 0) / 1000,
        "dead_letters": found.letters,
        "process": found.holder,
        **{key: value for key, (_, value) in found.live.items()},
    }


def as_text(found: View, now: int) -> str:
    """What the ledger does not say, for people: what waits, and who has the queue."""
    rows = [f"{'':<10}{count:,}  {request}" for request, count in sorted(standing({}, found.pending).pending.items())]
    if found.oldest is not None:
        rows.append(f"{'':<10}the oldest since {_span(now - found.oldest)}")
    if found.letters:
        rows.append(f"{found.letters:,} dead letters are kept")
    rows.append("no process has it" if found.holder is None else f"process {found.holder} has it")
    return "\n".join(rows) + "\n"


def _span(milliseconds: int) -> str:
    seconds = max(milliseconds, 0) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def as_metrics(found: View, now: int) -> str:
    """The same in Prometheus's text format."""
    return "\n".join(_metrics(found, now)) + "\n"


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
