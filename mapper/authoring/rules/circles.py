"""Circles among names that need each other."""

from __future__ import annotations

from collections.abc import Mapping


def circles(needs: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Circles of names, each once, from the name that comes first in `needs`; none that another one holds."""
    found: list[tuple[str, ...]] = []
    covered: set[str] = set()
    for start in needs:
        circle = _way_back(start, needs) if start not in covered else None
        if circle:
            found.append(circle)
            covered.update(circle)
    return found


def _way_back(start: str, needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The shortest way from a name back to itself."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for name in needs.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return None
