"""What types of value names and nodes may give, as far as that is known before a call comes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from msgspec.structs import replace

from mapper.authoring.rules.certain import literal
from mapper.authoring.rules.paths import documented
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
from mapper.expressions.foresee import arity_error
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.held import Conditions, Held, Path, both
from mapper.expressions.infer import Inference
from mapper.expressions.inside import array, at, common, made
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import path_of
from mapper.records.diagnostic import Place
from mapper.records.spec import (
    Const,
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
_SETTINGS: Final[dict[str, Kinds]] = {"string": STRING, "number": NUMBER, "integer": NUMBER, "boolean": BOOLEAN}


class Names:
    """What is known of names and of the nodes behind them.

    Args:
        subject: The mapping set.
        mapping: Whose names; None for those of the destination alone.
        documented: Whether calls hold what Segment documents. For what is sent that will do; a condition that asks
            for something else is there because calls hold anything.
    """

    def __init__(self, subject: Subject, mapping: MappingSpec | None, *, documented: bool = False) -> None:
        self.subject = subject
        self.documented = documented
        self.lets = subject.lets(mapping)
        self.types = mapping.accepts if mapping else subject.spec.accepts
        self._under_way: set[str] = set()
        owner = mapping.name if mapping else None
        self._found: dict[str, Known] = subject.memo.setdefault(("known", owner, documented), {})

    def __call__(self, path: tuple[str, ...]) -> Known:
        """What is known of a path at the root."""
        match path:
            case (name, *below) if name in self.lets:
                return at(self._let(self.lets[name]), below)
            case ("settings", name, *below):
                return at(self._setting(name), below)
            case ("type",) if self.types:
                return Known(STRING, only=frozenset(map(same, self.types)))
            case ():
                return Known(OBJECT)
            case _ if self.documented:
                kinds = documented(self.types, path)
                return Known(kinds if kinds != NULL else frozenset())  # a name that means nothing: found elsewhere
        return Known(JSON)

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
            case ListOf(items):
                given = [self.known(inner, depth + 1).without(NULL) for inner in items]
                return array(reduce(or_, given, NOTHING), may_be_null=False)
            case ObjectOf():
                return self._object(node, depth)
            case _:
                return Known(JSON)

    def _refined(self, node: Refine, depth: int) -> Known:
        known = _filtered(node, self.known(node.node, depth + 1))
        if node.default:
            known = known.without(NULL) | self.known(node.default, depth + 1)
        return known.without(NULL) if node.required else known

    def _object(self, node: ObjectOf, depth: int) -> Known:
        """An object whose null fields are left out, and which is null itself if none is left."""
        fields = [(name, self.known(inner, depth + 1)) for name, inner in node.fields]
        sure = frozenset(name for name, known in fields if not known.kinds & NULL)
        kinds = OBJECT if sure else OBJECT | NULL
        if node.merge or node.share or node.rest:
            return Known(kinds)
        return replace(made(fields), kinds=kinds, sure=sure)

    def _let(self, let: Let) -> Known:
        if let.name in self._found:
            return self._found[let.name]
        if let.name in self._under_way or len(self._under_way) > _DEEPEST:
            return Known(JSON)
        if not self.documented and self._is_constant(let.node):
            return Known(JSON)  # a switch: that it always stands on one side is what it is there for
        self._under_way.add(let.name)
        found = self.known(let.node)
        self._under_way.discard(let.name)
        self._found[let.name] = found
        return found

    def _is_constant(self, node: Node) -> bool:
        return isinstance(node, Const) or (
            isinstance(node, Eval) and literal(self.subject, node.expression) is not None
        )

    def _setting(self, name: str) -> Known:
        setting = next((each for each in self.subject.spec.settings if each.name == name), None)
        if setting is None:
            return Known(JSON)
        allowed = setting.schema.get("enum")
        is_listed = isinstance(allowed, list) and all(isinstance(each, str) for each in allowed)
        kind = setting.schema.get("type")  # anything, where the file has a wrong shape
        kinds = STRING if is_listed else _SETTINGS.get(kind, JSON) if isinstance(kind, str) else JSON
        sure = setting.required or setting.default is not None
        only = frozenset(map(same, allowed)) if is_listed and allowed else None
        return Known(kinds if sure else kinds | NULL, only=only)


class Leaf(NamedTuple):
    """What computes a value in the end: an expression, or a conversion."""

    place: Place
    known: Known


class Nodes(Names):
    """What is known of the nodes of a mapping's body, which is reached only by calls that no guard holds back."""

    def __init__(self, subject: Subject, mapping: MappingSpec) -> None:
        super().__init__(subject, mapping, documented=True)
        guards = (*subject.spec.guards, *mapping.guards)
        trees = [tree for guard in guards if (tree := subject.trees.get(guard.when.text))]
        passed = Conditions()
        self._past: Held = {}
        for tree in trees:
            self._past = both(self._past, passed.held(tree, true=False))
        self._some = [group for tree in trees for group in _missing_together(tree)]

    def __call__(self, path: tuple[str, ...]) -> Known:
        """What is known of a path at the root."""
        known = super().__call__(path)
        better = common(known, self._past[path]) if path in self._past else known
        return better if better.kinds else known

    def known(self, node: Node, depth: int = 0) -> Known:
        """What a node gives."""
        known = super().known(node, depth)
        paths = set(self._paths(node)) if self._some and known.kinds & NULL else set()
        return known.without(NULL) if any(group <= paths for group in self._some) else known

    def _paths(self, node: Node) -> Iterator[Path]:
        """Paths of which any one makes the node more than null."""
        match node:
            case Eval(expression):
                tree = self.subject.trees.get(expression.text)
                yield from _alternatives(tree) if tree else ()
            case First(nodes):
                for inner in nodes:
                    yield from self._paths(inner)
            case ObjectOf(fields):
                for _, inner in fields:
                    yield from self._paths(inner)

    def leaves(self, node: Node, seen: set[str] | None = None) -> Iterator[Leaf]:
        """What computes the value of a node; constants, lists and objects are none. Names in `seen` are passed over."""
        seen = set() if seen is None else seen
        match node:
            case Eval(expression):
                name = expression.text.strip()
                if name in self.lets and name not in seen:
                    seen.add(name)
                    yield from self.leaves(self.lets[name].node, seen)
                elif name not in self.lets and self._computes(expression):
                    yield Leaf(expression.place, self.known(node))
            case Take(_, place):
                yield Leaf(place, Known(JSON))
            case First(nodes):
                for inner in nodes:
                    yield from self.leaves(inner, seen)
            case If(_, then, otherwise):
                for inner in (then, otherwise) if otherwise else (then,):
                    yield from self.leaves(inner, seen)
            case Refine():
                yield from self._refined_leaves(node, seen)

    def _computes(self, expression: Expression) -> bool:
        """Whether it is more than a literal, and can be computed at all: what it gives is of no interest otherwise."""
        tree = self.subject.trees.get(expression.text)
        return tree is not None and literal(self.subject, expression) is None and _is_callable(tree)

    def _refined_leaves(self, node: Refine, seen: set[str]) -> Iterator[Leaf]:
        if node.convert is None and node.kind is None:
            yield from self.leaves(node.node, seen)
        elif node.kind != "schema":
            yield Leaf(node.place, _filtered(node, Known(JSON)))
        if node.default:
            yield from self.leaves(node.default, seen)


