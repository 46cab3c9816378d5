"""Nodes that make arrays and objects: multi-selects, flattening, projections."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from mapper.expressions.code.loops import loop
from mapper.expressions.code.python import assign, constant, do, has_type, is_none, is_some, load, method, when
from mapper.expressions.code.source import Plain, is_kind
from mapper.expressions.code.value import ARRAY, NOT_EMPTY, NOTHING, NULL, OBJECT, Growth, Known, Value
from mapper.expressions.foresee import never_raises
from mapper.expressions.parse import Node

if TYPE_CHECKING:
    from mapper.expressions.code.translate import Translator


def _unless_null(to: Translator, make: Callable[[], ast.expr], known: Known, hint: str) -> Value:
    """A multi-select: null of null, where the root is a value that may be null."""
    if not isinstance(to.source, Plain) or not to.source.value.may_be(NULL):
        return to.writer.keep(hint, make(), known)
    root = to.source.value
    if root.known.kinds <= NULL:
        return to.constant(None)
    name = to.writer.fresh(hint)
    to.writer.add(assign(name, constant(None)))
    with to.writer.branch() as block:
        to.source.value, code = root.narrowed(root.known.without(NULL)), None
        code = make()
        to.source.value = root
    block.append(assign(name, code))
    to.writer.add(when(is_some(root.code), block))
    return Value(name, known | NOTHING)


def _multi_select_list(to: Translator, node: Node) -> Value:
    def make() -> ast.expr:
        return ast.List([to.value(child).code for child in node.children], ast.Load())

    return _unless_null(to, make, Known(ARRAY), "values")


def _multi_select_dict(to: Translator, node: Node) -> Value:
    fields: dict[str, Known] = {}

    def make() -> ast.expr:
        values = [(child.value, to.value(child.children[0])) for child in node.children]
        fields.update({key: value.known for key, value in values})
        return ast.Dict([constant(key) for key, _ in values], [value.code for _, value in values])

    made = _unless_null(to, make, Known(OBJECT), "fields")
    known = Known(made.known.kinds, fields=tuple(fields.items()), sure=frozenset(fields))
    return made if made.is_constant else made.narrowed(known)


def _flatten(to: Translator, node: Node) -> Value:
    array = to.value(node.children[0])
    if not array.may_be(ARRAY):
        return to.constant(None)
    name = to.writer.fresh("flat")
    each = to.writer.fresh("item")
    body = when(
        has_type(load(each), "list"),
        [do(method(load(name), "extend", load(each)))],
        [do(method(load(name), "append", load(each)))],
    )
    to.writer.add(assign(name, constant(None)))
    block = [
        assign(name, ast.List([], ast.Load())),
        ast.For(ast.Name(each, ast.Store()), array.code, [body], []),
    ]
    to.writer.add(when(is_kind(array, "array"), block))
    return Value(name, Known(ARRAY | NULL))


def _projection(to: Translator, node: Node) -> Value:
    return _project(to, node, node.children[1], None)


def _filter_projection(to: Translator, node: Node) -> Value:
    return _project(to, node, node.children[1], node.children[2])


def _value_projection(to: Translator, node: Node) -> Value:
    holder = to.value(node.children[0])
    if not holder.may_be(OBJECT):
        return to.constant(None)
    values = to.writer.keep(
        "values",
        ast.IfExp(is_kind(holder, "object"), method(holder.code, "values"), constant(None)),
        Known(NULL | ARRAY),
    )
    return _projected(to, values, node.children[1], None)


def _project(to: Translator, node: Node, right: Node, condition: Node | None) -> Value:
    return _projected(to, to.value(node.children[0]), right, condition)


def _projected(to: Translator, array: Value, right: Node, condition: Node | None) -> Value:
    if not array.may_be(ARRAY):
        return to.constant(None)
    projection = _Projection(to, right, condition)
    if array.growth is not None and projection.is_sure:
        name = projection.while_it_grows(array.growth)
    else:
        name = loop(to.writer, array, ast.List([], ast.Load()), "found", projection.write)
    known = projection.known
    facts = array.known.facts & {NOT_EMPTY} if projection.keeps_all else frozenset()
    return Value(name, Known(ARRAY | NULL, facts, items=reduce(or_, known) if known else None))


class _Projection:
    """What is made of each item."""

    def __init__(self, to: Translator, right: Node, condition: Node | None) -> None:
        self.to = to
        self.right = right
        self.condition = condition
        self.known: list[Known] = []
        self.keeps_all = condition is None
        """Whether every item written so far gives one."""

    @property
    def is_sure(self) -> bool:
        """Whether it can't fail, so that nothing shows when it is done."""
        return never_raises(self.right) and (self.condition is None or never_raises(self.condition))

    def while_it_grows(self, growth: Growth) -> str:
        """Take each item as it is made; the array itself may turn out to be needless."""
        writer = self.to.writer
        name = writer.fresh("found")
        with writer.at(growth.begin):
            writer.add(assign(name, constant(None)))
        for spot, item in growth.items:
            with writer.at(spot):
                writer.add(when(is_none(load(name)), [assign(name, ast.List([], ast.Load()))]))
                self.write(item, name)
        return name

    def write(self, each: Value, name: str) -> None:
        """Append what is made of an item, unless it is null or fails the condition."""
        writer, inner = self.to.writer, self.to.inside(each)
        if self.condition is None:
            self._append(inner.value(self.right), name)
            return
        test = inner.condition(self.condition)
        implied = inner.implied(self.condition)
        with writer.branch() as block:
            for value, known in implied:
                writer.narrow(value, known)
            self._append(inner.value(self.right), name)
        if not isinstance(test, ast.Constant):
            writer.add(when(test, block))
        elif test.value:
            writer.block += block

    def _append(self, found: Value, name: str) -> None:
        self.known.append(found.known.without(NULL))
        self.keeps_all = self.keeps_all and not found.may_be(NULL)
        statement = do(method(load(name), "append", found.code))
        if not found.may_be(NULL):
            self.to.writer.add(statement)
        elif found.known.kinds > NULL:
            self.to.writer.add(when(is_some(found.code), [statement]))


COLLECTIONS: Final[Mapping[str, Callable[[Translator, Node], Value]]] = {
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "projection": _projection,
    "value_projection": _value_projection,
}
"""By kind of node."""
