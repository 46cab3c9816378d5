"""Nodes of a mapping to closures over a scope.

A closure gives the node's value, None where there is none ("leave the field out"), or :data:`NULL` where the author
asked for an explicit null.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import jsonschema_rs
import msgspec

from mapper.engine.scope import NULL, Names, Scope, Share
from mapper.expressions.evaluate import is_true
from mapper.expressions.functions.convert import CONVERSIONS, KINDS
from mapper.expressions.root import Root, Search
from mapper.records.spec import Const, Eval, Expression, First, Guard, If, Let, ListOf, Node, ObjectOf, Refine, Take
from mapper.records.spec import Share as ShareSpec

Give = Callable[[Scope], Any]
BuildExpression = Callable[[Expression, Root], Search]


class Key(msgspec.Struct, frozen=True):
    """One path that a ``$take`` tries.

    Attributes:
        take: The node.
        written: The key as it stands there.
        path: The key in one of the spellings.
        share: The object that is shared out, or None.
        spelling: The one spelling that gives this path; "" where several do.
    """

    take: Take
    written: str
    path: tuple[str, ...]
    share: ShareSpec | None
    spelling: str


class Conversion(msgspec.Struct, frozen=True):
    """``$is`` and ``$as``, applied to a value."""

    node: Refine


Part = Node | Let | Guard | Key | Conversion
"""What a mapping is made of, and what can be looked on at."""
Watch = Callable[[Part, Callable[[Any], Any]], Callable[[Any], Any]]
"""Puts something of its own around what evaluates a part, to see what comes of it."""


class MissingError(Exception):
    """A ``$required`` field has no value; the text is the author's reason."""


