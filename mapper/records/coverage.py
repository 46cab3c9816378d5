"""How much of some mappings a set of calls reaches."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final, Literal

import msgspec

from mapper.records.diagnostic import Place

Kind = Literal["field", "name", "arm", "branch", "key", "spelling", "rule", "required", "default"]
"""What can be reached, and when it is: a field that has a value (``$rest`` and parts of ``$merge`` too); a name of
``let`` that is read; an alternative (of ``||``, ``&&``, ``$first``, an argument of ``not_null``, ``id`` and their like)
that gives the value; a branch that is taken; a key of ``$take`` that gives the value; a spelling by which a key is
found; a rule of ``skip`` or ``reject`` that holds; a ``$required`` field that is missing; a ``$default`` in use."""
GROUPS: Final[dict[str, tuple[Kind, ...]]] = {
    "fields": ("field", "name"),
    "arms": ("arm", "branch"),
    "keys": ("key", "spelling"),
    "rules": ("rule", "required"),
    "defaults": ("default",),
}
"""The same in the columns of a table."""


class Point(msgspec.Struct, frozen=True):
    """Something of a mapping that calls may reach.

    Attributes:
        kind: What it is.
        text: It, as the mapping has it, in one line.
        place: Where it stands.
        at: Which of several alternatives, counted from 0.
    """

    kind: Kind
    text: str
    place: Place
    at: int = 0


class Reached(msgspec.Struct, frozen=True):
    """A point, and how many calls reached it."""

    point: Point
    calls: int


class FileCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was reached of one file of a mapping set.

    Attributes:
        destination: Id of the set.
        mapping: Name of the mapping; None for what mappings share.
        file: The file.
        points: All there are, in the order of the set.
    """

    destination: str
    mapping: str | None
    file: str
    points: tuple[Reached, ...]

    @property
    def name(self) -> str:
        """For people."""
        return (
            f"{self.destination}/{self.mapping}" if self.mapping else f"{self.destination}: {PurePath(self.file).name}"
        )

    @property
    def missed(self) -> list[Point]:
        """What no call reached."""
        return [each.point for each in self.points if not each.calls]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What calls reached.

    Attributes:
        corpus: What the calls are, for people.
        calls: How many there were.
        faulty: How much beside them is no call.
        fault: Why the first of that is none, with its place; None where all are.
        files: Of each mapping set that ran.
    """

    corpus: str
    calls: int
    faulty: int
    fault: str | None
    files: tuple[FileCoverage, ...]

    @property
    def total(self) -> int:
        """Number of points."""
        return sum(len(each.points) for each in self.files)

    @property
    def reached(self) -> int:
        """How many of them were reached."""
        return self.total - sum(len(each.missed) for each in self.files)

    @property
    def percent(self) -> float:
        """Of the points, how many in a hundred were reached; 100 where there are none."""
        return 100 * self.reached / self.total if self.total else 100.0
