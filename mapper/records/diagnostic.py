"""What the author of a mapping should look at, kept as data.

Places are msgspec Structs: a check makes a thousand of them, where it makes few findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]
Route = tuple[str | int, ...]
"""The keys and list indexes that lead from a document's root to a node."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A spot in a source file, named by what it is; line and column are computed when it is shown.

    Attributes:
        file: The path as the user gave it or as it was found.
        route: Which node of the document; ``()`` is the whole.
        on: The node's value, or the key that leads to it.
        start: First character, counted within the scalar's text as read (quotes and folds resolved). 0 for the whole.
        length: Characters covered; 0 means the rest of the scalar.
        line: 1-based line, only where no document could be built (broken YAML); `route` says nothing then.
        column: 1-based column in characters, along with `line`.
    """

    file: str
    route: Route = ()
    on: Literal["value", "key"] = "value"
    start: int = 0
    length: int = 0
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A :class:`Place` found in its file: 1-based line and column in characters, and how many to underline."""

    file: str
    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """A second place that explains the first, such as the schema's line or the other of two equal keys."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing the author of a mapping should look at.

    Attributes:
        code: Stable key into docs/diagnostics/, such as ``MAP203``. Never reused.
        severity: ``error`` stops a run; ``warning`` does so under ``--strict`` only.
        message: What is wrong, in one line without a full stop.
        primary: Where to look first.
        help: What to type instead, when we know.
        related: Further places.
    """

    code: str
    severity: Severity
    message: str
    primary: Place
    help: str | None = None
    related: tuple[Related, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether nothing may run for it."""
        return self.severity == "error"
