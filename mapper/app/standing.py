"""How a queue stands, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mapper.delivery.durable.view import View
from mapper.delivery.queue import DROPPED, NOT_DEAD


@dataclass(frozen=True, slots=True)
class Standing:
    """The ledger of a queue: ``read = delivered + skipped + dead + pending``.

    Attributes:
        lines: Lines read.
        read: Results they gave.
        delivered: Accepted by their destinations.
        skipped: Left out on purpose, by reason.
        dead: Not deliverable, by kind and reason, without what differs from call to call.
        pending: Not settled, by ``destination/request``.
        dropped: Dead letters that were deleted for good, by why: ``by age``, ``by hand``.
    """

    lines: int
    read: int
    delivered: int
    skipped: Mapping[str, int]
    dead: Mapping[tuple[str, str], int]
    pending: Mapping[str, int]
    dropped: Mapping[str, int]

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
        dead={(kind, reason): count for (kind, reason), count in ledger.items() if kind not in NOT_DEAD},
        pending={f"{destination}/{name}": count for (destination, name), count in pending.items() if count},
        dropped=by_kind.get(DROPPED, Counter()),
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
        "dead_letters_dropped": dict(stands.dropped),
        "process": found.holder,
        "requests": sending_of(found),
        "last_error": last_error_of(found),
    }


def sending_of(found: View) -> Mapping[str, Mapping[str, Any]]:
    """By request, how the process that has the queue sends; nothing where none has."""
    _, requests = found.live.get("requests", (0, {})) if found.holder is not None else (0, {})
    return dict(requests)


def last_error_of(found: View) -> Mapping[str, Any] | None:
    """What went wrong last, in this process or in one before."""
    _, error = found.live.get("last_error", (0, None))
    return dict(error) if error else None


def as_text(found: View, now: int, who: str | None = None) -> str:
    """What the ledger does not say, for people: what waits, and who has the queue; `who` says so where not one process
    has it."""
    rows = [f"{'':<10}{count:,}  {request}" for request, count in sorted(standing({}, found.pending).pending.items())]
    if found.oldest is not None:
        rows.append(f"{'':<10}the oldest for {_span(now - found.oldest)}")
    dropped = standing(found.ledger, {}).dropped
    if found.letters or dropped:
        more = "".join(f", {count:,} dropped {why}" for why, count in sorted(dropped.items()))
        rows.append(f"{found.letters:,} dead letter{' is' if found.letters == 1 else 's are'} kept{more}")
    if error := last_error_of(found):
        over = "; delivered since" if error.get("delivered_since") is not None else ""
        rows.append(f"last error {_span(now - error['at'])} ago: {error['request']}: {error['because']}{over}")
    rows += [f"{request}: {_sending(state, now)}" for request, state in sorted(sending_of(found).items())]
    rows.append(who or ("no process has it" if found.holder is None else f"process {found.holder} has it"))
    return "\n".join(rows) + "\n"


def _sending(state: Mapping[str, Any], now: int) -> str:
    """The state first: what is last is cut off where the line is too long."""
    at_a_time = f"{state['in_flight']} in flight, at most {state['concurrency']} at a time"
    match state["breaker"]:
        case "paused":
            return "paused: nothing is sent for now"
        case "half-open":
            return f"breaker half-open, one event decides; {at_a_time}"
        case "open" if state["not_before"] is not None:
            return f"breaker open for {_span(state['not_before'] - now)}; {at_a_time}"
    return f"breaker {state['breaker']}; {at_a_time}"


def _span(milliseconds: int) -> str:
    seconds = max(milliseconds, 0) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
