"""What types of value names and nodes may give, as far as that is known before a call comes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from mapper.authoring.rules.certain import literal
from mapper.authoring.subject import Subject
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    JSON,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Kinds,
    Known,
    known_of,
    same,
)
from mapper.expressions.infer import Inference
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import path_of
from mapper.records.diagnostic import Place
from mapper.records.spec import Const, Eval, First, If, Let, ListOf, MappingSpec, Node, ObjectOf, Refine, Take

_DEEPEST: Final = 20
_CONVERTED: Final[dict[str, Kinds]] = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "epoch_ms": NUMBER,
    "iso8601": STRING,
    "id": STRING,
    "first_word": STRING,
    "other_words": STRING,
    "array": ARRAY,
    "object": OBJECT,
}
"""By name of ``$as`` or ``$is``: what comes out, if not null."""


class Names:
    """What is known of names: of the call's fields nothing but its type, for calls hold anything."""

    def __init__(self, subject: Subject, mapping: MappingSpec | None) -> None:
        self.subject = subject
        self.mapping = mapping
        self.lets = subject.lets(mapping)
        self.under_way: set[str] = set()
        self.known: dict[str, Known] = subject.memo.setdefault(("known", mapping.name if mapping else None), {})

    def __call__(self, path: tuple[str, ...]) -> Known:
        """What is known of a path at the root."""
        name = path[0]
        if name in self.lets:
            return self._let(self.lets[name]) if len(path) == 1 else Known(JSON)
        if name == "type" and len(path) == 1:
            kinds = self.mapping.accepts if self.mapping else self.subject.spec.accepts
            return Known(STRING, only=frozenset(map(same, kinds))) if kinds else Known(STRING)
        return self._setting(path[1]) if name == "settings" and len(path) == 2 else Known(JSON)

    def _let(self, let: Let) -> Known:
        if let.name in self.known:
            return self.known[let.name]
        if let.name in self.under_way or len(self.under_way) > _DEEPEST:
            return Known(JSON)
        if isinstance(let.node, Const):
            return Known(JSON)
        tree = self.subject.trees.get(let.node.expression.text) if isinstance(let.node, Eval) else None
        if tree is None:
            return Known(JSON)
        self.under_way.add(let.name)
        found = Inference(self).value(tree)
        self.under_way.discard(let.name)
        self.known[let.name] = found
        return found

    def _setting(self, name: str) -> Known:
        for setting in self.subject.spec.settings:
            allowed = setting.schema.get("enum")
            if setting.name == name and isinstance(allowed, list) and all(isinstance(each, str) for each in allowed):
                kinds = STRING if setting.required or setting.default is not None else STRING | {"null"}
                return Known(kinds, only=frozenset(map(same, allowed)))
        return Known(JSON)


class Leaf(NamedTuple):
    """What computes a value in the end: an expression, or a conversion."""

    place: Place
    known: Known


class Nodes:
    """What is known of the nodes of a mapping's body, which is reached only by calls that no guard holds back."""

    def __init__(self, subject: Subject, mapping: MappingSpec) -> None:
        self.subject = subject
        self.names = Names(subject, mapping)
        guards = (*subject.spec.guards, *mapping.guards)
        trees = [tree for guard in guards if (tree := subject.trees.get(guard.when.text))]
        self.sure = frozenset(path for tree in trees for path in _denied(tree))

    def __call__(self, path: tuple[str, ...]) -> Known:
        """What is known of a path at the root."""
        named = self.names.lets.get(path[0]) if len(path) == 1 else None
        known = self.names(path) if named is None or isinstance(named.node, Eval) else self.known(named.node, 1)
        return known.without(NULL) if path in self.sure else known

    def known(self, node: Node, depth: int = 0) -> Known:
        """What a node gives."""
        if depth > _DEEPEST:
            return Known(JSON)
        match node:
            case Const(value):
                return known_of(value)
            case Eval(expression):
                tree = self.subject.trees.get(expression.text)
                return Known(JSON) if tree is None else Inference(self).value(tree)
            case First(nodes):
                found = [self.known(inner, depth + 1) for inner in nodes]
                either = reduce(or_, found, NOTHING)
                return either if all(each.kinds & NULL for each in found) else either.without(NULL)
            case If(_, then, otherwise):
                return self.known(then, depth + 1) | (self.known(otherwise, depth + 1) if otherwise else NOTHING)
            case Refine():
                return self._refined(node, depth)
            case ListOf():
                return Known(ARRAY)
            case ObjectOf():
                return Known(OBJECT | NULL)
            case _:
                return Known(JSON)

    def leaves(self, node: Node, depth: int = 0) -> Iterator[Leaf]:
        """What computes the value of a node; constants, lists and objects are none."""
        if depth > _DEEPEST:
            return
        match node:
            case Eval(expression):
                named = self.names.lets.get(expression.text.strip())
                if named is not None:
                    yield from self.leaves(named.node, depth + 1)
                elif literal(self.subject, expression) is None:
                    yield Leaf(expression.place, self.known(node))
            case Take(_, place):
                yield Leaf(place, Known(JSON))
            case First(nodes):
                for inner in nodes:
                    yield from self.leaves(inner, depth + 1)
            case If(_, then, otherwise):
                for inner in (then, otherwise) if otherwise else (then,):
                    yield from self.leaves(inner, depth + 1)
            case Refine():
                yield from self._refined_leaves(node, depth)

    def _refined_leaves(self, node: Refine, depth: int) -> Iterator[Leaf]:
        if node.convert is None and node.kind is None:
            yield from self.leaves(node.node, depth + 1)
        elif node.kind != "schema":
            yield Leaf(node.place, _filtered(node, Known(JSON)))
        if node.default:
            yield from self.leaves(node.default, depth + 1)

    def _refined(self, node: Refine, depth: int) -> Known:
        known = _filtered(node, self.known(node.node, depth + 1))
        if node.default:
            known = known.without(NULL) | self.known(node.default, depth + 1)
        return known.without(NULL) if node.required else known


def _filtered(node: Refine, known: Known) -> Known:
    """What is left of a value after ``$is`` and ``$as``."""
    for name in (node.kind, node.convert):
        if name in _CONVERTED:
            known = Known(_CONVERTED[name] | NULL)
    return known


def _denied(tree: Tree) -> Iterator[tuple[str, ...]]:
    """The paths of which a guard's condition says that they are not there: once it is past, they are."""
    if tree.kind == "or_expression":
        for child in tree.children:
            yield from _denied(child)
    elif tree.kind == "not_expression" and (path := path_of(tree.children[0])):
        yield path
    elif tree.kind == "comparator" and tree.value == "eq":
        for one, other in (tree.children, tree.children[::-1]):
            if other.kind == "literal" and other.value is None and (path := path_of(one)):
                yield path
