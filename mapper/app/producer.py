"""Feeds a queue from lines, and the ledger with what became of them on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from mapper.app.hooks import Hooks
from mapper.app.keeping import Keeping, without_key
from mapper.app.ledger import Ledger
from mapper.app.mapping import Chunk, Pair, Spot, spot
from mapper.app.parallel import WorkersLostError
from mapper.app.wiring import Wired
from mapper.delivery.enqueue import items_of, lane_of
from mapper.delivery.queue import Arrival, Item, Letter, Queue, QueueClosedError
from mapper.records.line import Line
from mapper.records.result import Invalid, Mapped, Skipped, Unmappable


@dataclass(slots=True)
class Producer:
    """Puts what chunks of lines become into the queue, a chunk at a time or not at all.

    Attributes:
        unread: The first line that is not in the queue's care, as far as is known.
        done: Whether all lines are.
        failure: Why it can't go on, where it can't.
    """

    wired: Wired
    queue: Queue
    ledger: Ledger
    hooks: Hooks
    keeping: Keeping | None = None
    unread: Spot | None = None
    done: bool = False
    failure: WorkersLostError | None = None

    async def run(self, mapped: AsyncIterator[tuple[Chunk, list[Pair]]]) -> None:
        """Queue everything; stops where the queue is closed by somebody else, or where no more can be mapped."""
        try:
            async for chunk, pairs in mapped:
                self.unread = spot(chunk.lines[0])
                await self.take(chunk.lines, pairs)
                self.unread = chunk.following
            self.done, self.unread = True, None
        except QueueClosedError:
            return
        except WorkersLostError as error:
            self.failure, self.unread = error, error.first or self.unread
        finally:
            self.queue.close()

    async def take(self, lines: Sequence[Line], pairs: Sequence[Pair]) -> None:
        """Queue what lines became; it is in the queue's care when this returns.

        Raises:
            QueueClosedError: nothing is taken any more.
        """
        seen = b""
        if self.keeping is not None:
            pairs, seen = self.keeping.only_new(pairs)
        died = [line.died for line in lines if line.died is not None]  # were counted when they were read
        await self.queue.accept(
            Arrival(
                items=self._one_each(pairs) if len(pairs) == len(lines) else self._items(pairs),
                lines=len(lines) - len(died),
                read=len(pairs) - len(died),
                skipped=Counter(result.reason for _, result in pairs if type(result) is Skipped),
                letters=[refusal(line, result) for line, result in pairs if isinstance(result, Invalid | Unmappable)],
                positions=self.keeping.positions(lines) if self.keeping is not None else (),
                seen=seen,
                replayed=[each.id for each in died],
            )
        )
        for each in died:
            self.ledger.exhume(each.kind, each.because)
        self._count(len(lines) - len(died), pairs)
        self.hooks.on_taken(pairs)
        self.hooks.on_progress()
        await asyncio.sleep(0)

    def _one_each(self, pairs: Sequence[Pair]) -> list[Item]:
        """What lines become that have one result each, as nearly all have."""
        keep, groups = self._keep, self.wired.groups
        mapped = [(line, result) for line, result in pairs if type(result) is Mapped]
        return [
            Item(
                id=item_id,
                request=result.request,
                call=keep(line.raw),
                file=line.file,
                line=line.number,
                message_id=result.message_id,
                type=result.type,
                lane=lane_of(result.request, groups),
            )
            for item_id, (line, result) in enumerate(mapped, self.queue.next_id)
        ]

    def _items(self, pairs: Sequence[Pair]) -> list[Item]:
        """The same of any lines."""
        items: list[Item] = []
        keep, next_id = self._keep, self.queue.next_id
        at = 0
        while at < len(pairs):
            line = pairs[at][0]
            mapped: list[Mapped] = []
            while at < len(pairs) and pairs[at][0] is line:
                result = pairs[at][1]
                if type(result) is Mapped:
                    mapped.append(result)
                at += 1
            if mapped:
                items += items_of(
                    [result.request for result in mapped],
                    first_id=next_id + len(items),
                    call=keep(line.raw),
                    file=line.file,
                    line=line.number,
                    message_id=mapped[0].message_id,
                    type=mapped[0].type,
                    groups=self.wired.groups,
                )
        return items

    @property
    def _keep(self) -> Callable[[bytes], bytes]:
        """Makes of a call what is kept of it."""
        return _as_it_is if self.keeping is None else self.keeping.kept

    def _count(self, lines: int, pairs: Sequence[Pair]) -> None:
        """Enter results once their requests are safely queued."""
        self.ledger.lines += lines
        for line, result in pairs:
            self.ledger.count(result)
            if type(result) is Mapped:
                continue
            if isinstance(result, Invalid | Unmappable):
                self.hooks.on_refused(line, result)
            elif isinstance(result, Skipped):
                self.hooks.on_skipped(line, result)


def _as_it_is(raw: bytes) -> bytes:
    return raw


def refusal(line: Line, result: Invalid | Unmappable) -> Letter:
    """The dead letter of a call that can't become a request."""
    if isinstance(result, Invalid):
        destination, mapping = line.place
        kind, call_type, message_id = "invalid", None, None
    else:
        kind, destination, mapping = "unmappable", result.destination, result.mapping
        call_type, message_id = result.type, result.message_id
    return Letter(
        kind=kind,
        because=result.reason,
        destination=destination,
        mapping=mapping,
        type=call_type,
        message_id=message_id,
        file=line.file,
        line=line.number,
        call=without_key(line.raw),
    )
