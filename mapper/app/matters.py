"""What of a call matters for a change: found by leaving out one value after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from mapper.app.locked import Locked, LockError
from mapper.base.json import decode, encode
from mapper.review.cases import Case, CaseFile
from mapper.review.changes import Change
from mapper.review.leaves import MISSING, Path, at, leaves, without

_MOST: Final = 500
"""Values of a call that are left out at most, so that nobody waits."""
_VERDICTS: Final = ("request", "skipped", "unmappable", "invalid")


def matters(locked: Locked, file: CaseFile, case: Case, now: str, changed: Sequence[Change]) -> list[tuple[Path, Any]]:
    """The values of the call that a change comes from, with their paths.

    Those without which the changed fields would be otherwise, and those that stand in the changed fields, before or
    after. The call's type never counts, nor what makes the difference between a request and none, unless that is the
    change.
    """
    results = decode(now.encode())
    shown = {encode(leaf) for change in changed for side in (change.old, change.new) for _, leaf in leaves(side)}
    found = []
    for path, value in islice(leaves(case.call), _MOST):
        if path == ("type",):
            continue
        seen = isinstance(value, str | int | float) and not isinstance(value, bool) and encode(value) in shown
        if seen or _matters(locked, file, replace(case, call=without(case.call, path)), results, changed):
            found.append((path, value))
    return found


def _matters(locked: Locked, file: CaseFile, other: Case, results: Any, changed: Sequence[Change]) -> bool:
    try:
        others = decode(locked.run(file, other).encode())
    except LockError:
        return False
    return any(_differs(results, others, change) for change in changed)


def _differs(results: Any, others: Any, change: Change) -> bool:
    head, inner = change.path[:1], change.path[1:]
    verdict, other = _verdict(at(results, head)), _verdict(at(others, head))
    if len(inner) <= 1:  # the whole result, or what became of the call
        return verdict != other
    return verdict == other and not _found(at(results, head), at(others, head), inner)


def _found(result: Any, other: Any, path: Path) -> bool:
    """Whether the other result has the same at the path; items of lists may have moved."""
    index = next((n for n, step in enumerate(path) if isinstance(step, int)), len(path))
    one, another = at(result, path[:index]), at(other, path[:index])
    if index < len(path) and isinstance(one, list) and isinstance(another, list):
        item = at(one, path[index : index + 1])
        return any(_same(item, each) for each in another)
    return _same(one, another)


def _verdict(result: Any) -> str | None:
    """What became of a call, in a word; None where there is no such result."""
    return next((word for word in _VERDICTS if isinstance(result, dict) and word in result), None)


def _same(one: Any, other: Any) -> bool:
    if one is MISSING or other is MISSING:
        return one is other
    return encode(one) == encode(other)
