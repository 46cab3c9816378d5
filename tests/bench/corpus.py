"""What is mapped, and when two outputs are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from mapper.authoring.load import load_set
from mapper.authoring.shipped import shipped
from mapper.records.spec import DestinationSpec
from tests.support.typical import typical_calls

SETTINGS = {"natero": {"endpointRegion": "US", "anonymousUsers": "skip"}}


class DifferentError(Exception):
    """Two contenders do not give the same events, so that nothing they are measured at means anything."""


def typical_lines(seed: int, count: int) -> list[bytes]:
    """So many calls of 0.8 to 1.5 KB, each one line of NDJSON.

    They lie one after another in memory, as lines cut from a file do.
    """
    return b"\n".join([orjson.dumps(call) for call in typical_calls(seed, count)]).split(b"\n")


def shipped_set() -> DestinationSpec:
    """The Natero mappings as they ship."""
    spec = load_set(shipped("mappings") / "natero").spec
    assert spec is not None
    return spec


def as_it_is(event: dict[str, Any]) -> dict[str, Any]:
    """For `require_same`, where a contender gives all that we give."""
    return event


def require_same(
    name: str, ours: bytes, theirs: bytes, compared: Callable[[dict[str, Any]], dict[str, Any]] = as_it_is
) -> None:
    """Hold a contender's lines of events against ours.

    Args:
        name: Whose they are.
        ours: Of the same calls, or of more; then only the first are compared.
        theirs: Not empty.
        compared: What of an event is compared.

    Raises:
        DifferentError: an event differs; the text shows both.
    """
    theirs_by_line = theirs.splitlines()
    ours_by_line = ours.splitlines()[: len(theirs_by_line)]
    if not theirs_by_line or len(ours_by_line) < len(theirs_by_line):
        raise DifferentError(f"{name}: {len(theirs_by_line):,} events, where mapper gives {len(ours_by_line):,}")
    for our_line, their_line in zip(ours_by_line, theirs_by_line, strict=True):
        one, other = (compared(_sorted(orjson.loads(line))) for line in (our_line, their_line))
        if one != other:
            raise DifferentError(f"{name} gives\n  {other}\nmapper gives\n  {one}")


def first(lines: Sequence[bytes], share: int) -> Sequence[bytes]:
    """The first 1/`share` of the lines, for contenders that are slow: whole hundreds, and not none."""
    return lines[: max(len(lines) // share // 100 * 100, 100)]


def _sorted(event: dict[str, Any]) -> dict[str, Any]:
    """Dimensions by key: their order means nothing."""
    details = event.get("details")
    if isinstance(details, dict):
        for name in [name for name in details if name.endswith("_dimensions")]:
            details[name] = sorted(details[name], key=lambda each: str(each["key"]))
    return event