class NodeBuilder:
    """Builds closures for the nodes of one mapping.

    Args:
        names: That its expressions see.
        root: How they read names.
        build_expression: Makes an expression runnable: the product's closures, or jmespath itself in tests.
        watch: Looks on at every part that is evaluated; without it, evaluation bears no trace of it.
    """

    def __init__(self, names: Names, root: Root, build_expression: BuildExpression, watch: Watch | None = None) -> None:
        self.names = names
        self.root = root
        self.build_expression = build_expression
        self.watch = watch
        self.share: ShareSpec | None = None

    def expression(self, expression: Expression) -> Give:
        """A bare expression."""
        return self.build_expression(expression, self.root)

    def build(self, node: Node) -> Give:
        """Any node."""
        return self.watched(node, self._build(node))

    def watched(self, part: Part, give: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """What evaluates a part, looked on at where somebody does."""
        return give if self.watch is None else self.watch(part, give)

    def _build(self, node: Node) -> Give:
        match node:
            case Const(value):
                return lambda _: value
            case Eval(expression):
                return self.expression(expression)
            case First(nodes):
                return _first(tuple(map(self.build, nodes)))
            case If(condition, then, otherwise):
                return _choose(
                    self.expression(condition), self.build(then), self.build(otherwise) if otherwise else _nothing
                )
            case Take():
                return self._take(node, _as_it_is)
            case Refine():
                return self._refine(node)
            case ListOf(items):
                return partial(_list, tuple(map(self.build, items)))
            case ObjectOf():
                return self._object(node)

    def _refine(self, node: Refine) -> Give:
        convert = conversion(node)
        if convert is not _as_it_is:
            convert = self.watched(Conversion(node), convert)
        if isinstance(node.node, Take):
            give = self.watched(node.node, self._take(node.node, convert))
        else:
            give = _converted(self.build(node.node), convert) if convert is not _as_it_is else self.build(node.node)
        if node.default is not None:
            give = _first((give, self.build(node.default)))
        if node.required is not None:
            give = _required(give, node.required)
        return _kept(give) if node.keep_null else give

    def _object(self, node: ObjectOf) -> Give:
        merge = tuple(map(self.build, node.merge))
        if node.share is None:
            return partial(_object, merge, self._fields(node.fields))
        outer, self.share = self.share, node.share
        fields = self._fields((*node.fields, *node.share.named))
        rest = self.build(node.rest) if node.rest else None
        self.share = outer
        return partial(_shared, self.expression(node.share.source), merge, fields, rest)

    def _fields(self, fields: Iterable[tuple[str, Node]]) -> tuple[tuple[str, Give], ...]:
        return tuple((name, self.build(field)) for name, field in fields)

    def _take(self, node: Take, convert: Callable[[Any], Any]) -> Give:
        if self.watch is None:
            return _take(take_paths(node.keys, self.share.spell if self.share else ()), convert)
        return _first(tuple(self.watch(key, _take((key.path,), convert)) for key in keys_of(node, self.share)))


def take_paths(keys: Iterable[str], spell: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The paths tried for ``$take`` keys: each key in each spelling, in order, none twice."""
    paths: dict[tuple[str, ...], None] = {}
    for key in keys:
        for spelling in spell or ("",):
            paths[tuple(_spelled(part, spelling) for part in key.split("."))] = None
    return tuple(paths)


def keys_of(node: Take, share: ShareSpec | None) -> list[Key]:
    """The paths tried for a ``$take``, each with the key it comes from and the spelling that makes it."""
    spell = share.spell if share else ()
    keys: dict[tuple[str, ...], Key] = {}
    for written in node.keys:
        for path in take_paths((written,), spell):
            spellings = [spelling for spelling in spell if take_paths((written,), (spelling,)) == (path,)]
            spelling = spellings[0] if len(spellings) == 1 and len(spell) > 1 else ""
            keys.setdefault(path, Key(node, written, path, share, spelling))
    return list(keys.values())


def _spelled(key: str, spelling: str) -> str:
    if spelling == "camelCase":
        return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), key)
    if spelling == "snake_case":
        return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), key)
    return key


def whole_numbers(value: Any) -> Any:
    """The value with every integral float as an integer: JSON Schema takes 5.0 for one, a destination may not."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is list:
        return [whole_numbers(item) for item in value]
    return {key: whole_numbers(item) for key, item in value.items()} if type(value) is dict else value


def _as_it_is(value: Any) -> Any:
    return value


def _nothing(scope: Scope) -> Any:  # noqa: ARG001 - a closure like any other
    return None


def conversion(node: Refine) -> Callable[[Any], Any]:
    """``$as`` and ``$is`` in one function; what does not fit becomes None."""
    steps: list[Callable[[Any], Any]] = []
    if node.kind is not None and node.kind != "schema":
        of_kind = KINDS[node.kind]
        steps.append(lambda value: value if of_kind(value) else None)
    if node.convert is not None:
        steps.append(CONVERSIONS[node.convert])
    if node.kind == "schema":
        fits = jsonschema_rs.validator_for(dict(node.schema or {})).is_valid
        steps.append(lambda value: whole_numbers(value) if fits(value) else None)
    if not steps:
        return _as_it_is
    if len(steps) == 1:
        return steps[0]
    first, second = steps

    def both(value: Any) -> Any:
        value = first(value)
        return None if value is None else second(value)

    return both


def _converted(give: Give, convert: Callable[[Any], Any]) -> Give:
    def run(scope: Scope) -> Any:
        value = give(scope)
        if value is None:
            return None
        value = convert(value)
        if value is None:
            return None
        return value

    return _undoing(run)


def _undoing(give: Give) -> Give:
    """Where a value is dropped after all, the keys it took from a shared object are free again."""

    def run(scope: Scope) -> Any:
        share = scope.share
        if share is None:
            return give(scope)
        before = len(share.used)
        value = give(scope)
        if value is None:
            del share.used[before:]
        return value

    return run


def _first(nodes: tuple[Give, ...]) -> Give:
    def run(scope: Scope) -> Any:
        for node in nodes:
            value = node(scope)
            if value is not None:
                return value
        return None

    return run


def _choose(condition: Give, then: Give, otherwise: Give) -> Give:
    return lambda scope: then(scope) if is_true(condition(scope)) else otherwise(scope)


def _required(give: Give, reason: str) -> Give:
    def run(scope: Scope) -> Any:
        value = give(scope)
        if value is None:
            raise MissingError(reason)
        return value

    return run


def _kept(give: Give) -> Give:
    def run(scope: Scope) -> Any:
        value = give(scope)
        return NULL if value is None else value

    return run


def _take(paths: tuple[tuple[str, ...], ...], convert: Callable[[Any], Any]) -> Give:
    tries = tuple((path[0], path[1:], path) for path in paths)

    def run(scope: Scope) -> Any:
        share = scope.share
        if share is None:
            return None
        source = share.source
        for first, further, path in tries:
            if first in source:
                value = source[first]
                for key in further:
                    value = value.get(key) if type(value) is dict else None
                if value is not None:
                    value = convert(value)
                    if value is not None:
                        share.used.append(path)
                        return value
        return None

    return run


def _list(items: tuple[Give, ...], scope: Scope) -> list[Any]:
    values = [item(scope) for item in items]
    return [None if value is NULL else value for value in values if value is not None]


def _object(merge: tuple[Give, ...], fields: tuple[tuple[str, Give], ...], scope: Scope) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for part in merge:
        value = part(scope)
        if type(value) is dict:
            made.update(value)
    for name, give in fields:
        value = give(scope)
        if value is not None:
            made[name] = None if value is NULL else value
    return made or None


def _shared(
    source: Give,
    merge: tuple[Give, ...],
    fields: tuple[tuple[str, Give], ...],
    rest: Give | None,
    scope: Scope,
) -> dict[str, Any] | None:
    found = source(scope)
    outer, scope.share = scope.share, Share(found if type(found) is dict else {})
    try:
        made = _object(merge, fields, scope) or {}
        if rest is not None:
            left = rest(scope.inside_rest(scope.share.rest()))
            if type(left) is dict:
                made = {**left, **made} if left.keys() & made.keys() else {**made, **left}
    finally:
        scope.share = outer
    return made or None
