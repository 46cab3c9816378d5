"""How a mapping uses the names of ``let``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse, path_of
from mapper.records.spec import (
    Const,
    DestinationSpec,
    Eval,
    Expression,
    First,
    If,
    ListOf,
    MappingSpec,
    Node,
    ObjectOf,
    Refine,
    Take,
)


class Usage:
    """Counts the names in every expression that a mapping may need; those inside other values count too."""

    def __init__(self, spec: DestinationSpec, rule: MappingSpec | None) -> None:
        self._times: Counter[str] = Counter()
        self._whole: set[str] = set()
        for expression in _all(spec, rule):
            self._count(parse(expression.text))

    def times(self, name: str) -> int:
        """At most how often a name is used."""
        return self._times[name]

    def whole(self, name: str) -> bool:
        """Whether the value itself is used, and not only fields of it."""
        return name in self._whole

    def _count(self, tree: Tree) -> None:
        path = path_of(tree)
        if path is None and tree.kind == "subexpression" and _begins_with_a_field(tree.children[1]):
            path = path_of(tree.children[0])
            if path is not None:  # a.b[*]: of a, the field b
                self._times.update(path)
                for child in tree.children[1:]:
                    self._count(child)
                return
        if path is None:
            for child in tree.children:
                self._count(child)
            return
        self._times.update(path)
        if len(path) == 1:
            self._whole.add(path[0])


def _begins_with_a_field(tree: Tree) -> bool:
    while tree.kind in _LEFT_FIRST:
        tree = tree.children[0]
    return tree.kind == "field"


_LEFT_FIRST = frozenset(
    {"projection", "filter_projection", "value_projection", "flatten", "index_expression", "subexpression"}
)


def _all(spec: DestinationSpec, rule: MappingSpec | None) -> Iterator[Expression]:
    nodes: list[Node] = [let.node for let in spec.lets]
    yield from (guard.when for guard in spec.guards)
    if rule is not None:
        nodes += [rule.body, *(let.node for let in rule.lets)]
        yield from (guard.when for guard in rule.guards)
        key = spec.order_key if rule.request in spec.ordered_requests else spec.requests[rule.request].order_by
        yield from [key] if key else []
    for each in nodes:
        yield from _expressions(each)


def _expressions(node: Node | None) -> Iterator[Expression]:
    match node:
        case Eval(expression):
            yield expression
        case First(nodes) | ListOf(nodes):
            for each in nodes:
                yield from _expressions(each)
        case If(condition, then, otherwise):
            yield condition
            yield from _expressions(then)
            yield from _expressions(otherwise)
        case Refine():
            yield from _expressions(node.node)
            yield from _expressions(node.default)
        case ObjectOf():
            named = node.share.named if node.share else ()
            if node.share:
                yield node.share.source
            for part in (*node.merge, *(field for _, field in (*node.fields, *named)), node.rest):
                yield from _expressions(part)
        case Const() | Take() | None:
            return
