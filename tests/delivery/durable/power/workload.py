"""Work on a queue whose disk is recorded, together with what was promised at every moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import msgspec

from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival, Dead, Item, Position
from tests.delivery.durable.kit import TARGETS, HandClock, letter
from tests.delivery.kit import item

SOURCE = "/calls.ndjson"


@dataclass(frozen=True, slots=True)
class Offered:
    """An arrival was handed to the queue. `line`: the read position that goes with it."""

    line: int
    ids: tuple[int, ...]
    read: int


@dataclass(frozen=True, slots=True)
class Accepted:
    line: int


@dataclass(frozen=True, slots=True)
class Ending:
    """The queue was asked to forget these."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The queue said that these are forgotten; of these, `dead` got letters."""

    ids: tuple[int, ...]
    dead: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """The queue said that it knows of attempts, by item."""

    attempts: dict[int, int]


Fact = Offered | Accepted | Ending | Ended | Tried


class Worker:
    """Reads and sends, badly.

    Args:
        tell: Told what is asked of the queue, and what it promises.
        chance: Decides everything.
        line: The last line that was read before.
    """

    def __init__(self, tell: Callable[[Fact], None], chance: random.Random, clock: HandClock, line: int = 0) -> None:
        self._tell = tell
        self._chance = chance
        self._clock = clock
        self._line = line

    async def work(self, queue: DurableQueue, rounds: int) -> None:
        await asyncio.gather(self._read(queue, rounds), *(self._send(queue, rounds) for _ in range(2)))

    async def _read(self, queue: DurableQueue, rounds: int) -> None:
        for _ in range(rounds):
            arrival = self._arrival(queue.next_id)
            self._tell(Offered(self._line, tuple(each.id for each in arrival.items), arrival.read))
            await queue.accept(arrival)
            self._tell(Accepted(self._line))

    def _arrival(self, first: int) -> Arrival:
        chance = self._chance
        self._line += 1
        items: list[Item] = []
        for number in range(first, first + chance.randrange(8)):
            after = number - 1 if number > first and _waits(number) else None
            body = chance.randbytes(chance.choice((20, 300, 3000)))
            name = chance.choice(TARGETS)[1]
            lane = chance.choice((None, f"{name} a", f"{name} b"))
            items.append(item(number, lane, after=after, body=body, name=name))
        bad = [letter(self._line, because="not JSON")] if chance.random() < 0.3 else []
        read = len(items) + len(bad) + 1
        position = Position(path=SOURCE, inode=1, size=9, head_size=9, head=b"head", line=self._line)
        return Arrival(
            items=items, lines=1, read=read, skipped={"not wanted": 1}, letters=bad, positions=[position], seen=bytes(8)
        )

    async def _send(self, queue: DurableQueue, rounds: int) -> None:
        for _ in range(rounds):
            self._clock.move(1)
            lease = await queue.lease(self._chance.choice(TARGETS), self._chance.randint(1, 9), self._clock.now())
            if lease is None:
                await asyncio.sleep(0)
                continue
            shares: list[list[Item]] = [[], [], []]
            for each in lease.items:
                self._chance.choice(shares).append(each)
            delivered, killed, failed = shares
            if delivered:
                self._tell(Ending(tuple(each.id for each in delivered)))
                await queue.deliver(lease, delivered)
                self._tell(Ended(tuple(each.id for each in delivered), ()))
            if killed:
                ids = [each.id for each in killed]
                self._tell(Ending((*ids, *(number + 1 for number in ids if _waits(number + 1)))))
                skipped = await queue.kill(lease, [_dead(each) for each in killed])
                ended = (*ids, *(each.id for each in skipped))
                self._tell(Ended(ended, tuple(each.request.body for each in killed)))
            if failed:
                back = [_failed(each, self._clock.now()) for each in failed]
                await queue.give_back(lease, back)
                self._tell(Tried({each.id: each.attempts for each in back}))


def _waits(number: int) -> bool:
    """Whether an item waits for the one before, if that came with it."""
    return number % 5 == 0


def _dead(each: Item) -> Dead:
    return Dead(item=each, reason="rejected", because="bad")


def _failed(each: Item, now: float) -> Item:
    first = now if each.first_attempt_at is None else each.first_attempt_at
    return msgspec.structs.replace(each, attempts=each.attempts + 1, first_attempt_at=first, not_before=now + 3)


@dataclass(slots=True)
class Known:
    """What had been asked and promised at a moment."""

    offers: dict[int, Offered] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)
    ending: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    dead: set[bytes] = field(default_factory=set)
    attempts: dict[int, int] = field(default_factory=dict)

    def learn(self, fact: Fact) -> None:
        match fact:
            case Offered():
                self.offers[fact.line] = fact
            case Accepted():
                self.accepted.add(fact.line)
            case Ending():
                self.ending.update(fact.ids)
            case Ended():
                self.ended.update(fact.ids)
                self.dead.update(fact.dead)
            case Tried():
                self.attempts |= fact.attempts

    @property
    def open(self) -> bool:
        """Whether something was asked and not answered."""
        return self.ending > self.ended or set(self.offers) > self.accepted

    def go_by(self, present: Collection[int], line: int) -> None:
        """A new process found these items and this read position: what was asked before was done, or never will be."""
        self.offers = {offer.line: offer for offer in self.offers.values() if offer.line <= line}
        self.accepted = set(self.offers)
        self.ended |= self.ending - set(present)
        self.ending = set(self.ended)
