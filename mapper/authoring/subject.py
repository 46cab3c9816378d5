"""What the checks look at: a mapping set, built as far as it could be, with its expressions parsed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from mapper.authoring.document import Document
from mapper.authoring.schemas import Schema
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Place
from mapper.records.spec import (
    Const,
    DestinationSpec,
    Eval,
    Expression,
    First,
    If,
    Let,
    ListOf,
    MappingSpec,
    Node,
    ObjectOf,
    Refine,
    Take,
)

Found = TypeVar("Found")
Sees = Literal["call", "settings", "answer"]
"""What stands at the root of an expression: the call with ``let`` and ``settings``; ``settings`` alone (where a request
goes); or the destination's answer (``outcomes``)."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """An expression where it is used.

    Attributes:
        expression: Its text and place.
        sees: What stands at its root.
        mapping: The mapping it belongs to; None in destination and let-only files.
        in_rest: Whether the name ``rest`` is bound: inside ``$rest``, or in a ``let``, which ``$rest`` may call.
        let: The name whose value this is a part of, or None.
    """

    expression: Expression
    sees: Sees = "call"
    mapping: MappingSpec | None = None
    in_rest: bool = False
    let: str | None = None


class Subject(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One mapping set under examination.

    Attributes:
        spec: The set, tolerant of what the shape check reported.
        documents: By file, those that could be read.
        trees: By expression text, those that could be parsed.
        broken: Files with problems of reading or shape: what they lack may be a consequence.
        files: Names of all mappings of the folder, broken ones included.
        complete: Whether every file in ``use`` could be read, so that an unknown name is really unknown.
        schemas: By schema path as given, relative to the destination: the loaded schema.
        memo: What several checks need, kept by the first of them.
    """

    spec: DestinationSpec
    documents: Mapping[str, Document]
    trees: Mapping[str, Tree]
    broken: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    complete: bool = True
    schemas: Mapping[str, Schema] = msgspec.field(default_factory=dict)
    memo: dict[object, Any] = msgspec.field(default_factory=dict)

    def lets(self, mapping: MappingSpec | None) -> Mapping[str, Let]:
        """The names an expression of `mapping` sees (of the destination alone for None); inner ones win."""
        key = ("lets", mapping and mapping.file)
        if key not in self.memo:
            inner = mapping.lets if mapping else ()
            self.memo[key] = {let.name: let for let in (*self.spec.lets, *inner)}
        found: Mapping[str, Let] = self.memo[key]
        return found

    def nodes(self) -> Iterator[Node]:
        """Every node of the set, outer ones before those in them."""
        outer = [let.node for let in self.spec.lets]
        for mapping in self.spec.mappings:
            outer += [mapping.body, *(let.node for let in mapping.lets)]
        return (found for node in outer for found, _ in walk(node))

    def uses(self) -> tuple[Use, ...]:
        """Every expression of the set."""
        return self.once("uses", self._uses)

    def once(self, key: Hashable, find: Callable[[], Iterable[Found]]) -> tuple[Found, ...]:
        """What `find` finds, looked for by the first check that asks."""
        if key not in self.memo:
            self.memo[key] = tuple(find())
        found: tuple[Found, ...] = self.memo[key]
        return found

    def _uses(self) -> Iterator[Use]:
        spec = self.spec
        yield from _let_uses(spec.lets, None)
        for guard in spec.guards:
            yield Use(expression=guard.when)
        if spec.order_key:
            yield Use(expression=spec.order_key)
        seen: set[Place] = set()  # what stands in request_defaults serves many requests and is one place
        for request in spec.requests.values():
            for expression, sees in _request_expressions(spec, request.name):
                if expression.place not in seen:
                    seen.add(expression.place)
                    yield Use(expression=expression, sees=sees)
        for mapping in spec.mappings:
            yield from _let_uses(mapping.lets, mapping)
            for guard in mapping.guards:
                yield Use(expression=guard.when, mapping=mapping)
            for expression, in_rest in node_expressions(mapping.body):
                yield Use(expression=expression, mapping=mapping, in_rest=in_rest)


def _let_uses(lets: tuple[Let, ...], mapping: MappingSpec | None) -> Iterator[Use]:
    for let in lets:
        for expression, _ in node_expressions(let.node):
            yield Use(expression=expression, mapping=mapping, in_rest=True, let=let.name)


def _request_expressions(spec: DestinationSpec, name: str) -> Iterator[tuple[Expression, Sees]]:
    request = spec.requests[name]
    yield request.base, "settings"
    yield request.path, "settings"
    for node in (*request.headers.values(), *request.auth.values()):
        for expression, _ in node_expressions(node):
            yield expression, "settings"
    if request.order_by:
        yield request.order_by, "call"
    for rule in request.outcomes:
        for found in (rule.when, rule.because, rule.exceptions):
            if found:
                yield found, "answer"


def node_expressions(node: Node) -> Iterator[tuple[Expression, bool]]:
    """Every expression of a node, and whether it stands inside ``$rest``."""
    for found, in_rest in walk(node):
        if isinstance(found, Eval):
            yield found.expression, in_rest
        elif isinstance(found, If):
            yield found.condition, in_rest
        elif isinstance(found, ObjectOf) and found.share:
            yield found.share.source, in_rest


def walk(node: Node, in_rest: bool = False) -> Iterator[tuple[Node, bool]]:
    """The node and all nodes in it, outer ones first, each with whether it stands inside ``$rest``."""
    yield node, in_rest
    for child, inside in _children(node):
        yield from walk(child, in_rest or inside)


def _children(node: Node) -> Iterator[tuple[Node, bool]]:
    match node:
        case Eval() | Const() | Take():
            return
        case First(nodes) | ListOf(nodes):
            yield from ((child, False) for child in nodes)
        case If(_, then, otherwise):
            yield then, False
            if otherwise:
                yield otherwise, False
        case Refine(inner, default=default):
            yield inner, False
            if default:
                yield default, False
        case ObjectOf():
            yield from ((child, False) for child in node.merge)
            yield from ((child, False) for _, child in node.fields)
            if node.share:
                yield from ((child, False) for _, child in node.share.named)
            if node.rest:
                yield node.rest, True


def tree_nodes(tree: Tree) -> list[Tree]:
    """The tree and all nodes in it, outer ones first."""
    return _gathered(tree, _all_children)


def meaning(tree: Tree) -> Hashable:
    """The tree without its places: equal for expressions that say the same."""
    return tree.kind, repr(tree.value), tuple(map(meaning, tree.children))


def root_nodes(tree: Tree) -> list[Tree]:
    """The nodes that are applied to the root itself, not to a value inside it."""
    return _gathered(tree, _children_at_root)


def _gathered(tree: Tree, children: Callable[[Tree], tuple[Tree, ...]]) -> list[Tree]:
    found = []
    left = [tree]
    while left:
        node = left.pop()
        found.append(node)
        if node.children:
            left += children(node)[::-1]
    return found


def _all_children(tree: Tree) -> tuple[Tree, ...]:
    return tree.children


def _children_at_root(tree: Tree) -> tuple[Tree, ...]:
    return tree.children[: _AT_ROOT.get(tree.kind)]


_AT_ROOT: Mapping[str, int] = {
    **dict.fromkeys(
        ("subexpression", "pipe", "index_expression", "projection", "value_projection", "filter_projection", "flatten"),
        1,
    ),
    "expref": 0,
}
