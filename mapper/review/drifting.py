"""Calls held against what mappings read of them, in memory that does not grow with the calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mapper.authoring.rules.paths import is_documented
from mapper.compiler.reads import Path, Reads
from mapper.engine.call import Call
from mapper.records.diagnostic import Location
from mapper.records.drift import Absent, Drift, Unread
from mapper.records.spec import CALL_TYPES
from mapper.review.tally import OTHER, cut, path_text

MOST: Final = 10_000
"""Paths that are told apart."""
_HOLDERS: Final = frozenset({("context",), ("context", "traits"), ("properties",), ("traits",)})
"""What always is looked into: a field in them is one, whether or not any field there is read."""
_NOBODY: Final = Reads()
_OURS: Final = frozenset({"type", "messageId", "integrations"})
"""What is read of every call, whatever the mappings."""


class Drifting:
    """Counts paths of calls.

    Args:
        reads: By call type, what the mappings read; nothing for types that no mapping takes.
        most: Paths that are told apart.

    Attributes:
        calls: By type, those that some mapping takes.
        untaken: By type, those that none takes.
        faulty: Lines that are no calls.
        fault: Why the first of them is none, with its place.
    """

    def __init__(self, reads: Mapping[str, Reads], *, most: int = MOST) -> None:
        self._reads = reads
        self._most = most
        self._unread: dict[str, Counter[str]] = {}
        self._documented: dict[str, bool] = {}
        self._read = {kind: frozenset(_paths(found)) for kind, found in reads.items()}
        self._unseen = {kind: set(paths) for kind, paths in self._read.items()}
        self._untold = 0
        self.calls: Counter[str] = Counter()
        self.untaken: Counter[str] = Counter()
        self.faulty = 0
        self.fault: str | None = None

    def refuse(self, fault: str) -> None:
        """Count a line that is no call."""
        self.faulty += 1
        self.fault = self.fault or fault

    def add(self, call: Call) -> None:
        """Count what nobody reads of a call, and cross off what is there of that which somebody reads."""
        kind = call["type"]
        reads = self._reads.get(kind)
        if reads is None:
            self.untaken[kind if kind in CALL_TYPES else OTHER] += 1
            return
        self.calls[kind] += 1
        for path in () if reads.whole else _without_reader(call, reads, ()):
            self._note(kind, path)
        if unseen := self._unseen[kind]:
            unseen.difference_update([path for path in unseen if _is_there(call, path)])

    def result(self, place: Callable[[Path], Location | None]) -> Drift:
        """What was found; `place` gives where mappings read a path."""
        return Drift(
            calls=dict(self.calls.most_common()),
            untaken=dict(self.untaken.most_common()),
            faulty=self.faulty,
            fault=self.fault,
            unread=tuple(sorted(map(self._one_unread, self._unread), key=lambda each: (-each.calls, each.path))),
            absent=tuple(self._absent(place)),
            untold=self._untold,
        )

    def _note(self, kind: str, path: Path) -> None:
        text = cut(path_text(path))
        if text not in self._unread:
            if len(self._unread) >= self._most:
                self._untold += 1
                return
            self._unread[text] = Counter()
            self._documented[text] = True
        types = self._unread[text]
        if kind not in types:
            self._documented[text] &= is_documented(kind, path)
        types[kind] += 1

    def _one_unread(self, path: str) -> Unread:
        types = self._unread[path]
        documented = self._documented[path] and not _is_own(path)
        return Unread(path=path, calls=types.total(), types=dict(types.most_common()), documented=documented)

    def _absent(self, place: Callable[[Path], Location | None]) -> Iterator[Absent]:
        there = {path for kind in self.calls for path in self._read[kind] - self._unseen[kind]}
        missing = {path for kind in self.calls for path in self._unseen[kind]} - there
        for path in sorted(missing):
            types = tuple(kind for kind in self.calls if path in self._unseen[kind])
            of = sum(self.calls[kind] for kind in types)
            yield Absent(path=path_text(path), types=types, of=of, place=place(path))


def _without_reader(value: Mapping[str, Any], reads: Reads, path: Path) -> Iterator[Path]:
    """The outermost paths that are not read, nor anything in them; what is null is not there."""
    for name, inner in value.items():
        if inner is None or (not path and name in _OURS):
            continue
        found, here = reads.inside.get(name, _NOBODY), (*path, name)
        if found.whole:
            continue
        if type(inner) is dict and (found.inside or here in _HOLDERS):
            yield from _without_reader(inner, found, here)
        elif found is _NOBODY:
            yield here


def _paths(reads: Reads, path: Path = ()) -> Iterator[Path]:
    """The innermost paths that are read."""
    for name, found in reads.inside.items():
        if found.inside:
            yield from _paths(found, (*path, name))
        elif path or name not in _OURS:
            yield (*path, name)


def _is_there(call: Any, path: Path) -> bool:
    for name in path:
        if type(call) is not dict:
            return False
        call = call.get(name)
    return call is not None


def _is_own(path: str) -> bool:
    """Whether it is among the fields that are for the user to choose, where Segment documents some by name."""
    return path.startswith(("properties.", "traits.", "context.traits."))
