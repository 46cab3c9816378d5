"""Diagnostics with their lines and columns, in the order in which people read files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from mapper.records.diagnostic import Diagnostic, Location, Place

Source = Callable[[str], Sequence[str]]
"""Gives the lines of a file without their ends; none where it can't be read."""
Locate = Callable[[Place], Location]
"""Finds a place in its file."""


class Located(msgspec.Struct, frozen=True):
    """A diagnostic with the locations of its primary place and of its related ones."""

    diagnostic: Diagnostic
    primary: Location
    related: tuple[Location, ...]


def located(diagnostics: Iterable[Diagnostic], locate: Locate) -> list[Located]:
    """Find all places; sorted by file, line, column and code."""
    found = [Located(d, locate(d.primary), tuple(locate(r.place) for r in d.related)) for d in diagnostics]
    return sorted(found, key=lambda item: (*_position(item.primary), item.diagnostic.code, item.diagnostic.message))


def _position(location: Location) -> tuple[str, int, int]:
    return location.file, location.line, location.column
