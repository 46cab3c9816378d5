"""The rule of a mapping that gives a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.subject import walk
from mapper.records.diagnostic import Place
from mapper.records.spec import Guard, Refine
from mapper.review.sides import Side
from mapper.review.values import ITEM

_BREAKS: Final = " breaks the request's schema"


def rule(side: Side, reason: str) -> Guard | Refine | None:
    """The rule that skips or rejects a call for this reason, or the field that is required."""
    return next((rule for rule, text in _rules(side) if text == reason), None)


def place_of(found: Guard | Refine) -> Place:
    """Where a rule says when it holds."""
    return found.when.place if isinstance(found, Guard) else found.place


def breach(reason: str) -> list[str] | None:
    """The path of the field that breaks the schema of its request, where that is the reason."""
    path, breaks, _ = reason.partition(_BREAKS)
    if not breaks:
        return None
    steps = path.replace(ITEM, f".{ITEM}").split(".")
    return [] if steps == ["body"] else steps


def _rules(side: Side) -> Iterator[tuple[Guard | Refine, str]]:
    mapping = side.mapping
    for guard in (*side.spec.guards, *(mapping.guards if mapping else ())):
        yield guard, guard.because
    roots = [let.node for let in side.lets.values()] + ([mapping.body] if mapping else [])
    for root in roots:
        for node, _ in walk(root):
            if isinstance(node, Refine) and node.required is not None:
                yield node, node.required
