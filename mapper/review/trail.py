"""The nodes of a mapping that lead to a field of its body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mapper.records.spec import Eval, First, If, ListOf, Node, ObjectOf, Refine
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


def trail(side: Side, path: Sequence[str | int]) -> Trail:
    """The nodes that lead to a field, through names of ``let``, arms and what is merged; none without the mapping.

    Args:
        side: The mapping.
        path: Keys, indexes, and :data:`ITEM` for any item of an array.
    """
    if side.mapping is None:
        return Trail([], whole=False)
    parts: list[Node] = [side.mapping.body]
    for step in path:
        inner = _inner(parts[-1], step, side)
        if inner is None:
            holder = _holder(parts[-1], side)
            return Trail([*parts, holder] if holder else parts, whole=False)
        parts.append(inner)
    return Trail(parts, whole=True)


def named(node: Node, side: Side) -> Node:
    """The node itself, or what the name of ``let`` stands for that it is; validated mappings hold no circles."""
    while isinstance(node, Eval) and (let := side.lets.get(node.expression.text.strip())) is not None:
        node = let.node
    return node


def _inner(node: Node, step: str | int, side: Side) -> Node | None:
    """What a node has at a step; where several parts of it have that, the one that wins."""
    match _open(node, side):
        case ListOf(items):
            if step == ITEM and len(items) == 1:
                return items[0]
            return items[step] if isinstance(step, int) and step < len(items) else None
        case ObjectOf() as found:
            own = dict((*(found.share.named if found.share else ()), *found.fields))
            return own.get(str(step)) or _first(_merged(found), step, side)
        case First(nodes):
            return _first(nodes, step, side)
        case If(_, then, otherwise):
            return _first([then, otherwise], step, side)
    return None


def _first(nodes: Sequence[Node | None], step: str | int, side: Side) -> Node | None:
    found = (_inner(node, step, side) for node in nodes if node is not None)
    return next((each for each in found if each is not None), None)


def _merged(node: ObjectOf) -> list[Node]:
    """What an object has besides its own fields, the last to win first."""
    return [*((node.rest,) if node.rest else ()), *reversed(node.merge)]


def _holder(node: Node, side: Side) -> Node | None:
    """What of an object may hold fields that it does not name."""
    found = _open(node, side)
    if not isinstance(found, ObjectOf):
        return None
    return found.rest or next((part for part in _merged(found) if not isinstance(_open(part, side), ObjectOf)), None)


def _open(node: Node, side: Side) -> Node:
    """What a node says, conversions and names taken off."""
    found = named(node, side)
    while isinstance(found, Refine):
        found = named(found.node, side)
    return found
