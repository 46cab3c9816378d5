"""Nodes of a mapping to statements, with the results of :mod:`mapper.engine.nodes`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import msgspec

from mapper.compiler.convert import changes, convert
from mapper.compiler.made import EXPLICIT, Fields, Made, any_of
from mapper.compiler.reads import Reader, can_name_a_field
from mapper.compiler.share import ShareWriter
from mapper.compiler.source import MappingSource, Names, UnsupportedError
from mapper.engine.interpret import RUN_TIME_ERRORS, Describe, run_time_reason
from mapper.engine.scope import NULL as EXPLICIT_NULL
from mapper.expressions.code.python import (
    Block,
    assign,
    assign_item,
    call,
    compare,
    constant,
    do,
    has_type,
    is_none,
    is_some,
    load,
    method,
    when,
)
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.translate import Translator
from mapper.expressions.code.truth import truth
from mapper.expressions.code.value import ARRAY, NOT_EMPTY, NOTHING, NULL, OBJECT, Known, Value
from mapper.expressions.code.writer import FunctionWriter, free_name
from mapper.expressions.foresee import never_raises
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse
from mapper.expressions.root import PLAIN, Root
from mapper.records.spec import Const, Eval, Expression, First, If, Let, ListOf, Node, ObjectOf, Refine, Take

Fail = Callable[[ast.expr], Block]
"""Statements that end the mapping of a call because of a reason."""


_TOGETHER: Final = 5
"""Fields that are passed over at once where nothing is there for them."""
_DEEPEST: Final = 30
"""Names that may need one another in a chain: each takes its share of Python's stack here."""


class Uses(Protocol):
    """How the names of ``let`` are used."""

    def times(self, name: str) -> int:
        """At most how often."""

    def whole(self, name: str) -> bool:
        """Whether the value itself is, and not only fields of it."""


@dataclass(slots=True)
class Context:
    """What is around a node.

    Attributes:
        names: The ``let`` names that are seen.
        rest: The value of ``rest``.
        share: The object being dealt out.
    """

    names: Names
    rest: Value | None = None
    share: ShareWriter | None = None


