"""How far mappings and the calls that come have drifted apart."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mapper.records.diagnostic import Location


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A path in calls that no mapping reads, nor anything above or below it.

    Attributes:
        path: Such as ``properties.plan``.
        calls: How many calls have it.
        types: The same by type, the most frequent first.
        documented: Segment itself documents it, for calls of each of these types; no field of the user's own.
    """

    path: str
    calls: int
    types: Mapping[str, int]
    documented: bool


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """A path that mappings read and no call of these types has.

    Attributes:
        types: Those that came, and for which it is read.
        of: How many calls of these types came.
        place: The first place that reads it; None where only an expression over a name of ``let`` does.
    """

    path: str
    types: tuple[str, ...]
    of: int
    place: Location | None


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Both, over some calls.

    Attributes:
        calls: By type, of those that some mapping takes.
        untaken: By type, calls that no mapping takes; ``other`` stands for all types that Segment does not have.
        faulty: Lines that are no calls.
        fault: Why the first of these is none, with its place.
        unread: The most frequent first.
        absent: In the order of their paths.
        untold: Times that a path beyond the first thousands was met.
    """

    calls: Mapping[str, int]
    untaken: Mapping[str, int]
    faulty: int
    fault: str | None
    unread: tuple[Unread, ...]
    absent: tuple[Absent, ...]
    untold: int
