"""The nodes of a mapping that lead to a field of its body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mapper.records.spec import Eval, ListOf, Node, ObjectOf, Refine
from mapper.review.sides import Side
from mapper.review.values import ITEM


@dataclass(frozen=True, slots=True)
class Trail:
    """Nodes, outer ones first.

    Attributes:
        parts: From the body towards the field; the last may be what holds it: an expression, or ``$rest``.
        whole: The last is the field's own.
    """

    parts: Sequence[Node]
    whole: bool


def trail(side: Side, path: Sequence[str]) -> Trail:
    """The nodes that lead to a field, through names of ``let`` and what is merged; none without the mapping."""
    if side.mapping is None:
        return Trail([], whole=False)
    parts: list[Node] = [side.mapping.body]
    for step in path:
        inner = _open(parts[-1], side)
        if isinstance(inner, ListOf) and step == ITEM and len(inner.items) == 1:
            parts.append(inner.items[0])
            continue
        found = _field(inner, step, side) if isinstance(inner, ObjectOf) else None
        if found is None:
            rest = inner.rest if isinstance(inner, ObjectOf) else None
            return Trail([*parts, rest] if rest else parts, whole=False)
        parts.append(found)
    return Trail(parts, whole=True)


def _field(node: ObjectOf, name: str, side: Side) -> Node | None:
    """The node of a field; where several give it, the one that wins."""
    own = dict(node.fields).get(name) or dict(node.share.named if node.share else ()).get(name)
    return own or next(_merged(node, name, side), None)


def _merged(node: ObjectOf, name: str, side: Side) -> Iterator[Node]:
    for part in (*((node.rest,) if node.rest else ()), *reversed(node.merge)):
        inner = _open(part, side)
        found = _field(inner, name, side) if isinstance(inner, ObjectOf) else None
        if found is not None:
            yield found


def _open(node: Node, side: Side) -> Node:
    """What a node says, conversions and names taken off; validated mappings hold no circles."""
    while True:
        if isinstance(node, Refine):
            node = node.node
        elif isinstance(node, Eval) and (let := side.lets.get(node.expression.text.strip())) is not None:
            node = let.node
        else:
            return node
