"""One lease, from its bytes to the end of each of its items."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from mapper.base.clock import Clock
from mapper.delivery.apart import company_after
from mapper.delivery.batch import Split, frame, overhead, split_batch
from mapper.delivery.classify import judge, timed_out
from mapper.delivery.door import Door
from mapper.delivery.faults import advice
from mapper.delivery.queue import Dead, DeathReason, Delivered, Item, Lease, Queue, WaitedInVain
from mapper.delivery.report import Listener, Pause, Trouble
from mapper.delivery.retry import backoff, is_expired
from mapper.delivery.send import Sender
from mapper.delivery.sorting import Sorted, sort_out
from mapper.records.policy import Response, Ruling, Verdict

EXCERPT = 500
"""Characters of an answer that a settlement keeps."""
_LOOK = 0.25
"""Seconds after which whoever waits for a turn looks whether it is still wanted."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response, its verdict, when the request for it was made and answered, its text to show, and how many events
    the request had."""

    response: Response
    verdict: Verdict
    started: float
    ended: float
    excerpt: str
    events: int


class Courier:
    """Sends what one lease holds; batches it is split into go one after another, so that no lane is overtaken.

    As soon as it is made, its first request counts for the target's rate.

    Args:
        is_halted: Whether nothing more may be started for a door.
        pause: Called where a destination is misconfigured.
    """

    def __init__(
        self,
        queue: Queue,
        lease: Lease,
        door: Door,
        *,
        sender: Sender,
        clock: Clock,
        listener: Listener,
        is_halted: Callable[[Door], bool],
        pause: Callable[[Pause], None],
    ) -> None:
        self._queue = queue
        self._lease = lease
        self._door = door
        self._target = door.target
        self._sender = sender
        self._clock = clock
        self._listener = listener
        self._is_halted = is_halted
        self._pause = pause
        self._open = {item.id: item for item in lease.items}
        self._held_lanes: set[str | None] = set()
        self._split = self._split_lease()
        self._batches: deque[Sequence[Item]] = deque(self._first_batches())
        self._turn_at: float | None = self._turn() if self._batches else None

    async def carry(self) -> None:
        """Settle or give back every item; also where this is cancelled or fails midway."""
        try:
            if self._split.too_large:
                await self._kill([self._too_large(self._lease.items[index]) for index in self._split.too_large])
            while self._batches:
                await self._await_turn()
                batch = await self._set_aside(self._batches.popleft())
                if batch:
                    self._batches.extendleft(reversed(await self._send(batch)))
        finally:
            if self._open:
                await asyncio.shield(self._queue.give_back(self._lease, list(self._open.values())))

    def _split_lease(self) -> Split:
        return split_batch(
            [item.request.body for item in self._lease.items],
            max_events=self._door.batch_limit,
            max_bytes=self._target.batch.max_bytes,
            overhead=overhead(self._target.batch),
        )

    def _first_batches(self) -> list[Sequence[Item]]:
        items, split = self._lease.items, self._split
        if not split.too_large and len(split.batches) == 1:
            return [items]
        return [[items[index] for index in batch] for batch in split.batches]

    def _turn(self) -> float:
        """When the target's rate covers the next batch."""
        return self._door.pace.take(len(self._batches[0]), 1, self._clock.now())

    async def _await_turn(self) -> None:
        """Wait for the turn of the next batch, or until it is not to be sent any more."""
        if self._is_halted(self._door):
            return
        turn_at, self._turn_at = self._turn() if self._turn_at is None else self._turn_at, None
        while (wait := turn_at - self._clock.now()) > 0 and not self._is_halted(self._door):
            await self._clock.sleep(min(wait, _LOOK))

    async def _set_aside(self, batch: Sequence[Item]) -> Sequence[Item]:
        """Give back what may not be sent now, or not before an earlier item of its lane; leave the rest."""
        if self._is_halted(self._door):
            await self._give_back(batch)
            return []
        if not self._held_lanes:
            return batch
        await self._give_back([item for item in batch if item.lane in self._held_lanes])
        return [item for item in batch if item.lane not in self._held_lanes]

    async def _send(self, batch: Sequence[Item]) -> list[Sequence[Item]]:
        """Send one batch and settle what can be; give the batches to send at once."""
        content = frame([item.request.body for item in batch], self._target.batch)
        started = self._clock.now()
        response = await self._sender.send(self._target, content)
        verdict = judge(response, self._target, self._clock.wall())
        answer = Answer(
            response=response,
            verdict=verdict,
            started=started,
            ended=self._clock.now(),
            excerpt="" if verdict.ruling == "delivered" and not verdict.records else self._excerpt(response),
            events=len(batch),
        )
        outcome = sort_out(verdict, len(batch))
        spared = self._note(outcome, answer)
        for ruling, events in outcome.groups.items():
            items = [batch[index] for index, _ in events]
            if ruling == "delivered":
                await self._deliver(items, response)
            elif ruling == "rejected":
                await self._kill([self._death(batch[i], "rejected", why, answer) for i, why in events])
            elif ruling == "misconfigured":
                await self._give_back(items)
            else:
                later = await self._put_off(ruling == "retry", items, answer, spared)
                if later and ruling == "retry":
                    self._tell("retry", events, answer, min(item.not_before for item in later) - answer.ended)
        return [[batch[index] for index in indexes] for indexes in outcome.again]

    def _note(self, outcome: Sorted, answer: Answer) -> float:
        """Draw from an answer what it says of the target; give the seconds for which it is to be left alone."""
        groups, door = outcome.groups, self._door
        if "misconfigured" in groups:
            self._pause(self._misconfigured(groups["misconfigured"][0][1], answer))
            self._tell("misconfigured", groups["misconfigured"], answer, None)
            return 0.0
        if "throttled" in groups:
            door.trouble = self._listener.mask(groups["throttled"][0][1])
            wait = door.throttled(answer.started, answer.ended, answer.verdict.retry_after, self._clock.random())
            self._tell("throttled", groups["throttled"], answer, wait)
            return wait
        if groups.keys() == {"retry"} and not outcome.again:
            door.trouble = self._listener.mask(groups["retry"][0][1])
            if not timed_out(answer.response):
                door.failed(answer.started, answer.ended, self._clock.random())
            elif self._lease.items[0].company is None:
                door.timed_out(answer.started, answer.ended, self._clock.random())
            else:
                door.hung_apart(answer.ended)
        else:
            door.succeeded()
        return 0.0

    async def _deliver(self, items: Sequence[Item], response: Response) -> None:
        await self._queue.deliver(self._lease, items)
        for item in items:
            del self._open[item.id]
        for item in items:
            self._listener.on_settled(Delivered(item=item, attempts=item.attempts + 1, status=response.status))

    async def _kill(self, deaths: Sequence[Dead]) -> None:
        skipped = await self._queue.kill(self._lease, deaths)
        for death in deaths:
            del self._open[death.item.id]
        for death in deaths:
            self._listener.on_settled(death)
        for item in skipped:
            self._listener.on_settled(WaitedInVain(item=item))

    async def _give_back(self, items: Sequence[Item]) -> None:
        """Let items wait again; what follows in their lanes is not sent under this lease any more."""
        if items:
            self._held_lanes.update(item.lane for item in items if item.lane is not None)
            await self._queue.give_back(self._lease, items)
            for item in items:
                del self._open[item.id]

    async def _put_off(self, costs: bool, items: Sequence[Item], answer: Answer, spared: float) -> list[Item]:
        """Have items wait for another try, all for the same part of their back-off, so that they meet again."""
        chance = self._clock.random()
        company = company_after(answer.events) if costs and timed_out(answer.response) else None
        asked = answer.verdict.retry_after or 0.0
        later: list[Item] = []
        dead: list[Dead] = []
        for item in items:
            first = answer.started if item.first_attempt_at is None else item.first_attempt_at
            tried = msgspec.structs.replace(
                item, attempts=item.attempts + costs, first_attempt_at=first, company=company or item.company
            )
            if is_expired(first, answer.ended, self._target.retry.window):
                dead.append(self._expiry(item, answer))
                continue
            wait = backoff(tried.attempts, self._target.retry, chance) if costs else spared
            last_chance = first + self._target.retry.window
            until = max(min(answer.ended + wait, last_chance), answer.ended + asked)
            later.append(msgspec.structs.replace(tried, not_before=until))
        await self._give_back(later)
        if dead:
            await self._kill(dead)
        return later

    # -- words --------------------------------------------------------------------------------------------------------

    def _too_large(self, item: Item) -> Dead:
        size = len(item.request.body) + overhead(self._target.batch).fixed
        because = f"too large: {size} bytes, and a request takes at most {self._target.batch.max_bytes}"
        return Dead(item=item, reason="too_large", because=because, attempts=item.attempts)

    def _expiry(self, item: Item, answer: Answer) -> Dead:
        window = self._target.retry.window
        because = f"not delivered within {window:g} s; the last answer: {answer.verdict.because}"
        return self._death(item, "expired", because, answer)

    def _death(self, item: Item, reason: DeathReason, because: str, answer: Answer) -> Dead:
        return Dead(
            item=item,
            reason=reason,
            because=self._listener.mask(because),
            attempts=item.attempts + 1,
            status=answer.response.status,
            excerpt=answer.excerpt,
        )

    def _excerpt(self, response: Response) -> str:
        """Masked first, cut afterwards: half a secret would not be found."""
        return self._listener.mask(response.body.decode("utf-8", "replace"))[:EXCERPT]

    def _misconfigured(self, because: str, answer: Answer) -> Pause:
        return Pause(
            destination=self._target.destination,
            name=self._target.name,
            kind="misconfigured",
            because=self._listener.mask(because),
            status=answer.response.status,
            advice=advice(because) or self._target.advice,
            shown_url=self._target.shown_url,
        )

    def _tell(self, ruling: Ruling, events: Sequence[tuple[int, str]], answer: Answer, wait: float | None) -> None:
        self._listener.on_trouble(
            Trouble(
                destination=self._target.destination,
                name=self._target.name,
                ruling=ruling,
                because=self._listener.mask(events[0][1]),
                status=answer.response.status,
                events=len(events),
                wait=wait,
            )
        )
