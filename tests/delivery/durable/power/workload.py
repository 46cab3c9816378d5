"""Work on a queue whose disk is recorded, together with what was promised at every moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mapper.delivery.durable.database import Database
from mapper.delivery.durable.queue import DurableQueue
from mapper.delivery.queue import Arrival, Item, Position, Settlement
from tests.delivery.durable.kit import TARGETS, HandClock, Process, letter
from tests.delivery.durable.power.recorder import Recorder
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
    """Reads and sends, badly, for some rounds each.

    Args:
        path: The queue file.
        recorder: Of the disk; told what the queue promises.
        prepare: Done to each database once it is open.
        chance: Decides everything.
    """

    def __init__(self, path: Path, recorder: Recorder, prepare: Callable[[Database], None], chance: random.Random):
        self._path = path
        self._recorder = recorder
        self._prepare = prepare
        self._chance = chance
        self._line = 0
        self._waiting_for: dict[int, list[int]] = {}
        self._clock = HandClock()

    def run(self, rounds: int) -> None:
        """In three processes: the first one dies, the second one ends."""
        with self._recorder.vfs("recorded") as vfs:
            for dying in (True, False, True):
                process = Process(self._path, self._clock, window=40, vfs=vfs)
                self._prepare(process.database)
                asyncio.run(self._work(process.queue, rounds // 3))
                process.die() if dying else process.end()

    async def _work(self, queue: DurableQueue, rounds: int) -> None:
        await asyncio.gather(self._read(queue, rounds), *(self._send(queue, rounds) for _ in range(2)))

    async def _read(self, queue: DurableQueue, rounds: int) -> None:
        for _ in range(rounds):
            arrival = self._arrival(queue.next_id)
            self._recorder.tell(Offered(self._line, tuple(each.id for each in arrival.items), arrival.read))
            await queue.accept(arrival)
            self._recorder.tell(Accepted(self._line))

    def _arrival(self, first: int) -> Arrival:
        chance = self._chance
        self._line += 1
        items: list[Item] = []
        for number in range(first, first + chance.randrange(8)):
            after = number - 1 if number > first and chance.random() < 0.2 else None
            if after is not None:
                self._waiting_for.setdefault(after, []).append(number)
            body = chance.randbytes(chance.choice((20, 300, 3000)))
            name = chance.choice(TARGETS)[1]
            lane = chance.choice((None, f"{name} a", f"{name} b"))
            items.append(item(number, lane, after=after, body=body, name=name))
        bad = [letter(self._line, because="not JSON")] if chance.random() < 0.3 else []
        read = len(items) + len(bad) + 1
        position = Position(path=SOURCE, inode=1, head_size=9, head=b"head", line=self._line)
        return Arrival(
            items=items, lines=1, read=read, skipped={"not wanted": 1}, letters=bad, position=position, seen=bytes(8)
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
                self._recorder.tell(Ending(tuple(each.id for each in delivered)))
                await queue.deliver(lease, delivered)
                self._recorder.tell(Ended(tuple(each.id for each in delivered), ()))
            if killed:
                doomed = self._doomed([each.id for each in killed])
                self._recorder.tell(Ending(tuple(doomed)))
                await queue.kill(lease, [_dead(each) for each in killed])
                self._recorder.tell(Ended(tuple(doomed), tuple(each.request.body for each in killed)))
            if failed:
                back = [_failed(each, self._clock.now()) for each in failed]
                await queue.give_back(lease, back)
                self._recorder.tell(Tried({each.id: each.attempts for each in back}))

    def _doomed(self, dead: Sequence[int]) -> list[int]:
        found = list(dead)
        for number in found:
            found += self._waiting_for.get(number, [])
        return found


def _dead(each: Item) -> Settlement:
    return Settlement(item=each, outcome="dead", reason="rejected", because="bad")


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
