"""What waits to be sent, and the queue that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, Literal, Protocol, get_args

import msgspec

from mapper.records.result import Request

TargetKey = tuple[str, str]
"""Destination id and request name: what a batch has in common."""


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request on its way.

    Times are seconds of the ``Clock.now()`` of this process; a queue that outlives it translates them.

    Attributes:
        id: Grows in the order of the calls; of one call, after the order in which its requests must arrive.
        request: What to send.
        call: The original call as it was read; the same object for all requests of one call.
        file: Where the call stood, ``-`` for standard input.
        line: 1-based line or item number there.
        message_id: The call's ``messageId``, or None.
        type: The call's type.
        lane: Items of one lane never overtake one another; None: free to go at any time.
        after: Id of an item put together with this one, which must be delivered first, or None.
        attempts: Tries that counted and failed.
        first_attempt_at: When it was first sent, or None.
        not_before: Not to be sent earlier; 0 is at once.
        company: Set where it leaves apart from all others: most items of a lease that holds it.
    """

    id: int
    request: Request
    call: bytes
    file: str
    line: int
    message_id: str | None
    type: str
    lane: str | None = None
    after: int | None = None
    attempts: int = 0
    first_attempt_at: float | None = None
    not_before: float = 0.0
    company: int | None = None

    @property
    def target(self) -> TargetKey:
        """Where it goes."""
        return self.request.destination, self.request.name


DeathReason = Literal["rejected", "expired", "too_large"]
"""Why a request died."""
LetterKind = Literal["invalid", "unmappable", DeathReason, "damaged"]
"""What a result died of: the call, its mapping, its request, or the queue that held it."""
KINDS: Final[tuple[LetterKind, ...]] = get_args(LetterKind)
DAMAGED: Final = "damaged"
"""Kind of letters for what can't be read of a queue; their calls may not be what came in."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The destination took it.

    Attributes:
        item: As it was when last sent.
        attempts: Tries that counted, this one included.
        status: HTTP status of the answer.
    """

    outcome: ClassVar[Literal["delivered"]] = "delivered"
    item: Item
    attempts: int = 0
    status: int | None = None


