"""A partition in the hands of this worker: what it took from the stream, and how that was settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from nats.aio.msg import Msg

from mapper.base.tasks import end
from mapper.delivery.durable.chunk import DamagedError
from mapper.delivery.durable.recent import DUPLICATE, WINDOW_MS, Recent
from mapper.delivery.jetstream.book import Book, Entry, Owed, place
from mapper.delivery.jetstream.consumer import ACK_WAIT, consumer_of, make_consumer
from mapper.delivery.jetstream.desk import Desk
from mapper.delivery.jetstream.errors import UnsentError
from mapper.delivery.jetstream.keeper import Keeper
from mapper.delivery.jetstream.letters import drop_letter, send_letter
from mapper.delivery.jetstream.link import RefusedError
from mapper.delivery.jetstream.origin import require_own
from mapper.delivery.jetstream.parcel import Parcel, damaged, items_of, messages_of, opened
from mapper.delivery.jetstream.pull import Puller
from mapper.delivery.jetstream.scan import scan
from mapper.delivery.jetstream.tried import Tried, read_tried, resumed, tried_of, write_tried
from mapper.delivery.queue import Item, Letter, MovedError, TargetKey

_PATIENCE: Final = 1.0


@dataclass(slots=True)
class _Parcel:
    """One in memory: bits of requests that are settled, how many are not, and how often it is being settled now."""

    sequence: int
    before: int
    items: Sequence[Item]
    reply: str
    settled: int
    left: int
    messages: list[int]
    tried: dict[int, Tried] = field(default_factory=dict)
    busy: int = 0

    @property
    def size(self) -> int:
        return len(self.items)


class Holding:
    """One partition, from when it is taken over until it is released or lost.

    Args:
        desk: What is shared.
        number: Of the partition.
        epoch: Grows with each holder; names the consumer, so that who held it before acknowledges nothing any more.
        on_lost: Called once where another worker has it.
    """

    def __init__(self, desk: Desk, number: int, epoch: int, on_lost: Callable[[], None]) -> None:
        self.number = number
        self._desk = desk
        self._consumer = consumer_of(number, epoch)
        self._keeper = Keeper(desk.link, desk.state, f"book.{number}", desk.names.seen_of(number), desk.worker, on_lost)
        self._parcels: dict[int, _Parcel] = {}
        self._places: dict[int, tuple[_Parcel, int]] = {}
        self._recent = Recent()
        self._were_tried: frozenset[int] = frozenset()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pulling: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._closing = False
        self._last = 0
        self._failure: BaseException | None = None

    # -- taking over and letting go -----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take over: from when the book is written nobody else settles anything; then read what is to be sent."""
        await self._keeper.take_over(self._vet)
        await self._remember()
        keys = await self._desk.state.keys(f"tried.{self.number}.")
        self._were_tried = frozenset(int(key.rpartition(".")[2]) for key in keys)
        await self._make_consumer()
        puller = Puller(
            self._desk.link,
            self._desk.names.queue,
            self._consumer,
            self._desk.names.parcels(self.number),
            self._desk.has_room,
            self._take,
            self._make_consumer_again,
        )
        self._pulling = self._spawn(puller.run())
        self._keeping = self._spawn(self._keep_at_it())

    @property
    def crash(self) -> BaseException | None:
        """Why it can't go on, if so."""
        return self._failure or self._keeper.failure

    async def stop_reading(self) -> None:
        """Read no more; what is not leased is for the next holder."""
        self._closing = True
        await end(self._pulling)
        self.forget([each for each in self._places if not self._desk.memory.is_leased(each)])

    def lose(self) -> None:
        """Another worker has it: read no more, and send nothing that is not on its way."""
        self._closing = True
        if self._pulling is not None:
            self._pulling.cancel()
        self.forget([each for each in self._places if not self._desk.memory.is_leased(each)])

    @property
    def leased(self) -> bool:
        """Whether some of it is being sent."""
        return bool(self._places)

    def forget(self, ids: Iterable[int]) -> None:
        """These are not ours to send any more."""
        found = [each for each in ids if each in self._places]
        self._desk.memory.forget(found)
        for each in found:
            self._let_go(each)

    def _let_go(self, item_id: int) -> tuple[_Parcel, int]:
        del self._desk.owners[item_id]
        return self._places.pop(item_id)

    @property
    def closing(self) -> bool:
        """Whether it is on its way to another worker."""
        return self._closing

    async def close(self, *, lost: bool) -> None:
        """Write what is to be written, and leave the stream to the next holder."""
        await self.stop_reading()
        self.forget(list(self._places))
        await end(self._keeping, *(self._tasks if lost else ()))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._keeper.close()
        if not lost:
            with suppress(RefusedError):
                await self._desk.link.ask(f"CONSUMER.DELETE.{self._desk.names.queue}.{self._consumer}")

    async def _remember(self) -> None:
        """Which messages came lately, as far as the book counts them."""
        names, now = self._desk.names, self._desk.now()
        async for sequence, message in scan(self._desk.link, names.seen, names.seen_of(self.number)):
            at = round(message.metadata.timestamp.timestamp() * 1000)
            if sequence <= self._keeper.book.seen and at > now - WINDOW_MS:
                self._recent.add_packed(message.data, at)

    async def _vet(self, book: Book) -> str:
        """When the stream was made. Raises where a book is none of it, such as it was when this is called."""
        books = {self.number: msgspec.structs.replace(book)}
        return (await require_own(self._desk.link, self._desk.names, books)).created

    async def _make_consumer_again(self) -> None:
        """The consumer is gone: the next holder's doing, unless the book is still ours."""
        try:
            await self._keeper.write(lambda _: None)
        except MovedError:
            await asyncio.sleep(_PATIENCE)  # to be cancelled
        else:
            await self._vet(self._keeper.book)
            await self._make_consumer()

    async def _make_consumer(self) -> None:
        await make_consumer(self._desk.link, self._desk.names, self.number, self._consumer)

    # -- taking in ----------------------------------------------------------------------------------------------------

    async def _take(self, message: Msg) -> None:
        """A parcel came from the stream."""
        sequence = message.metadata.sequence.stream
        known = self._parcels.get(sequence)
        if known is not None:
            known.reply = message.reply
            if not known.left and not known.busy:
                self._spawn(self._acknowledge(known))
            return
        try:
            parcel = opened(message.data)
            items = items_of(parcel)
            messages = messages_of(parcel, items)
        except (DamagedError, IndexError):
            parcel, items, messages = damaged(message, self._desk.now()), [], []
        before = self._last if sequence > self._last else sequence - 1
        self._last = max(sequence, self._last)
        found = _Parcel(sequence, before, items, message.reply, 0, len(items), [])
        self._parcels[sequence] = found
        await self._count_in(found, parcel)
        if self._keeper.book.knows(sequence):
            found.settled, found.left = (1 << found.size) - 1, 0
        else:
            found.settled = self._keeper.book.bits(sequence)
            found.left = found.size - found.settled.bit_count()
            self._leave_out_known(found, messages)
        await self._pay(found)
        if found.left:
            await self._hold(found, parcel)
        else:
            self._spawn(self._finish_at_once(found))

    async def _count_in(self, found: _Parcel, parcel: Parcel) -> None:
        """Enter a parcel into the book; before that, what rides with it is done, once."""
        if found.sequence <= self._keeper.book.high:
            return
        for number, letter in enumerate(parcel.letters):
            subject = self._desk.names.letter(self.number, found.sequence, f"x{number}")
            await send_letter(self._desk.link, subject, letter, parcel.at)
        for letter_number, _, _ in parcel.replayed:
            await drop_letter(self._desk.link, self._desk.names, letter_number)
        targets = [item.target for item in found.items]

        def arrive(book: Book) -> None:
            book.arrive(found.sequence, parcel, targets)

        if parcel.letters or parcel.replayed or not found.items:
            await self._keeper.write(arrive)
        else:
            self._keeper.change(arrive)

    def _leave_out_known(self, found: _Parcel, messages: Sequence[int]) -> None:
        """Requests of messages that came already are skipped."""
        again = 0
        targets: list[TargetKey] = []
        last: Item | None = None
        is_known = False
        for at, (item, message) in enumerate(zip(found.items, messages, strict=True)):
            if last is None or item.call is not last.call:
                is_known = bool(message) and self._recent.knows(message)
                if message and not is_known:
                    found.messages.append(message)
                    self._recent.add([message], self._desk.now())
            last = item
            if is_known and not found.settled >> at & 1:
                again |= 1 << at
                targets.append(item.target)
        if not again:
            return
        found.settled |= again
        found.left -= len(targets)
        settled = found.settled

        def skip(book: Book) -> None:
            book.settle(found.sequence, found.before, settled, found.size, targets)
            book.count({("skipped", DUPLICATE): len(targets)})

        self._keeper.change(skip)

    async def _pay(self, found: _Parcel) -> None:
        """Letters that an earlier holder counted and perhaps did not write."""
        for at, item in enumerate(found.items):
            owed = self._keeper.book.owed.get(place(found.sequence, at))
            if owed is not None:
                await self._send_letter(found, at, item, owed)

    async def _hold(self, found: _Parcel, parcel: Parcel) -> None:
        """Keep in memory what is to be sent."""
        if found.sequence in self._were_tried:
            found.tried = await read_tried(self._desk.state, self.number, found.sequence)
        now, wall = self._desk.clock.now(), self._desk.now()
        first = self._desk.next_id(found.size)
        ids = {item.id: first + at for at, item in enumerate(found.items)}
        waiting: list[Item] = []
        for at, item in enumerate(found.items):
            if found.settled >> at & 1:
                continue
            after = None if item.after is None else ids.get(item.after)
            item = msgspec.structs.replace(
                item,
                id=first + at,
                after=after if after in self._places else None,
                not_before=now + parcel.due[at] if at in parcel.due else 0.0,
            )
            waiting.append(resumed(item, found.tried[at], now, wall) if at in found.tried else item)
            self._places[item.id] = found, at
            self._desk.owners[item.id] = self
        self._desk.memory.add(waiting)

    # -- settling -----------------------------------------------------------------------------------------------------

    async def settle(self, items: Sequence[Item], ledger: Mapping[Entry, int], owed: Mapping[int, Owed]) -> None:
        """Write down that items are settled, and what they are counted under.

        Args:
            owed: By item, what its letter says.

        Raises:
            MovedError: another worker has the partition; nothing is counted.
        """
        places = [(*self._let_go(item.id), item) for item in items]
        parts: dict[int, tuple[_Parcel, list[TargetKey]]] = {}
        debts: dict[str, Owed] = {}
        for found, at, item in places:
            found.settled |= 1 << at
            found.left -= 1
            parts.setdefault(found.sequence, (found, []))[1].append(item.target)
            if item.id in owed:
                debts[place(found.sequence, at)] = owed[item.id]
        for found, _ in parts.values():
            found.busy += 1
        settled = {sequence: found.settled for sequence, (found, _) in parts.items()}

        def change(book: Book) -> None:
            for sequence, (found, targets) in parts.items():
                book.settle(sequence, found.before, settled[sequence], found.size, targets)
            book.count(ledger)
            book.owed.update(debts)

        await self._keeper.write(change, [m for found, _ in parts.values() if not found.left for m in found.messages])
        for found, at, item in places:
            if item.id in owed:
                await self._send_letter(found, at, item, owed[item.id])
        for found, _ in parts.values():
            found.busy -= 1
            if not found.left and not found.busy:
                self._spawn(self._acknowledge(found))

    async def _send_letter(self, found: _Parcel, at: int, item: Item, owed: Owed) -> None:
        letter = Letter.of_item(
            item, owed.kind, owed.because, attempts=owed.attempts, status=owed.status, excerpt=owed.excerpt
        )
        subject = self._desk.names.letter(self.number, found.sequence, at)
        await send_letter(self._desk.link, subject, letter, self._desk.now())
        self._keeper.change(lambda book: _forgive(book, place(found.sequence, at)))

    async def note_tried(self, items: Sequence[Item]) -> None:
        """Remember attempts, so that the next holder knows of them."""
        now, wall = self._desk.clock.now(), self._desk.now()
        changed: dict[int, _Parcel] = {}
        for item in items:
            found, at = self._places[item.id]
            found.tried[at] = tried_of(item, now, wall)
            changed[found.sequence] = found
        for found in changed.values():
            await write_tried(self._desk.state, self.number, found.sequence, found.tried)

    async def _finish_at_once(self, found: _Parcel) -> None:
        """A parcel came of which nothing is to be sent: the stream may forget it as soon as the book is written."""

        def close(book: Book) -> None:
            book.finish(found.sequence, found.before, found.size)

        await self._keeper.write(close, found.messages)
        await self._acknowledge(found)

    async def _acknowledge(self, found: _Parcel) -> None:
        if found.tried:
            await self._desk.state.purge(f"tried.{self.number}.{found.sequence}")
        if await self._desk.link.acknowledge(found.reply):
            self._keeper.change(lambda book: _remove(book, found.sequence))
        self._parcels.pop(found.sequence, None)  # where it was not acknowledged it comes again

    async def _keep_at_it(self) -> None:
        """Tell the server what we still have in hand, lest it sends that again; forget messages in time; and see to it
        that nobody sets the stream back."""
        while True:
            await asyncio.sleep(ACK_WAIT / 3)
            self._recent.forget(self._desk.now())
            for found in list(self._parcels.values()):
                await self._desk.link.say(found.reply, b"+WPI")
            with suppress(RefusedError, UnsentError):  # it can't be looked at now
                await self._vet(self._keeper.book)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None and not isinstance(failure, MovedError):
            self._failure = self._failure or failure


def _forgive(book: Book, where: str) -> None:
    book.owed.pop(where, None)


def _remove(book: Book, sequence: int) -> None:
    book.done.pop(sequence, None)
