"""Every part of a mapping set that can be reached, without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.engine.nodes import Part, keys_of
from mapper.engine.trace import Spot
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse
from mapper.records.spec import (
    DestinationSpec,
    Eval,
    Expression,
    First,
    Guard,
    If,
    Let,
    ListOf,
    Node,
    ObjectOf,
    Refine,
    Share,
    Take,
)
from mapper.review.coverage.points import is_part_of


def parts_of(spec: DestinationSpec) -> Iterator[Part | Spot]:
    """The parts of a set, file by file."""
    yield from _lets(spec.lets)
    yield from _guards(spec.guards)
    for mapping in spec.mappings:
        yield from _lets(mapping.lets)
        yield from _guards(mapping.guards)
        yield from _nodes(mapping.body, None)


def _lets(lets: tuple[Let, ...]) -> Iterator[Part | Spot]:
    for let in lets:
        yield let
        yield from _nodes(let.node, None)


def _guards(guards: tuple[Guard, ...]) -> Iterator[Part | Spot]:
    for guard in guards:
        yield guard
        yield from _spots(guard.when)


def _nodes(node: Node, share: Share | None) -> Iterator[Part | Spot]:
    yield node
    match node:
        case Eval(expression):
            yield from _spots(expression)
        case Take():
            yield from keys_of(node, share)
        case If(condition):
            yield from _spots(condition)
        case ObjectOf():
            if node.share:
                yield from _spots(node.share.source)
    for inner, seen in _inside(node, share):
        yield from _nodes(inner, seen)


def _inside(node: Node, share: Share | None) -> Iterator[tuple[Node, Share | None]]:
    """The nodes in a node, each with the object that is shared out among them."""
    match node:
        case First(nodes) | ListOf(nodes):
            yield from ((inner, share) for inner in nodes)
        case If(_, then, otherwise):
            yield from ((inner, share) for inner in (then, otherwise) if inner)
        case Refine(inner, default=default):
            yield from ((each, share) for each in (inner, default) if each)
        case ObjectOf():
            own = node.share or share
            named = node.share.named if node.share else ()
            yield from ((inner, share) for inner in node.merge)
            yield from ((inner, own) for _, inner in (*node.fields, *named))
            yield from ((inner, own) for inner in (node.rest,) if inner)


def _spots(expression: Expression) -> Iterator[Spot]:
    yield from _inner_spots(expression, parse(expression.text), None)


def _inner_spots(expression: Expression, tree: Tree, around: Tree | None) -> Iterator[Spot]:
    if not is_part_of(tree, around):
        yield Spot(expression, tree)
    for child in tree.children:
        yield from _inner_spots(expression, child, tree)