class Dead(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It can't be delivered.

    Attributes:
        item: As it was when last sent.
        reason: Kind of the end.
        because: One line for people, secrets masked.
        attempts: Tries that counted, this one included.
        status: HTTP status of the last answer, None without one.
        excerpt: Beginning of the last answer's body, at most 500 characters, secrets masked.
    """

    outcome: ClassVar[Literal["dead"]] = "dead"
    item: Item
    reason: DeathReason
    because: str
    attempts: int = 0
    status: int | None = None
    excerpt: str = ""

    @property
    def letter(self) -> Letter:
        """What is kept of it."""
        return Letter.of_item(
            self.item, self.reason, self.because, attempts=self.attempts, status=self.status, excerpt=self.excerpt
        )


class WaitedInVain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It waited for another one, which died; `item` as it was when last sent, if ever."""

    outcome: ClassVar[Literal["skipped"]] = "skipped"
    item: Item

    @property
    def because(self) -> str:
        """One line for people."""
        return waited_in_vain(self.item)

    @property
    def attempts(self) -> int:
        """Tries that counted."""
        return self.item.attempts


Settlement = Delivered | Dead | WaitedInVain
"""How an item ended."""


class Letter(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A result that is dead, with its call.

    Attributes:
        kind: One of :data:`KINDS`; where a later version wrote it perhaps another one.
        because: One line for people, secrets masked.
        destination: Id of the mapping set, None where the line is no call.
        mapping: The mapping that took the call, if one did.
        request: The request's name, if there was one.
        type: The call's type, if it has one.
        message_id: The call's ``messageId``, if it has one.
        file: Where the call stood.
        line: 1-based line or item number there.
        call: The call as it was read.
        attempts: Tries that counted.
        status: HTTP status of the last answer.
        excerpt: Beginning of the last answer's body, secrets masked.
        body: Of the request that died, None where there was none.
    """

    kind: str
    because: str
    destination: str | None
    mapping: str | None
    request: str | None = None
    type: str | None
    message_id: str | None
    file: str
    line: int
    call: bytes
    attempts: int = 0
    status: int | None = None
    excerpt: str = ""
    body: bytes | None = None

    @classmethod
    def of_item(
        cls, item: Item, kind: str, because: str, *, attempts: int = 0, status: int | None = None, excerpt: str = ""
    ) -> Letter:
        """Of a request that died."""
        request = item.request
        return cls(
            kind=kind,
            because=because,
            destination=request.destination,
            mapping=request.mapping,
            request=request.name,
            type=item.type,
            message_id=item.message_id,
            file=item.file,
            line=item.line,
            call=item.call,
            attempts=attempts,
            status=status,
            excerpt=excerpt,
            body=request.body,
        )


DROPPED: Final = "dropped letters"
"""Kind under which letters are counted that were deleted for good; what died stays dead."""
NOT_DEAD: Final = frozenset({"lines", "damaged lines", "read", "delivered", "skipped", DROPPED})
"""Kinds of a ledger; all others, which are :data:`KINDS`, are of dead results."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file has been read.

    Attributes:
        path: Absolute.
        inode: Of the file.
        size: Bytes that it had when its reading began.
        head_size: Bytes of its beginning, at most 64 KB, that `head` is of.
        head: Their SHA-256.
        line: The last line that is accounted for whole, 1-based; 0: none.
        part: How many calls of the line after it are.
    """

    path: str
    inode: int
    size: int
    head_size: int
    head: bytes
    line: int
    part: int = 0


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of reading brings, to be taken in whole or not at all.

    Attributes:
        items: Requests to send, oldest first.
        lines: Lines read.
        read: Results they gave.
        skipped: Results left out on purpose, by reason.
        letters: Results that are dead already.
        positions: How far files have been read with it.
        seen: Hashes of the messages that came, 8 bytes each.
        replayed: Ids of letters whose calls came once more: these are no letters any more.
    """

    items: Sequence[Item] = ()
    lines: int = 0
    read: int = 0
    skipped: Mapping[str, int] = {}
    letters: Sequence[Letter] = ()
    positions: Sequence[Position] = ()
    seen: bytes = b""
    replayed: Sequence[int] = ()


class Lease(msgspec.Struct, frozen=True):
    """Items handed to one batch, oldest first; each is settled or given back under `token`, once."""

    token: int
    items: tuple[Item, ...]


class Counts(msgspec.Struct, frozen=True):
    """Unfinished items: those that `wait`, and those `leased`."""

    waiting: int
    leased: int

    @property
    def pending(self) -> int:
        """Everything unfinished."""
        return self.waiting + self.leased


class QueueClosedError(Exception):
    """Nothing can be put any more."""


class LostLeaseError(Exception):
    """The lease no longer holds an item it speaks of: its end is for another to tell."""


class MovedError(LostLeaseError):
    """Another process has these items by now, and sends them: what became of them here counts for nothing.

    No defect, unlike its base: a queue that several processes work on moves what one of them holds for too long.
    """


def waited_in_vain(item: Item) -> str:
    """Why an item is skipped that waited for one which died."""
    return f"waited for {item.request.after}, which could not be delivered"


class Queue(Protocol):
    """Holds items until they are settled; keeps each lane in order.

    An item can be leased once ``not_before`` is reached, the item it is `after` is delivered, and every earlier
    unfinished item of its lane is in the same lease. An item given back holds up its own lane only.
    """

    @property
    def closed(self) -> bool:
        """Whether nothing will be put any more."""
        ...

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for room: no company will come for a batch until something is settled."""
        ...

    @property
    def suspended(self) -> bool:
        """Whether nothing may be sent for now: what was leased may be another process's by now."""
        ...

    @property
    def next_id(self) -> int:
        """The id that the next item may have; greater ones will do."""
        ...

    async def accept(self, arrival: Arrival) -> None:
        """Take in what one step of reading brings, as far as this queue keeps such things: its items in any case.

        Raises:
            QueueClosedError: as for :meth:`put`.
            ValueError: likewise.
        """
        ...

    async def put(self, items: Sequence[Item]) -> None:
        """Take in all of `items`, once there is room for one.

        Requests of one call belong into one `put`.

        Raises:
            QueueClosedError: the queue was closed, perhaps while this waited. Nothing was taken in.
            ValueError: an id not greater than those before, or an `after` that does not wait here.
        """
        ...

    def close(self) -> None:
        """Let nothing in any more; what is here stays leasable."""
        ...

    async def lease(
        self, target: TargetKey, limit: int, now: float, *, patient: bool = False, apart: bool = False
    ) -> Lease | None:
        """Hand out at most `limit` items of one target, oldest first; None where none can be leased.

        Args:
            target: Which items.
            limit: Most items; at least 1.
            now: Of the clock that `Item` speaks of.
            patient: Rather none than fewer than `limit`, as long as more may come. A lease without items then says
                that some could be had.
            apart: Only items that have a `company`, and no more than that of each, the first due first, so that what
                hangs again and again is behind what has been tried once; without it, only others.
        """
        ...

    async def deliver(self, lease: Lease, items: Sequence[Item]) -> None:
        """Forget delivered items. Raises :class:`LostLeaseError`."""
        ...

    async def give_back(self, lease: Lease, items: Sequence[Item]) -> None:
        """Let items wait again, as they are given: with new `attempts`, `not_before` and `company`.

        Raises:
            LostLeaseError: as for :meth:`deliver`.
        """
        ...

    async def kill(self, lease: Lease, deaths: Sequence[Dead]) -> Sequence[Item]:
        """Forget items that can't be delivered; give those that waited for them, forgotten too.

        Raises:
            LostLeaseError: as for :meth:`deliver`.
        """
        ...

    async def next_due(self, target: TargetKey) -> float | None:
        """When the next item that waits for nothing but time can be leased, or None where there is none."""
        ...

    def counts(self) -> Counts:
        """How much is unfinished."""
        ...

    def oldest(self) -> Item | None:
        """The unfinished item with the lowest id."""
        ...

    def subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Have `on_change` called, on the event loop, whenever something may have become leasable.

        What is given back ends the subscription.
        """
        ...