class NodeWriter:
    """Writes the nodes of one mapping.

    Args:
        writer: Gets the code.
        reader: Reads the call.
        names: That the mapping sees.
        settings: Plain values; secrets are ``***``.
        kind: The call's type.
        uses: How names are used in the mapping.
        fail: Ends the mapping of a call.
        describe: Puts a place into words.
    """

    def __init__(
        self,
        writer: FunctionWriter,
        reader: Reader,
        names: Names,
        settings: dict[str, Any],
        kind: str,
        uses: Uses,
        fail: Fail,
        describe: Describe,
    ) -> None:
        self.writer = writer
        self.reader = reader
        self.settings = settings
        self.kind = kind
        self.uses = uses
        self.fail = fail
        self.describe = describe
        self.context = Context(names)
        self._under_way: list[tuple[str, str]] = []

    @contextmanager
    def inside(self, context: Context) -> Iterator[None]:
        """Write in another context."""
        outer, self.context = self.context, context
        try:
            yield
        finally:
            self.context = outer

    # -- expressions --

    def expression(self, expression: Expression, *, in_parts: bool = False) -> Value:
        """An expression's value; `in_parts`: only fields of it are read."""
        tree = parse(expression.text)
        return self._trying(expression, tree, lambda: self._translator(tree if in_parts else None).value(tree))

    def condition(self, expression: Expression) -> ast.expr:
        """A test whether an expression is true, to be used once."""
        tree = parse(expression.text)
        if _is_sure(tree):
            return self._translator().condition(tree)
        return truth(self.expression(expression))

    def _translator(self, in_parts: Tree | None = None) -> Translator:
        context = self.context
        source = MappingSource(
            self.writer, self.reader, context.names, self._let, self.settings, self.kind, context.rest
        )
        return Translator(self.writer, source, in_parts)

    def _trying(self, expression: Expression, tree: Tree, write: Callable[[], Value]) -> Value:
        """Where the expression itself may fail for a call, that ends the mapping."""
        if _is_sure(tree):
            return write()
        module, place, describe = self.writer.module, expression.place, self.describe
        with self.writer.branch() as block:
            made = write()
        name = self.writer.fresh("found")
        block.append(assign(name, made.code))
        errors = module.bind("run_time_errors", RUN_TIME_ERRORS)
        reason = module.bind("reason", lambda error: run_time_reason(error, place, describe))
        caught = self.writer.fresh("error")
        handler = ast.ExceptHandler(load(errors), caught, self.fail(call(reason, load(caught))))
        self.writer.add(ast.Try(block, [handler], [], []))
        return Value(name, made.known)

    # -- names --

    def _let(self, let: Let, names: Names) -> Value:
        """The value of a name, computed once on any way through the code."""
        around = (names.level, let.name)
        rest = self.context.rest
        key = ("let", *around, rest.name if rest else None)
        if self.writer.known(key):
            return self.writer.cached(key, _unreachable)
        if around in self._under_way:
            raise UnsupportedError(f"`{let.name}` needs itself")
        if len(self._under_way) > _DEEPEST:
            raise UnsupportedError(f"more than {_DEEPEST} names that need one another")
        self._under_way.append(around)
        try:
            with self.inside(Context(names, rest)):
                if rest is None and self.uses.times(let.name) > 1 and let.name not in self.context.names.raising:
                    with self.writer.at_top():
                        return self.writer.cached(key, lambda: self._let_value(let))
                return self.writer.cached(key, lambda: self._let_value(let))
        finally:
            self._under_way.pop()

    def narrow(self, name: str) -> None:
        """From here on a name has a value that is true."""
        let, names = self.context.names.lets.get(name, (None, None))
        if let is not None and names is not None:
            value = self._let(let, names)
            self.writer.store(("let", names.level, name, None), value.narrowed(value.known.without(NULL)))

    def _let_value(self, let: Let) -> Value:
        if isinstance(let.node, Eval) and _is_sure(parse(let.node.expression.text)):
            return self.expression(let.node.expression, in_parts=not self.uses.whole(let.name))
        value = self.build(let.node)
        if not value.may_be(EXPLICIT):
            return value
        test = compare(value.code, ast.Is(), self._explicit)
        plain = ast.IfExp(test, constant(None), value.code)
        return self.writer.keep(let.name, plain, value.known.without(EXPLICIT) | NOTHING)

    @property
    def _explicit(self) -> ast.expr:
        return load(self.writer.module.bind("explicit_null", EXPLICIT_NULL))

    # -- nodes --

    def build(self, node: Node) -> Value:
        """Any node."""
        match node:
            case Const(value):
                return self.writer.module.constant(value)
            case Eval(expression):
                return self.expression(expression)
            case First(nodes):
                return self._first([lambda each=each: self.build(each) for each in nodes])  # type: ignore[misc]
            case If(condition, then, otherwise):
                return self._if(condition, then, otherwise)
            case Take(keys):
                return self._take(keys, None)
            case Refine():
                return self._refine(node)
            case ListOf(items):
                return self._list(items)
            case ObjectOf():
                return self._shared(node) if node.share else self._object(node.merge, node.fields)

    def _first(self, makers: list[Callable[[], Value]]) -> Value:
        found = makers[0]()
        if len(makers) == 1 or not found.may_be(NULL):
            return found
        if found.known.kinds <= NULL:
            return self._first(makers[1:])
        with self.writer.branch() as block:
            other = self._first(makers[1:])
        name = self.writer.copy("first", found)
        block.append(assign(name, other.code))
        self.writer.add(when(is_none(load(name)), block))
        return Value(name, found.known.without(NULL) | other.known)

    def _if(self, condition: Expression, then: Node, otherwise: Node | None) -> Value:
        test = self.condition(condition)
        if isinstance(test, ast.Constant):
            chosen = then if test.value else otherwise
            return self.build(chosen) if chosen else self.writer.module.constant(None)
        return self._translator().choose(
            test,
            lambda: self.build(then),
            lambda: self.build(otherwise) if otherwise else self.writer.module.constant(None),
        )

    def _take(self, keys: tuple[str, ...], refine: Refine | None) -> Value:
        share = self.context.share
        if share is None:
            raise UnsupportedError("$take outside $share")
        return share.take(keys, refine)

    def _refine(self, node: Refine) -> Value:
        if isinstance(node.node, Take):
            value = self._take(node.node.keys, node)
        elif changes(node):
            value = self._converted(node)
        else:
            value = self.build(node.node)
        if node.default is not None:
            default, first = node.default, value
            value = self._first([lambda: first, lambda: self.build(default)])
        if node.required is not None and value.may_be(NULL):
            self.writer.add(when(is_none(value.code), self.fail(constant(node.required))))
            value = value.narrowed(value.known.without(NULL))
        if node.keep_null and value.may_be(NULL):
            code = ast.IfExp(is_none(value.code), self._explicit, value.code)
            known = value.known.without(NULL)
            value = self.writer.keep("kept", code, Known(known.kinds | EXPLICIT, known.facts, items=known.items))
        return value

    def _converted(self, node: Refine) -> Value:
        share = self.context.share
        if share is None:
            return convert(self.writer, node, self.build(node.node))
        with share.undone_if_null() as settle:
            value = convert(self.writer, node, self.build(node.node))
            settle(value)
        return value

    def _list(self, items: tuple[Node, ...]) -> Value:
        values = [self.build(item) for item in items]
        if not any(value.may_be(NULL | EXPLICIT) for value in values):
            made = ast.List([value.code for value in values], ast.Load())
            return self.writer.keep("items", made, Known(ARRAY, items=any_of(value.known for value in values)))
        name = self.writer.fresh("items")
        self.writer.add(assign(name, ast.List([], ast.Load())))
        for value in values:
            self._unless_null(value, do(method(load(name), "append", self._plain(value))))
        known = [value.known.without(NULL) for value in values]
        return Value(name, Known(ARRAY, items=None if any(v.may_be(EXPLICIT) for v in values) else any_of(known)))

    def _plain(self, value: Value) -> ast.expr:
        """A value as it stands in JSON: an explicit null is a null."""
        if not value.may_be(EXPLICIT):
            return value.code
        return ast.IfExp(compare(value.code, ast.Is(), self._explicit), constant(None), value.code)

    def _unless_null(self, value: Value, statement: ast.stmt) -> None:
        if not value.may_be(NULL):
            self.writer.add(statement)
        elif value.known.kinds > NULL:
            self.writer.add(when(is_some(value.code), [statement]))

    # -- objects --

    def _object(self, merge: Iterable[Node], fields: Iterable[tuple[str, Node]], *, always: bool = False) -> Value:
        """An object, null where it has no field; where `always`, empty then."""
        name = self.writer.fresh("made")
        self.writer.add(assign(name, ast.Dict([], [])))
        made = Made(name)
        for part in merge:
            self._merge(made, part)
        for group in _groups(fields, together=self.context.share is not None and self.context.share.there is not None):
            self._put_group(made, group)
        return Value(name, made.known) if always else self._unless_empty(name, made.known)

    def _put_group(self, made: Made, group: list[tuple[str, Node]]) -> None:
        """Fields one by one; those that do nothing but take from the shared object together."""
        share = self.context.share
        if share is None or not _only_takes(group[0][1]):
            for key, field in group:
                self._put(made, key, self.build(field))
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
        return self.build(node)

    def _settle(self, made: Fields, node: ObjectOf) -> bool:
        """Compute the fields of a body; False where a dict is needed."""
        parts = [self._fields_of(part) for part in node.merge]
        for names, fields in [*parts, (self.context.names, node.fields)]:
            if fields is None:
                return False
            with self.inside(Context(names, self.context.rest)):
                for key, field in fields:
                    if not made.take(key, self.build(field)):
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
        self._unless_null(value, assign_item(load(made.name), constant(key), self._plain(value)))
        made.put(key, value.known | NOTHING if perhaps else value.known)

    def _merge(self, made: Made, node: Node) -> None:
        """The fields of an object known here go straight in; of another, at run time."""
        names, fields = self._fields_of(node)
        if fields is not None:
            with self.inside(Context(names, self.context.rest)):
                for key, field in fields:
                    self._put(made, key, self.build(field))
            return
        value = self.build(node)
        if value.may_be(OBJECT):
            update = do(method(load(made.name), "update", value.code))
            test = is_kind(value, "object") if not value.may_be(EXPLICIT) else has_type(value.code, "dict")
            self.writer.add(update if isinstance(test, ast.Constant) else when(test, [update]))
            made.merge(value.known)

    def _fields_of(self, node: Node) -> tuple[Names, tuple[tuple[str, Node], ...] | None]:
        names = self.context.names
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
        source = self.expression(node.share.source)
        outer = self.context
        undoes = any(_may_drop(field) for _, field in (*node.fields, *node.share.named))
        keeps = node.rest is not None
        takes = len(node.fields) + len(node.share.named)
        share = ShareWriter(self.writer, source, node.share.spell, convert, takes=takes, keeps=keeps, undoes=undoes)
        with self.inside(Context(outer.names, outer.rest, share)):
            value = self._object(node.merge, (*node.fields, *node.share.named), always=True)
        name, known = value.name or "", value.known
        if node.rest is not None:
            rest = share.rest()
            with self.inside(Context(outer.names, rest, None)):
                left = self.build(node.rest)
            known = share.join(name, known, left)
        return self._unless_empty(name, known)


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


def _is_sure(tree: Tree) -> bool:
    """Whether an expression itself can't fail; a name that fails says so where it stands."""
    return never_raises(tree, Root(PLAIN.field, PLAIN.current))


def _unreachable() -> Value:
    raise AssertionError("the value is known")
