"""A node with one small change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from msgspec import structs

from mapper.records.spec import Const, Eval, First, If, ListOf, Node, ObjectOf, Refine, Share, Take
from mapper.review.explain.words import node_text
from mapper.review.mutants.expressions import Change, changed_expressions

_Item = TypeVar("_Item")
_OF_A_FIELD: Final = tuple(f"without `${name}" for name in ("as", "is", "default", "required", "null"))
"""Changes that say little without the name of the field."""


def changed_nodes(node: Node) -> Iterator[tuple[Change, Node]]:
    """The node with each change of it, and of what stands in it."""
    match node:
        case Const(value):
            yield from (((words, node.place), Const(other, node.place)) for words, other in _constants(value))
        case Eval(expression):
            yield from ((change, Eval(other)) for change, other in changed_expressions(expression))
        case First(nodes):
            yield from _alternatives(node, nodes)
        case If():
            yield from _of_if(node)
        case Take(keys):
            yield from _keys(node, keys)
        case Refine():
            yield from _of_refine(node)
        case ListOf(items):
            for at, other in _fewer(items):
                yield (f"without item {at + 1}", items[at].place), ListOf(other, node.place)
            yield from ((change, ListOf(other, node.place)) for change, other in _inside(items))
        case ObjectOf():
            yield from _of_object(node)


def _constants(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield f"{str(not value).lower()} for {str(value).lower()}", not value
    elif isinstance(value, int | float):
        yield f"{value + 1} for {value}", value + 1
    elif isinstance(value, str):
        yield f"another text for `{value}`", value + "~"


def _alternatives(node: First, nodes: tuple[Node, ...]) -> Iterator[tuple[Change, Node]]:
    for at, other in _fewer(nodes):
        yield (f"without `{node_text(nodes[at])}`", nodes[at].place), First(other, node.place)
    for at, other in _swapped(nodes):
        words = f"`{node_text(nodes[at + 1])}` before `{node_text(nodes[at])}`"
        yield (words, nodes[at].place), First(other, node.place)
    yield from ((change, First(other, node.place)) for change, other in _inside(nodes))


def _of_if(node: If) -> Iterator[tuple[Change, Node]]:
    yield (f"always `{node_text(node.then)}`", node.place), node.then
    otherwise = node.otherwise or Const(None, node.place)
    yield (f"always `{node_text(otherwise)}`", node.place), otherwise
    for change, condition in changed_expressions(node.condition, "truth"):
        yield change, structs.replace(node, condition=condition)
    for change, then in changed_nodes(node.then):
        yield change, structs.replace(node, then=then)
    for change, other in changed_nodes(node.otherwise) if node.otherwise else ():
        yield change, structs.replace(node, otherwise=other)


def _keys(node: Take, keys: tuple[str, ...]) -> Iterator[tuple[Change, Node]]:
    if len(keys) > 1:
        for at, other in _fewer(keys):
            yield (f"without the key `{keys[at]}`", node.place), Take(other, node.place)
        for at, other in _swapped(keys):
            yield (f"the key `{keys[at + 1]}` before `{keys[at]}`", node.place), Take(other, node.place)


def _of_refine(node: Refine) -> Iterator[tuple[Change, Node]]:
    said = (
        ("convert", None, f"$as {node.convert}"),
        ("kind", None, f"$is {node.kind}"),
        ("default", None, "$default"),
        ("required", None, "$required"),
        ("keep_null", False, "$null keep"),
    )
    for name, off, words in said:
        if getattr(node, name) not in (None, False):
            yield (f"without `{words}`", node.place), structs.replace(node, **{name: off})
    for change, inner in changed_nodes(node.node):
        yield change, structs.replace(node, node=inner)
    for change, default in changed_nodes(node.default) if node.default else ():
        yield change, structs.replace(node, default=default)


def _of_object(node: ObjectOf) -> Iterator[tuple[Change, Node]]:
    for at, merge in _fewer(node.merge):
        yield (
            (f"without `$merge {node_text(node.merge[at])}`", node.merge[at].place),
            structs.replace(node, merge=merge),
        )
    for at, merge in _swapped(node.merge):
        words = f"`{node_text(node.merge[at + 1])}` merged before `{node_text(node.merge[at])}`"
        yield (words, node.merge[at].place), structs.replace(node, merge=merge)
    for change, merge in _inside(node.merge):
        yield change, structs.replace(node, merge=merge)
    for change, fields in _fields(node.fields):
        yield change, structs.replace(node, fields=fields)
    if node.rest is not None:
        yield ("without `$rest`", node.rest.place), structs.replace(node, rest=None)
        for change, rest in changed_nodes(node.rest):
            yield change, structs.replace(node, rest=rest)
    for change, share in _shares(node.share) if node.share else ():
        yield change, structs.replace(node, share=share)


def _shares(share: Share) -> Iterator[tuple[Change, Share]]:
    for change, source in changed_expressions(share.source):
        yield change, structs.replace(share, source=source)
    if len(share.spell) > 1:
        place = structs.replace(share.place, route=(*share.place.route[:-1], "$spell"))
        for at, spell in _fewer(share.spell):
            yield (f"without the spelling `{share.spell[at]}`", place), structs.replace(share, spell=spell)
        for at, spell in _swapped(share.spell):
            words = f"the spelling `{share.spell[at + 1]}` before `{share.spell[at]}`"
            yield (words, place), structs.replace(share, spell=spell)
    for change, named in _fields(share.named):
        yield change, structs.replace(share, named=named)


def _fields(fields: tuple[tuple[str, Node], ...]) -> Iterator[tuple[Change, tuple[tuple[str, Node], ...]]]:
    for at, other in _fewer(fields):
        name, node = fields[at]
        yield (f"without the field `{name}`", node.place), other
    for at, (name, node) in enumerate(fields):
        for (words, place), inner in changed_nodes(node):
            said = f"`{name}` {words}" if words.startswith(_OF_A_FIELD) else words
            yield (said, place), (*fields[:at], (name, inner), *fields[at + 1 :])


def _inside(nodes: tuple[Node, ...]) -> Iterator[tuple[Change, tuple[Node, ...]]]:
    for at, node in enumerate(nodes):
        for change, other in changed_nodes(node):
            yield change, (*nodes[:at], other, *nodes[at + 1 :])


def _fewer(items: Sequence[_Item]) -> Iterator[tuple[int, tuple[_Item, ...]]]:
    """With one left out, and which."""
    for at in range(len(items)):
        yield at, (*items[:at], *items[at + 1 :])


def _swapped(items: Sequence[_Item]) -> Iterator[tuple[int, tuple[_Item, ...]]]:
    """With two neighbours in the other order, and the first of them."""
    for at in range(len(items) - 1):
        yield at, (*items[:at], items[at + 1], items[at], *items[at + 2 :])
