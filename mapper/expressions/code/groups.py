"""``group_by`` written out."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mapper.expressions.code.python import (
    assign,
    assign_item,
    call,
    constant,
    do,
    has_type,
    is_none,
    is_some,
    load,
    method,
    targets,
    when,
)
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.value import (
    ARRAY,
    IN_PARTS,
    JSON,
    NAMED,
    NOT_EMPTY,
    NULL,
    OBJECT,
    STRING,
    Growth,
    Known,
    Spot,
    Value,
    display,
)
from mapper.expressions.parse import Node

if TYPE_CHECKING:
    from mapper.expressions.code.translate import Translator

Pair = tuple[Value, Value]
"""A key, and the value under it."""


def group_by(to: Translator, node: Node) -> Value | None:
    """The loop written out, and where the array is ``entries(x)``, straight over the object."""
    array_node, key = node.children if len(node.children) == 2 else (None, None)
    if array_node is None or key is None or key.kind != "expref":
        return None
    is_entries = (array_node.kind, array_node.value, len(array_node.children)) == ("function_expression", "entries", 1)
    array = to.value(array_node.children[0] if is_entries else array_node)
    if array.is_constant:
        return None
    writer = to.writer
    if to.in_parts is node and is_entries and (names := _group_names(key.children[0])) is not None:
        return _in_parts(to, array, key.children[0], names)
    groups, one = writer.fresh("groups"), writer.fresh("item")
    writer.add(assign(groups, constant(None)))
    with writer.branch() as block:
        writer.add(assign(groups, ast.Dict([], [])))
        with writer.branch() as body:
            pair = _key_and_value(to, array) if is_entries else None
            each = _entry(to, one, *pair) if pair is not None else Value(one, array.known.items or Known())
            _into_group(to, groups, each, to.inside(each).value(key.children[0]))
        if pair is not None:
            writer.add(ast.For(targets(part.name or "" for part in pair), method(array.code, "items"), body, []))
        else:
            writer.add(ast.For(ast.Name(one, ast.Store()), array.code, body, []))
    test = is_kind(array, "object" if is_entries else "array")
    if not (isinstance(test, ast.Constant) and not test.value):
        writer.add(when(test, block))
    return Value(groups, Known(OBJECT | NULL, values=Known(ARRAY, frozenset({NOT_EMPTY}), items=each.known)))


def _group_names(key: Node) -> dict[str, None] | None:
    """The names that the key of a grouping may give; None where it is more than a choice of constants."""
    if key.kind == "literal" and (type(key.value) is str or key.value is None):
        return {} if key.value is None else {key.value: None}
    if (key.kind, key.value, len(key.children)) != ("function_expression", "if", 3):
        return None
    then, otherwise = _group_names(key.children[1]), _group_names(key.children[2])
    return None if then is None or otherwise is None else then | otherwise


def _in_parts(to: Translator, holder: Value, key: Node, names: dict[str, None]) -> Value:
    """The groups of ``group_by(entries(x), &if(..., 'a', 'b'))`` as a list each."""
    writer = to.writer
    begin = writer.spot()
    lists: dict[str, _List] = {}
    for name in names:
        made = writer.keep(name, ast.List([], ast.Load()))
        lists[name] = _List(made.name or "", [writer.block[-1]])
    if holder.is_laid_out:
        for key_name, value in (holder.parts or {}).items():
            with writer.branch() as block:
                _entry_into_lists(to, key, (to.constant(key_name), value), lists)
            writer.block += block
    else:
        pair = _key_and_value(to, holder)
        with writer.branch() as body:
            _entry_into_lists(to, key, pair, lists)
        loop = ast.For(targets(each.name or "" for each in pair), method(holder.code, "items"), body, [])
        test = is_kind(holder, "object")
        if not isinstance(test, ast.Constant):
            writer.add(when(test, [loop]))
        elif test.value:
            writer.add(loop)
    parts = {name: _part(to, name, found, begin) for name, found in lists.items()}
    for found in lists.values():
        writer.spare(found.name, *found.statements)
    return Value(IN_PARTS, Known(OBJECT | NULL), parts=parts)


def _entry_into_lists(to: Translator, key: Node, pair: Pair, lists: dict[str, _List]) -> None:
    each = _entry(to, to.writer.fresh("item"), *pair)
    to.writer.spare(each.name or "", to.writer.block[-1])
    _into_lists(to.inside(each), key, each, lists)


@dataclass(frozen=True, slots=True)
class _List:
    """The list of one group: its variable, the statements that fill it, and where they stand."""

    name: str
    statements: list[ast.stmt]
    items: list[tuple[Spot, Value]] = field(default_factory=list)


def _part(to: Translator, name: str, made: _List, begin: Spot) -> Value:
    """A group's items; null where there is none."""
    known = [item.known for _, item in made.items]
    code = ast.BoolOp(ast.Or(), [load(made.name), constant(None)])
    items = reduce(or_, known) if known else None
    part = to.writer.keep(name, code, Known(ARRAY | NULL, frozenset({NOT_EMPTY}), items=items), spare=True)
    return replace(part, growth=Growth(begin, tuple(made.items)))


