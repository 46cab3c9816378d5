"""What differs between a snapshot and the results as they are now, told by the fields that changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from mapper.base.json import JsonError, decode, encode
from mapper.review.cases import CONFLICT
from mapper.review.values import canonical

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value; in a snapshot the first is the number of the result."""
Kind = Literal["added", "removed", "changed"]

_MOST_ITEMS: Final = 1000
"""Longer lists are compared item by item."""
_WORDS: Final = frozenset({"skipped", "unmappable", "invalid"})


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; an object that is there on both sides is looked into.

    Attributes:
        path: Where it stands now, or would stand; for an item of a list that was removed, where it stood.
        kind: What happened to it.
        old: Its value in the snapshot; None where it was added.
        new: Its value now; None where it was removed.
    """

    path: Path
    kind: Kind
    old: Any
    new: Any


def damage(snapshot: str) -> str | None:
    """Why the text of a snapshot can't be what was written there, or None where it may be."""
    if CONFLICT.search(snapshot.encode(errors="replace")):
        return "its snapshot holds the marks of a merge conflict"
    try:
        results = decode(snapshot.encode(errors="replace"))
    except JsonError as error:
        return f"its snapshot is {error}"
    if isinstance(results, list) and all(isinstance(result, dict) for result in results):
        return None
    return "its snapshot is no list of results"


def changes(old: str, new: str) -> list[Change]:
    """The values that differ between two snapshots that are not damaged, in the order of the new one."""
    return list(_between(decode(old.encode()), decode(new.encode()), ()))


def shape(known: str | None, now: str) -> Hashable | None:
    """What a change is like, whatever the values: equal for changes that may be judged together.

    The same mappings, the same fields, the same kind of change and of value. None for what is like no other: a
    snapshot that is damaged, or results that are written otherwise and say the same.
    """
    if known is None:
        return frozenset(("missing", *_kind_of(result)) for result in decode(now.encode()))
    if damage(known):
        return None
    results = decode(now.encode())
    return frozenset(_like(change, results) for change in changes(known, now)) or None


def mapping_of(change: Change, results: Sequence[Mapping[str, Any]]) -> str | None:
    """The mapping whose result changed, where one is named; `results` are those now."""
    at, *inner = change.path
    result = change.old if change.kind == "removed" and not inner else results[int(at)]
    name: str | None = result.get("mapping")
    return name


def _between(old: Any, new: Any, path: Path) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*new, *(key for key in old if key not in new)):
            if key not in old:
                yield Change((*path, key), "added", None, new[key])
            elif key not in new:
                yield Change((*path, key), "removed", old[key], None)
            else:
                yield from _between(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for gone, come in _unmatched(old, new):
            for was, now in zip(gone, come, strict=False):
                yield from _between(old[was], new[now], (*path, now))
            yield from (Change((*path, now), "added", None, new[now]) for now in come[len(gone) :])
            yield from (Change((*path, was), "removed", old[was], None) for was in gone[len(come) :])
    elif encode(old) != encode(new):
        yield Change(path, "changed", old, new)


def _unmatched(old: list[Any], new: list[Any]) -> Iterator[tuple[range, range]]:
    """The stretches of two lists between items that are equal: what one inserts does not move the rest."""
    if max(len(old), len(new)) > _MOST_ITEMS:
        yield range(len(old)), range(len(new))
        return
    matcher = SequenceMatcher(None, [*map(canonical, old)], [*map(canonical, new)], autojunk=False)
    for verdict, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if verdict != "equal":
            yield range(from_old, to_old), range(from_new, to_new)


def _like(change: Change, results: Sequence[Mapping[str, Any]]) -> Hashable:
    path = tuple("[]" if isinstance(step, int) else step for step in change.path[1:])
    reason = encode(change.new) if path and path[0] in _WORDS else b""
    return mapping_of(change, results), path, change.kind, _type(change.old), _type(change.new), reason


def _kind_of(result: dict[str, Any]) -> tuple[Any, ...]:
    return result.get("mapping"), *(key for key in result if key != "mapping")


def _type(value: Any) -> str:
    return "bool" if isinstance(value, bool) else type(value).__name__
