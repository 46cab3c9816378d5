"""Two versions of some mapping sets, ready to map the same lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from mapper.app.mapping import sound
from mapper.app.wiring import Wired
from mapper.records.line import Line
from mapper.records.policy import Target
from mapper.records.result import Invalid, Result
from mapper.review.outcomes import compare, target_differences
from mapper.review.tally import Tally

Targets = Mapping[tuple[str, str], Target]


class Trial:
    """Runs both on chunks of lines and counts what differs.

    Requests are compared as they are encoded; only where those differ, they are decoded and looked into.
    """

    def __init__(self, old: Wired, new: Wired) -> None:
        self._names = list(dict.fromkeys(name for name, _ in new.targets))
        self._apply = old.apply, new.apply
        self._targets = old.targets, _shared(old.targets, new.targets)
        self._alike = all(self._targets[1][key] is target for key, target in old.targets.items() if key in new.targets)

    def run(self, lines: Sequence[Line], tally: Tally) -> None:
        """Map lines both ways, and tell the tally."""
        usable = [line for line in lines if line.fault is None]
        for line in lines:
            if line.fault is not None:
                tally.refuse(line, line.fault)
        raws = sound(lines)
        old, new = (apply(raws) for apply in self._apply)
        self._count(new, usable, tally)
        if self._alike and old == new:
            return
        for line, before, after in zip(usable, _by_line(old, len(usable)), _by_line(new, len(usable)), strict=True):
            if self._alike and before == after:
                continue
            found = list(compare(before, after, self._targets))
            if found:
                first: Any = after[0]
                tally.add(line, first.type or "", first.message_id, found)

    def _count(self, results: Sequence[Result], lines: Sequence[Line], tally: Tally) -> None:
        """Count lines by the type of their first result."""
        types: Counter[str] = Counter()
        at = -1
        for result in results:
            if result.index != at:
                at = result.index
                if isinstance(result, Invalid) or result.type is None:
                    tally.refuse(lines[at], result.reason)
                else:
                    types[result.type] += 1
        for name, calls in types.items():
            tally.count(name, calls, self._names)


def _shared(old: Targets, new: Targets) -> Targets:
    """The new targets; in the place of one that is as it was stands the old one itself, so that `is` will do."""
    return {
        key: old[key] if key in old and not any(target_differences(old[key], each)) else each
        for key, each in new.items()
    }


def _by_line(results: Sequence[Result], lines: int) -> list[list[Result]]:
    grouped: list[list[Result]] = [[] for _ in range(lines)]
    for result in results:
        grouped[result.index].append(result)
    return grouped
