"""What intake hands to the engine."""

from __future__ import annotations

import msgspec


class Died(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Of a dead letter in a queue: its number, and under what it was counted."""

    id: int
    kind: str
    because: str


class Line(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The bytes of one call, and where they stood.

    Attributes:
        raw: The call's JSON text, UTF-8, no line end. Whatever was there if it is no JSON.
        number: 1-based line of the file (NDJSON); 1-based item number for items of an array or an envelope; 0 where the
            file is a case.
        file: The path as given, ``-`` for standard input.
        fault: Why these bytes can't be a call (too long, cut-off gzip), or None. A faulty line is counted, not mapped.
        mapping: ``destination/mapping`` to which alone this call goes (from a dead letter), ``destination/`` where it
            goes to all of a destination, or None for all there are.
        more: The line holds another call, which comes next; or a fault of what comes next under the same number.
        part: How many calls of the same line come before this one.
        died: The dead letter in the queue that the call is replayed from, or None.
    """

    raw: bytes
    number: int
    file: str
    fault: str | None = None
    mapping: str | None = None
    more: bool = False
    died: Died | None = None
    part: int = 0

    @property
    def spot(self) -> str:
        """Where the call stands, for people: ``calls.ndjson:3``."""
        return f"{self.file}:{self.number}" if self.number else self.file

    @property
    def place(self) -> tuple[str | None, str | None]:
        """The destination and the mapping to which alone this call goes, each None where there is no such."""
        destination, _, mapping = (self.mapping or "").partition("/")
        return destination or None, mapping or None


def place_of(destination: str | None, mapping: str | None) -> str | None:
    """The `mapping` of a line for a call that died there."""
    return f"{destination}/{mapping or ''}" if destination else None