def _into_lists(to: Translator, key: Node, each: Value, lists: dict[str, _List]) -> None:
    writer = to.writer
    if key.kind == "literal":
        if key.value is not None:
            assert each.parts is not None
            made = lists[key.value]
            fields = tuple((name, writer.better(part).known) for name, part in each.parts.items())
            item = writer.keep("item", display(each.parts), replace(each.known, fields=fields), spare=True)
            writer.run(method(load(made.name), "append", item.code))
            made.statements.append(writer.block[-1])
            made.items.append((writer.spot(), replace(item, parts=each.parts)))
        return
    condition, then, otherwise = key.children
    test = to.condition(condition)
    if isinstance(test, ast.Constant):
        _into_lists(to, then if test.value else otherwise, each, lists)
        return
    implied = to.implied(condition)
    with writer.branch() as yes:
        for value, better in implied:
            writer.narrow(value, better)
        _into_lists(to, then, each, lists)
    with writer.branch() as no:
        _into_lists(to, otherwise, each, lists)
    writer.add(when(test, yes, no))


def _key_and_value(to: Translator, holder: Value) -> Pair:
    """The variables of a loop over an object's items."""
    key = Value(to.writer.fresh("key"), Known(STRING, frozenset({NOT_EMPTY} if NAMED in holder.known.facts else ())))
    return key, Value(to.writer.fresh("value"), Known(JSON))


def _entry(to: Translator, one: str, key: Value, value: Value) -> Value:
    """The item ``{key, value}`` of an object's entries."""
    if len(value.known.kinds) > 1:
        value = replace(value, type_name=to.writer.keep("kind", call("type", value.code), spare=True).name)
    parts = {"key": key, "value": value}
    to.writer.add(assign(one, display(parts)))
    fields = (("key", key.known), ("value", value.known))
    return Value(one, Known(OBJECT, fields=fields, sure=frozenset({"key", "value"})), parts=parts)


def _into_group(to: Translator, groups: str, each: Value, name: Value) -> None:
    writer = to.writer
    bucket = writer.fresh("group")
    place = [
        assign(bucket, method(load(groups), "get", name.code)),
        when(
            is_none(load(bucket)),
            [assign_item(load(groups), name.code, ast.List([each.code], ast.Load()))],
            [do(method(load(bucket), "append", each.code))],
        ),
    ]
    if name.known.kinds == STRING:
        writer.block += place
    elif name.known.kinds <= STRING | NULL:
        writer.add(when(is_some(name.code), place))
    else:
        stop = when(is_some(name.code), [assign(groups, constant(None)), ast.Break()])
        writer.add(when(has_type(name.code, "str"), place, [stop]))
