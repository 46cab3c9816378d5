"""Objects of a mapping to statements: fields, ``$merge``, ``$share`` and ``$rest``, and a request's body."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from mapper.compiler.context import Context, Shared
from mapper.compiler.convert import changes
from mapper.compiler.dealers import dealers
from mapper.compiler.learning import Kin
from mapper.compiler.made import EXPLICIT, Fields, Made
from mapper.compiler.reads import can_name_a_field
from mapper.compiler.share import ShareWriter, as_object, join
from mapper.compiler.source import Names
from mapper.expressions.code.python import (
    assign,
    assign_item,
    call,
    constant,
    do,
    has_type,
    is_none,
    item,
    load,
    method,
    unpack,
    when,
)
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.value import NOT_EMPTY, NOTHING, NULL, OBJECT, Known, Value
from mapper.expressions.code.writer import free_name
from mapper.expressions.parse import parse
from mapper.records.spec import Const, Eval, First, If, ListOf, Node, ObjectOf, Refine, Take

if TYPE_CHECKING:
    from mapper.compiler.nodes import NodeWriter

_MANY: Final = 4
"""Fields of an object that is shared, from which on it is worth knowing its keys before looking for each."""
_TOGETHER: Final = 5
"""Fields that are passed over at once where nothing is there for them."""


class ObjectWriter:
    """Writes the objects of one mapping; what is in them is left to `nodes`."""

    def __init__(self, nodes: NodeWriter) -> None:
        self.nodes = nodes
        self.writer = nodes.writer

    def build(self, node: ObjectOf) -> Value:
        """An object, null where it has no field."""
        return self._shared(node) if node.share else self._object(node.merge, node.fields)

    def _object(self, merge: Iterable[Node], fields: Iterable[tuple[str, Node]], *, always: bool = False) -> Value:
        """An object, null where it has no field; where `always`, empty then."""
        name = self.writer.fresh("made")
        self.writer.add(assign(name, ast.Dict([], [])))
        made = Made(name)
        for part in merge:
            self._merge(made, part)
        share = self.nodes.context.share
        for group in _groups(fields, together=share is not None and share.there is not None):
            self._put_group(made, group)
        return Value(name, made.known) if always else self._unless_empty(name, made.known)

    def _put_group(self, made: Made, group: list[tuple[str, Node]]) -> None:
        """Fields one by one; those that do nothing but take from the shared object together."""
        share = self.nodes.context.share
        if share is None or not _only_takes(group[0][1]):
            for key, field in group:
                self._put(made, key, self.nodes.build(field))
            return
        with share.together() if len(group) > 1 else nullcontext():
            for key, field in group:
                take, refine = (field.node, field) if isinstance(field, Refine) else (field, None)
                assert isinstance(take, Take)
                share.put(take.keys, refine, lambda value, key=key: self._put(made, key, value, perhaps=True))  # type: ignore[misc]

    def _unless_empty(self, name: str, known: Known) -> Value:
        if known.sure:
            return Value(name, replace(known, facts=known.facts | {NOT_EMPTY}))
        self.writer.add(when(ast.UnaryOp(ast.Not(), load(name)), [assign(name, constant(None))]))
        return Value(name, replace(known, facts=known.facts | {NOT_EMPTY}) | NOTHING)

    def body(self, node: Node) -> Value:
        """A request's body: a struct where its fields and their order are known, for these cost least; else a dict."""
        if isinstance(node, ObjectOf) and not node.share and not node.rest:
            made = Fields()
            with self.writer.branch() as block:
                settled = self._settle(made, node)
            if settled and made.sure and all(map(can_name_a_field, made.values)):
                self.writer.block += block
                return self._struct(made)
        return self.nodes.build(node)

    def _settle(self, made: Fields, node: ObjectOf) -> bool:
        """Compute the fields of a body; False where a dict is needed."""
        parts = [self._fields_of(part) for part in node.merge]
        for names, fields in [*parts, (self.nodes.context.names, node.fields)]:
            if fields is None:
                return False
            with self.nodes.inside(Context(names, self.nodes.context.rest)):
                for key, field in fields:
                    if not made.take(key, self.nodes.build(field)):
                        return False
        return True

    def _struct(self, made: Fields) -> Value:
        values = {key: value for key, value in made.values.items() if value.known.kinds > NULL or key in made.sure}
        attributes: dict[str, str] = {}
        for key in values:
            attributes[key] = free_name(key, {*attributes.values()})
        record = msgspec.defstruct(
            "Body",
            [(attribute, Any, None) for attribute in attributes.values()],
            rename={attribute: key for key, attribute in attributes.items()},
            omit_defaults=True,
            gc=False,
        )
        found = self.writer.keep(
            "body", call(self.writer.module.bind("body", record), *[v.code for v in values.values()])
        )
        fields = tuple((key, value.known.without(NULL)) for key, value in values.items())
        known = Known(OBJECT, frozenset({NOT_EMPTY}), fields=fields, sure=frozenset(made.sure))
        return replace(found.narrowed(known), parts=values)

    def _put(self, made: Made, key: str, value: Value, *, perhaps: bool = False) -> None:
        """Set a field; `perhaps`: on some ways through the code only."""
        self.nodes.unless_null(value, assign_item(load(made.name), constant(key), self.nodes.plain(value)))
        made.put(key, value.known | NOTHING if perhaps else value.known)

    def _merge(self, made: Made, node: Node) -> None:
        """The fields of an object known here go straight in; of another, at run time."""
        names, fields = self._fields_of(node)
        if fields is not None:
            with self.nodes.inside(Context(names, self.nodes.context.rest)):
                for key, field in fields:
                    self._put(made, key, self.nodes.build(field))
            return
        value = self.nodes.build(node)
        if value.may_be(OBJECT):
            update = do(method(load(made.name), "update", value.code))
            test = is_kind(value, "object") if not value.may_be(EXPLICIT) else has_type(value.code, "dict")
            self.writer.add(update if isinstance(test, ast.Constant) else when(test, [update]))
            made.merge(value.known)

    def _fields_of(self, node: Node) -> tuple[Names, tuple[tuple[str, Node], ...] | None]:
        names = self.nodes.context.names
        if isinstance(node, Eval):
            tree = parse(node.expression.text)
            found = names.lets.get(tree.value) if tree.kind == "field" else None
            if found is not None:
                node, names = found[0].node, found[1]
        if isinstance(node, ObjectOf) and not node.merge and not node.share and not node.rest:
            return names, node.fields
        return names, None

    def _shared(self, node: ObjectOf) -> Value:
        assert node.share is not None
        source = as_object(self.writer, self.nodes.expression(node.share.source))
        undoes = any(_may_drop(field) for _, field in (*node.fields, *node.share.named))
        if len(node.fields) + len(node.share.named) < _MANY or source.is_constant:
            return self.dealt(node, self._sharer(node, source, None, undoes=undoes))
        may_learn = self.nodes.learns and not undoes and self.nodes.context.rest is None
        kin = Kin(dealers(self.nodes, node) if may_learn else None)
        there, dealer = self.writer.fresh("there"), self.writer.fresh("dealer")
        found = item(load(self.writer.module.bind("kin", kin)), call("tuple", source.code))
        self.writer.add(unpack([there, dealer], found))
        with self.writer.branch() as block:
            made = self.dealt(node, self._sharer(node, source, (there, kin), undoes=undoes))
        name = self.writer.fresh("dealt")
        dealt = ast.IfExp(is_none(load(dealer)), constant(None), call(dealer, load("call"), source.code))
        block.append(assign(name, made.code))
        self.writer.add(assign(name, dealt))
        self.writer.add(when(is_none(load(name)), block))
        return Value(name, made.known)

    def _sharer(self, node: ObjectOf, source: Value, there: tuple[str, Kin] | None, *, undoes: bool) -> ShareWriter:
        assert node.share is not None
        keeps = node.rest is not None
        return ShareWriter(self.writer, source, node.share.spell, there=there, keeps=keeps, undoes=undoes)

    def dealt(self, node: ObjectOf, share: Shared) -> Value:
        """What an object with ``$share`` makes of what it deals out; null where that is nothing."""
        assert node.share is not None
        outer = self.nodes.context
        with self.nodes.inside(Context(outer.names, outer.rest, share)):
            value = self._object(node.merge, (*node.fields, *node.share.named), always=True)
        name, known = value.name or "", value.known
        if node.rest is not None:
            with self.nodes.inside(Context(outer.names, share.rest())):
                known = self._join_rest(name, known, node.rest)
        return self._unless_empty(name, known)

    def _join_rest(self, name: str, known: Known, rest: Node) -> Known:
        """Put what ``$rest`` makes beside the fields; what is known of the whole then."""
        names, fields = self._fields_of(rest)
        mine = dict(known.fields or ())
        shared = isinstance(rest, Eval) and self.nodes.uses.times(rest.expression.text.strip()) > 1
        if fields is None or known.fields is None or shared or any(key in mine for key, _ in fields):
            return join(self.writer, name, known, self.nodes.build(rest))
        made = Made(name, known)
        with self.nodes.inside(Context(names, self.nodes.context.rest)):
            for key, field in fields:
                self._put(made, key, self.nodes.build(field))
        return made.known


