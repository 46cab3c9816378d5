"""Nodes of a mapping to statements, with the results of :mod:`mapper.engine.nodes`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from mapper.compiler.context import Context
from mapper.compiler.convert import changes, convert
from mapper.compiler.made import EXPLICIT, any_of
from mapper.compiler.objects import ObjectWriter
from mapper.compiler.reads import Reader
from mapper.compiler.source import MappingSource, Names, UnsupportedError
from mapper.engine.interpret import RUN_TIME_ERRORS, Describe, run_time_reason
from mapper.engine.scope import NULL as EXPLICIT_NULL
from mapper.expressions.code.python import (
    Block,
    assign,
    call,
    compare,
    constant,
    do,
    is_none,
    is_some,
    load,
    method,
    protect,
    when,
)
from mapper.expressions.code.translate import Translator
from mapper.expressions.code.truth import truth
from mapper.expressions.code.value import ARRAY, NOTHING, NULL, Known, Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.foresee import never_raises
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse
from mapper.expressions.root import PLAIN, Root
from mapper.records.spec import Const, Eval, Expression, First, If, Let, ListOf, Node, ObjectOf, Refine, Take

Fail = Callable[[ast.expr], Block]
"""Statements that end the mapping of a call because of a reason."""


_DEEPEST: Final = 30
"""Names that may need one another in a chain: each takes its share of Python's stack here."""


class Uses(Protocol):
    """How the names of ``let`` are used."""

    def times(self, name: str) -> int:
        """At most how often."""

    def whole(self, name: str) -> bool:
        """Whether the value itself is, and not only fields of it."""


class NodeWriter:
    """Writes the nodes of one mapping.

    Args:
        writer: Gets the code.
        reader_of: What reads the call, given where its code goes.
        names: That the mapping sees.
        settings: Plain values; secrets are ``***``.
        kind: The call's type.
        uses: How names are used in the mapping.
        fail: Ends the mapping of a call.
        describe: Puts a place into words.
        learns: Whether what is written may learn from the objects that it is given.
    """

    def __init__(
        self,
        writer: FunctionWriter,
        reader_of: Callable[[FunctionWriter], Reader],
        names: Names,
        settings: dict[str, Any],
        kind: str,
        uses: Uses,
        fail: Fail,
        describe: Describe,
        *,
        learns: bool = True,
    ) -> None:
        self.writer = writer
        self.learns = learns
        self.reader = reader_of(writer)
        self.reader_of = reader_of
        self.settings = settings
        self.kind = kind
        self.uses = uses
        self.fail = fail
        self.describe = describe
        self.context = Context(names)
        self.objects = ObjectWriter(self)
        self._under_way: list[tuple[str, str]] = []
        self._sure: set[tuple[str, str]] = set()

    def again(self, writer: FunctionWriter, names: Names, fail: Fail) -> NodeWriter:
        """What writes nodes of the same mapping to another function, of the same call; that one learns nothing."""
        made = NodeWriter(
            writer, self.reader_of, names, self.settings, self.kind, self.uses, fail, self.describe, learns=False
        )
        made._sure |= self._sure
        return made

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
        self.writer.add(protect(block, errors, self.fail(call(reason, load(caught))), caught))
        return Value(name, made.known)

    # -- names --

    def _let(self, let: Let, names: Names) -> Value:
        """The value of a name, computed once on any way through the code."""
        found = self._found(let, names)
        return found.narrowed(found.known.without(NULL)) if (names.level, let.name) in self._sure else found

    def _found(self, let: Let, names: Names) -> Value:
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
            self._sure.add((names.level, let.name))

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
                return self.objects.build(node)

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
            self.unless_null(value, do(method(load(name), "append", self.plain(value))))
        known = [value.known.without(NULL) for value in values]
        return Value(name, Known(ARRAY, items=None if any(v.may_be(EXPLICIT) for v in values) else any_of(known)))

    def plain(self, value: Value) -> ast.expr:
        """A value as it stands in JSON: an explicit null is a null."""
        if not value.may_be(EXPLICIT):
            return value.code
        return ast.IfExp(compare(value.code, ast.Is(), self._explicit), constant(None), value.code)

    def unless_null(self, value: Value, statement: ast.stmt) -> None:
        """A statement that is for values other than null."""
        if not value.may_be(NULL):
            self.writer.add(statement)
        elif value.known.kinds > NULL:
            self.writer.add(when(is_some(value.code), [statement]))


def _is_sure(tree: Tree) -> bool:
    """Whether an expression itself can't fail; a name that fails says so where it stands."""
    return never_raises(tree, Root(PLAIN.field, PLAIN.current))


def _unreachable() -> Value:
    raise AssertionError("the value is known")
