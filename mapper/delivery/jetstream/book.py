"""The book of a partition: what was settled, written by whoever holds it and by nobody else.

One record holds everything that must change together: which requests of the parcels still in the stream are settled,
what all of them were counted under, and which dead letters are owed. It is written only over the version that its
writer wrote before, so that who lost the partition settles nothing any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from mapper.delivery.jetstream.parcel import Parcel
from mapper.delivery.queue import Dead, TargetKey
from mapper.delivery.reasons import general

_MOST_REASONS: Final = 500
"""Entries of the ledger of a partition; reasons may hold something of the call, and a bound keeps the record small."""
_OTHER: Final = "other reasons"
_SEPARATOR: Final = "\0"

Entry = tuple[str, str]
"""Of the ledger: kind and reason."""


class Owed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A request that is counted as dead, and whose letter may not be there yet."""

    kind: str
    because: str
    attempts: int
    status: int | None
    excerpt: str


class Book(msgspec.Struct, kw_only=True, gc=False):
    """Of one partition.

    Attributes:
        holder: Who wrote it.
        created: When the stream was made whose numbers these are, in its own words; empty: not known yet.
        writes: How often it was written.
        high: Sequence number of the last parcel that is counted in.
        seen: Sequence number of the last message of the stream of seen messages that counts.
        items: Requests of all parcels up to `high`.
        settled: How many of them are.
        counts: The ledger, by kind and reason.
        pending: By destination and request, how many of them are not settled.
        open: By parcel, a bit for each request that is settled, where some are but not all.
        ranges: Where all parcels are settled: pairs of sequence numbers, from behind the first one up to the second.
        done: By parcel, how many requests it has, where all are settled and it may still be in the stream.
        owed: By parcel and place.
    """

    holder: str = ""
    created: str = ""
    writes: int = 0
    high: int = 0
    seen: int = 0
    items: int = 0
    settled: int = 0
    counts: dict[str, int] = {}
    pending: dict[str, int] = {}
    open: dict[int, bytes] = {}
    ranges: list[tuple[int, int]] = []
    done: dict[int, int] = {}
    owed: dict[str, Owed] = {}

    def count(self, ledger: Mapping[Entry, int]) -> None:
        """Enter results."""
        for (kind, reason), results in ledger.items():
            key = kind + _SEPARATOR + general(kind, reason)
            if key not in self.counts and len(self.counts) >= _MOST_REASONS:
                key = kind + _SEPARATOR + _OTHER
            self.counts[key] = self.counts.get(key, 0) + results

    def arrive(self, sequence: int, parcel: Parcel, targets: Sequence[TargetKey]) -> None:
        """Count a parcel in, with what rides with it; once."""
        if sequence <= self.high:
            return
        self.high = sequence
        self.items += len(targets)
        ledger = Counter({("lines", ""): parcel.lines, ("read", ""): parcel.read + len(targets)})
        ledger.update({("skipped", reason): count for reason, count in parcel.skipped.items()})
        ledger.update((letter.kind, letter.because) for letter in parcel.letters)
        ledger.subtract((kind, because) for _, kind, because in parcel.replayed)
        self.count({entry: results for entry, results in ledger.items() if results})
        for target, count in Counter(targets).items():
            key = _SEPARATOR.join(target)
            self.pending[key] = self.pending.get(key, 0) + count

    def settle(self, sequence: int, before: int, settled: int, size: int, targets: Iterable[TargetKey]) -> None:
        """Write down which requests of a parcel are settled by now.

        Args:
            sequence: Of the parcel.
            before: Of the one before it in this partition, as far as the stream has that.
            settled: A bit for each request.
            size: How many requests it has.
            targets: Of the requests that are settled with this.
        """
        for target in targets:
            self.settled += 1
            key = _SEPARATOR.join(target)
            self.pending[key] -= 1
            if not self.pending[key]:
                del self.pending[key]
        if settled.bit_count() == size:
            self.open.pop(sequence, None)
            self.finish(sequence, before, size)
        else:
            self.open[sequence] = settled.to_bytes((size + 7) // 8, "little")

    def finish(self, sequence: int, before: int, size: int) -> None:
        """A parcel is settled whole."""
        self.done[sequence] = size
        merged: list[tuple[int, int]] = []
        for first, last in sorted([*self.ranges, (before, sequence)]):
            if merged and first <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        self.ranges = merged

    def knows(self, sequence: int) -> bool:
        """Whether a parcel is settled whole, also where its acknowledgement got lost and the stream has it again."""
        return any(first < sequence <= last for first, last in self.ranges)

    def bits(self, sequence: int) -> int:
        """Which requests of a parcel are settled, if not all are."""
        return int.from_bytes(self.open.get(sequence, b""), "little")

    @property
    def ledger(self) -> Counter[Entry]:
        """The counts."""
        return Counter({_entry(key): count for key, count in self.counts.items()})

    @property
    def waiting(self) -> Counter[TargetKey]:
        """By target, how much is not settled."""
        return Counter({_entry(key): count for key, count in self.pending.items()})

    @property
    def kept(self) -> int:
        """Requests that are settled, and whose parcels may still be in the stream."""
        return sum(int.from_bytes(bits, "little").bit_count() for bits in self.open.values()) + sum(self.done.values())


encode_book: Final = msgspec.msgpack.Encoder().encode
decode_book: Final = msgspec.msgpack.Decoder(Book).decode


def place(sequence: int, at: int) -> str:
    """Of a request: its parcel, and where in it."""
    return f"{sequence}.{at}"


def _entry(key: str) -> Entry:
    kind, _, reason = key.partition(_SEPARATOR)
    return kind, reason


def owed_of(death: Dead) -> Owed:
    """What is kept of a request that died, until its letter is written."""
    return Owed(death.reason, death.because, death.attempts, death.status, death.excerpt)
