"""Small changes of mappings, and which of them no call would show."""

from __future__ import annotations

import msgspec

from mapper.records.diagnostic import Place
from mapper.records.spec import DestinationSpec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping set with one small change.

    Attributes:
        change: What is other than it was, in words: ``without `b```.
        place: Where.
        mapping: The mapping it is in; None for what mappings share.
        spec: The set as it would be.
    """

    change: str
    place: Place
    mapping: str | None
    spec: DestinationSpec


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A change that was tried, and whether some call shows it."""

    destination: str
    mapping: str | None
    change: str
    place: Place
    noticed: bool


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that were tried.

    Attributes:
        corpus: What the calls are, for people.
        calls: How many there were.
        faulty: Lines that are no calls.
        fault: Why the first of these is none, with its place; None where all are.
        tried: In the order of the files.
    """

    corpus: str
    calls: int
    faulty: int
    fault: str | None
    tried: tuple[Tried, ...]

    @property
    def noticed(self) -> int:
        """How many some call shows."""
        return sum(each.noticed for each in self.tried)

    @property
    def percent(self) -> float:
        """Of a hundred changes, how many some call shows; 100 where there are none."""
        return 100 * self.noticed / len(self.tried) if self.tried else 100.0