def _only_takes(node: Node) -> bool:
    """Whether a field is no more than what a key of the shared object holds, converted or not."""
    if not isinstance(node, Refine):
        return isinstance(node, Take)
    return isinstance(node.node, Take) and node.default is None and node.required is None and not node.keep_null


def _groups(fields: Iterable[tuple[str, Node]], *, together: bool) -> Iterator[list[tuple[str, Node]]]:
    """Neighbours that may be passed over together, a few at a time; others alone."""
    group: list[tuple[str, Node]] = []
    for key, field in fields:
        if group and not (together and _only_takes(field) and _only_takes(group[0][1]) and len(group) < _TOGETHER):
            yield group
            group = []
        group.append((key, field))
    if group:
        yield group


def _may_drop(node: Node) -> bool:
    """Whether a value inside a node may be dropped after it was taken from the shared object."""
    match node:
        case Refine():
            inside = changes(node) and not isinstance(node.node, Take)
            return inside or _may_drop(node.node) or (node.default is not None and _may_drop(node.default))
        case First(nodes) | ListOf(nodes):
            return any(map(_may_drop, nodes))
        case If(_, then, otherwise):
            return _may_drop(then) or (otherwise is not None and _may_drop(otherwise))
        case ObjectOf():
            return any(map(_may_drop, (*node.merge, *(field for _, field in node.fields))))
        case Const() | Eval() | Take():
            return False
