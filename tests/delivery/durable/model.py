"""What a durable queue should hold, by plain means: dicts, and every question answered by looking at everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mapper.delivery.queue import Arrival, Item, Lease, TargetKey, waited_in_vain
from tests.delivery.durable.kit import letter
from tests.delivery.kit import item


@dataclass(frozen=True)
class Attempts:
    """How often an item was tried, and when that was written down. Seconds of the wall clock."""

    count: int = 0
    first: float | None = None
    due: float = 0.0
    at: float = 0.0


class Model:
    """An item's `attempts` are what this process knows, its `written` what the next one will."""

    def __init__(self) -> None:
        self.pending: dict[int, Item] = {}
        self.attempts: dict[int, Attempts] = {}
        self.written: dict[int, Attempts] = {}
        self.held: dict[int, Lease] = {}
        self.settled: set[int] = set()
        self.ledger: Counter[tuple[str, str]] = Counter()
        self.letters: Counter[str] = Counter()
        self.next = 1

    def arrival(self, wanted: Sequence[tuple[str | None, int]], skipped: int, bad: int) -> Arrival:
        """Items by lane and how far back in this very arrival lies what they wait for. Those of lane m are for another
        destination; nothing waits for what goes elsewhere."""
        items: list[Item] = []
        for number, (lane, back) in enumerate(wanted, self.next):
            destination = "mall" if lane == "m" else "shop"
            after = number - back if back and number - back >= self.next else None
            if after is not None and items[after - self.next].request.destination != destination:
                after = None
            name = "other" if number % 3 == 0 and destination == "shop" else "event"
            items.append(item(number, lane, after=after, name=name, destination=destination))
        letters = [letter(number) for number in range(bad)]
        read = len(items) + skipped + bad
        return Arrival(items=items, lines=read, read=read, skipped={"not wanted": skipped}, letters=letters)

    def accept(self, arrival: Arrival) -> None:
        for each in arrival.items:
            self.pending[each.id] = each
            self.attempts[each.id] = self.written[each.id] = Attempts()
            self.next = each.id + 1
        self.ledger.update({("lines", ""): arrival.lines, ("read", ""): arrival.read})
        self.ledger.update({("skipped", reason): count for reason, count in arrival.skipped.items()})
        self.ledger.update((each.kind, each.because) for each in arrival.letters)
        self.letters.update(each.kind for each in arrival.letters)

    def leasable(self, target: TargetKey, now: float) -> list[int]:
        """All that one lease could hold, oldest first."""
        chosen: list[int] = []
        for number in sorted(self.pending):
            if self.pending[number].target == target and self.may_go(number, chosen, now):
                chosen.append(number)
        return chosen

    def may_go(self, number: int, chosen: Sequence[int], now: float) -> bool:
        """Whether an item can be leased together with those chosen before it."""
        each = self.pending[number]
        ahead = [o.id for o in self.pending.values() if each.lane and o.lane == each.lane and o.id < number]
        return (
            number not in self.held
            and self.attempts[number].due <= now
            and each.after not in self.pending
            and set(ahead) <= set(chosen)
        )

    def deliver(self, items: Sequence[Item]) -> None:
        for each in items:
            self._end(each.id)
        self.ledger["delivered", ""] += len(items)

    def kill(self, items: Sequence[Item]) -> list[int]:
        """Gives those that waited for them."""
        skipped = self._waiting_for({each.id for each in items})
        for number in skipped:
            self.ledger["skipped", waited_in_vain(self.pending[number])] += 1
            self._end(number)
        for each in items:
            self._end(each.id)
        self.ledger["rejected", "bad"] += len(items)
        self.letters["rejected"] += len(items)
        return skipped

    def give_back(self, items: Sequence[Item], attempts: Attempts | None = None) -> None:
        """With `attempts` that failed, or untried."""
        for each in items:
            del self.held[each.id]
            if attempts is not None:
                self.attempts[each.id] = attempts
            if self.attempts[each.id].first is not None:
                self.written[each.id] = self.attempts[each.id]

    def die(self, now: float) -> None:
        """What only this process knew is gone, and for what is left no time passes until another one takes it up."""
        self.held.clear()
        for number, known in self.written.items():
            first = None if known.first is None else known.first + now - known.at
            self.attempts[number] = Attempts(known.count, first, known.due, known.at)

    def totals(self) -> Counter[str]:
        """By kind, what became of all results."""
        totals: Counter[str] = Counter()
        for (kind, _), results in self.ledger.items():
            totals[kind] += results
        return totals

    def _waiting_for(self, dead: set[int]) -> list[int]:
        found: list[int] = []
        for number in sorted(self.pending):
            if self.pending[number].after in dead | set(found):
                found.append(number)
        return found

    def _end(self, number: int) -> None:
        del self.pending[number], self.attempts[number], self.written[number]
        self.held.pop(number, None)
        assert number not in self.settled
        self.settled.add(number)


def numbers(items: Iterable[Item]) -> list[int]:
    return [each.id for each in items]
