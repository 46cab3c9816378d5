"""Differences of many calls gathered into a few changes, in memory that does not grow with the calls."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from mapper.base.json import encode
from mapper.base.window import windows
from mapper.records.diagnostic import Location
from mapper.records.difference import KINDS, Change, Example, Kind
from mapper.records.line import Line
from mapper.records.spec import CALL_TYPES
from mapper.review.outcomes import Found, Words
from mapper.review.values import ITEM
from mapper.review.vocabulary import Vocabulary

MOST: Final = 1_000
"""Changes that are told apart."""
MOST_PATHS: Final = 6
"""Fields that are kept behind a path with keys that vary."""
LONGEST: Final = 200
"""Characters of a value, a reason or a field's name that are kept."""
ANY: Final = "*"
"""The step to a key that no mapping names."""
OTHER: Final = "other"
"""Stands for all call types that Segment does not have."""
_PLAIN: Final = re.compile(r"[\w$@*-]+|\[\]")
_NUMBER: Final = re.compile(r"\.\d+(?=[. ])")


class Sort(msgspec.Struct, frozen=True):
    """What differences have in common that count as one change; as in :class:`~mapper.records.difference.Change`."""

    kind: Kind
    destination: str
    mapping: str | None
    type: str
    path: tuple[str, ...]
    reason: str


FindPlace = Callable[[Sort, str], Location | None]
"""The line that makes a difference, given the spot where an expression failed, if one did."""


@dataclass(slots=True)
class _Gathered:
    """What is kept of a change; `first` tells the values of the first call from others."""

    example: Example
    spot: str
    first: int
    calls: int = 0
    always: bool = True
    paths: dict[str, None] = field(default_factory=dict)


class Tally:
    """Counts differences by what they are.

    Args:
        words: By mapping set, the keys that are told apart, and the reasons.
        most: Changes that are told apart; differences of other sorts are only counted.

    Attributes:
        calls: By type.
        met: By mapping set and type, calls that it was tried on.
        differ: How many of them differ.
        faulty: Lines that are no calls.
        fault: Why the first of them is none, with its place.
        untold: Differences of sorts beyond `most`.
    """

    def __init__(self, words: Mapping[str, Vocabulary], *, most: int = MOST) -> None:
        self._words = words
        self._most = most
        self._found: dict[Sort, _Gathered] = {}
        self.calls: Counter[str] = Counter()
        self.met: Counter[tuple[str, str]] = Counter()
        self.differ = 0
        self.faulty = 0
        self.fault: str | None = None
        self.untold = 0

    def count(self, call_type: str, calls: int, destinations: Iterable[str]) -> None:
        """Count calls of a type that these mapping sets were tried on, whether they differ or not."""
        self.calls[_known(call_type)] += calls
        for name in destinations:
            self.met[name, _known(call_type)] += calls

    def refuse(self, line: Line, reason: str) -> None:
        """Count a line that is no call."""
        self.faulty += 1
        self.fault = self.fault or f"{line.spot}: {reason}"

    def add(self, line: Line, call_type: str, message_id: str | None, found: Iterable[Found]) -> None:
        """Gather what differs for one call: each change once, in however many places of the call it shows."""
        seen: set[Sort] = set()
        for each in found:
            sort = self._sort(each, _known(call_type))
            if sort not in self._found and len(self._found) >= self._most:
                self.untold += sort not in seen
            else:
                if sort not in self._found:
                    self._found[sort] = _begin(each, line, message_id)
                _note(self._found[sort], each, again=sort in seen)
            seen.add(sort)
        self.differ += bool(seen)

    def changes(self, place: FindPlace) -> list[Change]:
        """The changes, the most important first."""
        order = {kind: at for at, kind in enumerate(KINDS)}

        def importance(item: tuple[Sort, _Gathered]) -> tuple[Any, ...]:
            sort, gathered = item
            return order[sort.kind], -gathered.calls, sort.destination, sort.mapping or "", sort.type, sort.path

        return [self._change(sort, one, place) for sort, one in sorted(self._found.items(), key=importance)]

    def _sort(self, found: Found, call_type: str) -> Sort:
        words = self._words[found.destination]
        path = found.path
        if found.kind != "header":
            path = tuple(step if step == ITEM or step in words.keys else ANY for step in path)
        reason = found.reason if found.reason in words.reasons else _without_values(found.reason)
        return Sort(found.kind, found.destination, found.mapping, call_type, path, reason)

    def _change(self, sort: Sort, gathered: _Gathered, place: FindPlace) -> Change:
        paths = tuple(gathered.paths)
        varies = ANY in sort.path and len(paths) > 1
        return Change(
            kind=sort.kind,
            destination=sort.destination,
            mapping=sort.mapping,
            type=sort.type,
            path=path_text(sort.path) if varies else next(iter(paths), ""),
            paths=paths if varies else (),
            reason=sort.reason,
            calls=gathered.calls,
            of=self.met[sort.destination, sort.type],
            always=gathered.always,
            place=place(sort, gathered.spot),
            example=gathered.example,
        )


def path_text(path: Iterable[str]) -> str:
    """Keys as people write them: ``details.items[].price``."""
    text = "".join(f".{step}" if step != ITEM else step for step in map(_step, path))
    return text.removeprefix(".")


def _text(value: Any) -> str | None:
    """A value as JSON text; words as they are."""
    return value if value is None or isinstance(value, Words) else encode(value).decode()


def cut(text: str) -> str:
    """A text of bounded length."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _begin(found: Found, line: Line, message_id: str | None) -> _Gathered:
    old, new = _text(found.old), _text(found.new)
    if old is None and new is None:  # a null was added or removed; a side that is nothing stays nothing
        old, new = ("null", None) if found.kind == "removed" else (None, "null")
    elif found.kind in ("changed", "type"):
        old, new = old or "null", new or "null"
    if old is not None and new is not None:
        old, new = windows(old, new, LONGEST)
    old, new = (text and cut(text) for text in (old, new))
    example = Example(file=line.file, line=line.number or None, message_id=message_id, old=old, new=new)
    return _Gathered(example, found.spot, _print(found))


def _note(gathered: _Gathered, found: Found, *, again: bool) -> None:
    """Count a call, unless it is the same one `again`."""
    gathered.calls += not again
    gathered.always &= gathered.first == _print(found)
    if found.path and len(gathered.paths) < MOST_PATHS:
        gathered.paths[cut(path_text(found.path))] = None


def _print(found: Found) -> int:
    """Equal for equal values, and hardly ever for others."""
    return hash(tuple(each if isinstance(each, Words) else encode(each) for each in (found.old, found.new)))


def _known(call_type: str) -> str:
    return call_type if call_type in CALL_TYPES else OTHER


def _without_values(reason: str) -> str:
    """A reason that a program made, without what comes from the call: numbers of items, and what follows a colon."""
    return cut(_NUMBER.sub(ITEM, reason.partition(": ")[0]))


def _step(step: str) -> str:
    return step if _PLAIN.fullmatch(step) else encode(step).decode()