def _filtered(node: Refine, known: Known) -> Known:
    """What is left of a value after ``$is`` and ``$as``."""
    for name in (node.kind, node.convert):
        if name in _CONVERTED:
            known = Known(_CONVERTED[name] | NULL)
    return known


def _is_callable(tree: Tree) -> bool:
    """Whether every function is there, and takes as many arguments as it gets."""
    if tree.kind == "function_expression":
        function = FUNCTIONS.get(tree.value)
        if function is None or arity_error(function, len(tree.children)):
            return False
    return all(map(_is_callable, tree.children))


def _missing_together(tree: Tree) -> Iterator[frozenset[Path]]:
    """Paths of which a guard says that all are missing: once it is past, one of them is there."""
    if tree.kind == "or_expression":
        for child in tree.children:
            yield from _missing_together(child)
        return
    denied = [part.children[0] for part in _parts(tree, "and_expression") if part.kind == "not_expression"]
    paths = [list(_alternatives(part)) for part in denied]
    if len(denied) == len(list(_parts(tree, "and_expression"))) and all(paths):
        yield frozenset(path for each in paths for path in each)


def _alternatives(tree: Tree) -> Iterator[Path]:
    """The paths of ``a``, ``a || b`` or ``not_null(a, b)``; nothing where one part is more than a path."""
    is_choice = tree.kind == "function_expression" and tree.value == "not_null"
    parts = list(tree.children if is_choice else _parts(tree, "or_expression"))
    paths = [path for part in parts if (path := path_of(part))]
    yield from paths if len(paths) == len(parts) else ()


def _parts(tree: Tree, kind: str) -> Iterator[Tree]:
    """The links of a chain such as ``a && b && c``."""
    if tree.kind != kind:
        yield tree
        return
    for child in tree.children:
        yield from _parts(child, kind)
