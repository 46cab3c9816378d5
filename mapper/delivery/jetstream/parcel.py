"""What one message of the stream holds: the requests of one partition that one step of reading brought."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final

import msgspec
from nats.aio.msg import Msg

from mapper.delivery.durable.chunk import DamagedError, pack, unpack
from mapper.delivery.durable.recent import hash_of
from mapper.delivery.queue import DAMAGED, Arrival, Item, Letter

_ROOM: Final = 16_384
"""Bytes of a message that are left for what stands around calls and bodies."""
_AROUND: Final = 300
"""Bytes that a request takes besides its call and body, at most but for long names."""


class Parcel(msgspec.Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """Of one partition.

    Attributes:
        at: When it was accepted, milliseconds since the epoch, UTC.
        items: The requests, as :func:`~mapper.delivery.durable.chunk.pack` has them.
        messages: For each call of them 8 bytes that stand for its message, 0 where it is meant to come again.
        due: By place, seconds for which a request is to wait first.
        lines: Lines read, which are counted with this parcel.
        read: Results that made no request here, likewise; less where letters come back.
        skipped: Results left out on purpose, by reason.
        letters: Results that are dead already.
        replayed: Letters whose calls came once more: number, kind and cause.
    """

    at: int
    items: bytes = b""
    messages: bytes = b""
    due: Mapping[int, float] = {}
    lines: int = 0
    read: int = 0
    skipped: Mapping[str, int] = {}
    letters: Sequence[Letter] = ()
    replayed: Sequence[tuple[int, str, str]] = ()


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Parcel).decode


class Addressed(msgspec.Struct, frozen=True):
    """A parcel for a partition, and the requests that are in it."""

    partition: int
    parcel: Parcel
    items: Sequence[Item] = ()

    @property
    def count(self) -> int:
        """How many requests there are."""
        return len(self.items)

    def id(self, seed: str) -> str:
        """What tells it from others: it stands for what brought it and for message, mapping and body of each item."""
        digest = blake2b(f"{seed}\0{self.partition}".encode(), digest_size=16)
        for item in self.items:
            about = f"\0{item.file}\0{item.line}\0{item.message_id}\0{item.request.mapping}\0"
            digest.update(about.encode("utf-8", "surrogatepass"))
            digest.update(item.request.body)
        return digest.hexdigest()

    @property
    def payload(self) -> bytes:
        """As it is stored."""
        return _encode(self.parcel)


def key_of(*words: str) -> str:
    """A key of a bucket that stands for these words."""
    return blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def opened(payload: bytes) -> Parcel:
    """A parcel out of its message.

    Raises:
        DamagedError: it is none.
    """
    try:
        return _decode(payload)
    except msgspec.MsgspecError as error:
        raise DamagedError(str(error)) from None


def items_of(parcel: Parcel) -> list[Item]:
    """The requests of a parcel, oldest first. Raises :class:`DamagedError`."""
    return unpack(parcel.items) if parcel.items else []


def messages_of(parcel: Parcel, items: Sequence[Item]) -> list[int]:
    """For each of its requests what stands for its message; 0: it is meant to come again."""
    hashes = array("Q")
    hashes.frombytes(parcel.messages)
    found: list[int] = []
    at = -1
    last: Item | None = None
    for item in items:
        if last is None or item.call is not last.call:
            at += 1
        last = item
        found.append(hashes[at])
    return found


def partition_of(item: Item, partitions: int) -> int:
    """Where an item belongs: all of one order key to one place, so that one worker at a time has them."""
    key = item.request.order_key
    if key is None:
        key = f"\0{item.file}\0{item.message_id or item.call.hex()}"
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % partitions


def divide(
    arrival: Arrival,
    *,
    partitions: int,
    at: int,
    now: float,
    most_bytes: int,
    source_of: Callable[[Item], str],
    replayed: Sequence[tuple[int, str, str]] = (),
) -> list[Addressed]:
    """Part what one step of reading brings; whatever it counts goes with the first parcel.

    Args:
        arrival: Its letters are small enough.
        partitions: How many there are.
        at: Milliseconds since the epoch, UTC.
        now: Of the clock that items speak of.
        most_bytes: Bytes of a message.
        source_of: Whose call an item is of; a message is met once within it.
        replayed: Number, kind and cause of the letters that come once more.
    """
    messages = array("Q")
    messages.frombytes(arrival.seen)
    known = frozenset(messages)
    runs, too_large = _runs(arrival.items, partitions, most_bytes - _ROOM)
    made = [Addressed(partition, _parcel(items, at, now, known, source_of), items) for partition, items in runs]
    counted = Parcel(
        at=at,
        lines=arrival.lines,
        read=arrival.read - sum(len(items) for _, items in runs),
        skipped=dict(arrival.skipped),
        replayed=replayed,
    )
    letters = list(_portions([*arrival.letters, *too_large], most_bytes - _ROOM))
    extras = [Addressed(0, Parcel(at=at, letters=portion)) for portion in letters]
    if counted != Parcel(at=at):
        extras.append(Addressed(made[0].partition if made else 0, counted))
    return _joined(made, extras, most_bytes)


def _joined(made: list[Addressed], extras: list[Addressed], most_bytes: int) -> list[Addressed]:
    """What is only counted rides with requests where there is room, as there nearly always is.

    But not where it says that letters are letters no more: that is stored when all that becomes of them is.
    """
    if len(extras) == 1 and made and not extras[0].parcel.letters and not extras[0].parcel.replayed:
        first, extra = made[0], extras[0].parcel
        joined = msgspec.structs.replace(first.parcel, lines=extra.lines, read=extra.read, skipped=extra.skipped)
        both = Addressed(first.partition, joined, first.items)
        if len(both.payload) <= most_bytes:
            return [both, *made[1:]]
    return [*extras, *made]


def _runs(items: Sequence[Item], partitions: int, most_bytes: int) -> tuple[list[tuple[int, list[Item]]], list[Letter]]:
    """Items by partition, in parcels that are not too long, and letters for what no message has room for."""
    runs: list[tuple[int, list[Item]]] = []
    too_large: list[Letter] = []
    for place, groups in _groups(items, partitions).items():
        run: list[Item] = []
        size = 0
        for group in groups:
            more = size_of(group)
            if more > most_bytes:
                too_large += [_too_large(item, more, most_bytes) for item in group]
                continue
            if run and size + more > most_bytes:
                runs.append((place, run))
                run, size = [], 0
            run += group
            size += more
        if run:
            runs.append((place, run))
    return runs, too_large


def _groups(items: Sequence[Item], partitions: int) -> dict[int, list[list[Item]]]:
    """By partition, the items of each call; one that waits for another is where that is."""
    places: dict[int, int] = {}
    groups: dict[int, list[list[Item]]] = {}
    for item in items:
        after = None if item.after is None else places.get(item.after)
        place = partition_of(item, partitions) if after is None else after
        places[item.id] = place
        there = groups.setdefault(place, [])
        if there and there[-1][0].call is item.call:
            there[-1].append(item)
        else:
            there.append([item])
    return groups


def _too_large(item: Item, size: int, most: int) -> Letter:
    because = f"too large for the queue: {size:,} bytes with all that its call becomes, and a message takes {most:,}"
    return msgspec.structs.replace(Letter.of_item(item, "too_large", because), body=None)


def size_of(group: Sequence[Item]) -> int:
    """Bytes that requests of one call take, at most."""
    return len(group[0].call) + sum(len(each.request.body) + _AROUND for each in group)


def _portions(letters: Sequence[Letter], most_bytes: int) -> Iterator[list[Letter]]:
    portion: list[Letter] = []
    size = 0
    for letter in letters:
        more = len(_encode(letter))
        if portion and size + more > most_bytes:
            yield portion
            portion, size = [], 0
        portion.append(letter)
        size += more
    if portion:
        yield portion


def _parcel(
    items: Sequence[Item], at: int, now: float, known: frozenset[int], source_of: Callable[[Item], str]
) -> Parcel:
    hashes = array("Q")
    last: Item | None = None
    for item in items:
        if last is None or item.call is not last.call:
            message = 0 if item.message_id is None else hash_of(source_of(item), item.message_id)
            hashes.append(message if message in known else 0)
        last = item
    due = {place: item.not_before - now for place, item in enumerate(items) if item.not_before}
    return Parcel(at=at, items=pack(items), messages=hashes.tobytes(), due=due)


def damaged(message: Msg, at: int) -> Parcel:
    """What stands for a message that is no parcel."""
    letter = Letter(
        kind=DAMAGED,
        because=f"message {message.metadata.sequence.stream} of the stream is none of mapper's",
        destination=None,
        mapping=None,
        type=None,
        message_id=None,
        file=message.subject,
        line=message.metadata.sequence.stream,
        call=message.data,
    )
    return Parcel(at=at, read=1, letters=[letter])
