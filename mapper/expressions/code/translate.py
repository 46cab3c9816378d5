"""The nodes of an expression to Python statements with the results of :mod:`mapper.expressions.evaluate`.

Each method writes what is needed to have the value in a variable, and tells where it is and what is known of it. What
can be settled now, is: constants are folded, tests that always go one way are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Final

from jmespath import exceptions
from msgspec.structs import replace

from mapper.expressions.code import run
from mapper.expressions.code.calls import INLINE
from mapper.expressions.code.collect import COLLECTIONS
from mapper.expressions.code.facts import IMPLIES, returned
from mapper.expressions.code.python import (
    assign,
    both,
    call,
    compare,
    constant,
    either,
    is_none,
    item,
    load,
    negate,
    when,
)
from mapper.expressions.code.source import Plain, Source, get, is_kind
from mapper.expressions.code.truth import equality, truth
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    EXPREF,
    JSON,
    NOTHING,
    NULL,
    NUMBER,
    STRING,
    TRUTH,
    Known,
    Value,
)
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.foresee import arity_error, is_constant, never_raises
from mapper.expressions.functions import FUNCTIONS, Function
from mapper.expressions.parse import Node, path_of

_DEEPEST: Final = 12
"""Alternatives written inside one another; more are written one after another: Python reads no code nested so deep."""


class Translator:
    """Writes the nodes that see one root; what sees another value has a translator of its own.

    Args:
        writer: Gets the code.
        source: Reads names at the root.
        in_parts: A node whose value is an object of which only fields are read: it need not be put together.
    """

    def __init__(self, writer: FunctionWriter, source: Source, in_parts: Node | None = None) -> None:
        self.writer = writer
        self.source = source
        self.in_parts = in_parts

    def value(self, node: Node) -> Value:
        """Write a node; its value."""
        write = COLLECTIONS.get(node.kind)
        made: Value = write(self, node) if write else getattr(self, f"_{node.kind}")(node)
        return made

    def inside(self, value: Value) -> Translator:
        """For nodes that are applied to some value inside."""
        return Translator(self.writer, Plain(self.writer, value))

    def constant(self, value: object) -> Value:
        """A value known now."""
        return self.writer.module.constant(value)

    # -- leaves --

    def _field(self, node: Node) -> Value:
        return self.source.path((node.value,))

    def _current(self, _: Node) -> Value:
        return self.source.current()

    _identity = _current

    def _literal(self, node: Node) -> Value:
        return self.writer.module.constant(node.value, "literal")

    def _index(self, node: Node) -> Value:
        value, at = self.source.current(), node.value
        if not value.may_be(ARRAY):
            return self.constant(None)
        length = call("len", value.code)
        enough = compare(length, ast.Gt() if at >= 0 else ast.GtE(), constant(at if at >= 0 else -at))
        found = item(value.code, constant(at))
        known = (value.known.items or Known()) | NOTHING
        return self.writer.keep("item", ast.IfExp(both(is_kind(value, "array"), enough), found, constant(None)), known)

    def _slice(self, node: Node) -> Value:
        value = self.source.current()
        part = self.writer.module.bind("sliced", run.sliced(slice(*node.value)))
        return self.writer.keep("part", call(part, value.code), Known(ARRAY | NULL, items=value.known.items))

    def _expref(self, node: Node) -> Value:
        module = self.writer.module
        writer = FunctionWriter(module)
        name = writer.fresh("value")
        found = Translator(writer, Plain(writer, Value(name))).value(node.children[0])
        writer.add(ast.Return(found.code))
        function = module.add("expression", (name,), writer.finish())
        reference = module.bind("reference", run.reference)
        return self.writer.keep("reference", call(reference, load(function)), Known(EXPREF))

    # -- one value after another --

    def _subexpression(self, node: Node) -> Value:
        names = path_of(node)
        if names is not None:
            return self.source.path(names)
        value = self.value(node.children[0])
        for child in node.children[1:]:
            value = get(self.writer, value, child.value) if child.kind == "field" else self.inside(value).value(child)
        return value

    _pipe = _index_expression = _subexpression

    # -- choices --

    def _or_expression(self, node: Node) -> Value:
        left = self.value(node.children[0])
        test = truth(left)
        if isinstance(test, ast.Constant):
            return left if test.value else self.value(node.children[1])
        kept = left.known.without(NULL)
        return self._unless(left, test, node.children[1], kept)

    def _and_expression(self, node: Node) -> Value:
        left = self.value(node.children[0])
        test = truth(left)
        if isinstance(test, ast.Constant):
            return self.value(node.children[1]) if test.value else left
        kept = left.known if left.may_be(JSON - NUMBER - NULL) else NOTHING
        return self._unless(left, negate(test), node.children[1], kept)

    def _unless(self, left: Value, test: ast.expr, other: Node, kept: Known) -> Value:
        """The left value where the test holds, of which `kept` is known then; else the other."""
        with self.writer.branch() as block:
            right = self.value(other)
        if not block:
            code = ast.IfExp(test, left.code, right.code)
            return self.writer.keep("chosen", code, kept | right.known)
        name = self.writer.copy("chosen", left)
        block.append(assign(name, right.code))
        self.writer.add(when(negate(test), block))
        return Value(name, kept | right.known)

    def _not_expression(self, node: Node) -> Value:
        return self._truth_value(negate(self.condition(node.children[0])))

    def _comparator(self, node: Node) -> Value:
        if node.value in ("eq", "ne"):
            return self._truth_value(self.condition(node))
        left, right = map(self.value, node.children)
        ordered = self.writer.module.bind("ordered", run.ordered(node.value, (node.start, node.end)))
        return self.writer.keep("holds", call(ordered, left.code, right.code), Known(BOOLEAN | NULL))

    def _truth_value(self, test: ast.expr) -> Value:
        if isinstance(test, ast.Constant):
            return self.constant(test.value)
        if isinstance(test, ast.UnaryOp) and isinstance(test.operand, ast.Constant):
            return self.constant(not test.operand.value)
        return self.writer.keep("holds", test, TRUTH)

    def condition(self, node: Node) -> ast.expr:
        """Write a node whose truth alone counts; a test for it, to be used once."""
        if node.kind == "not_expression":
            test = self.condition(node.children[0])
            return constant(not test.value) if isinstance(test, ast.Constant) else negate(test)
        if node.kind in ("and_expression", "or_expression"):
            return self._both(node)
        if node.kind == "comparator" and node.value in ("eq", "ne"):
            test = self._equality(node)
            if node.value == "eq":
                return test
            return constant(not test.value) if isinstance(test, ast.Constant) else negate(test)
        return truth(self.value(node))

    def _both(self, node: Node) -> ast.expr:
        """``&&`` or ``||`` as a test."""
        is_and = node.kind == "and_expression"
        left = self.condition(node.children[0])
        if isinstance(left, ast.Constant):
            return self.condition(node.children[1]) if bool(left.value) is is_and else left
        with self.writer.branch() as block:
            right = self.condition(node.children[1])
        if not block:
            return _joined(left, right, is_and=is_and)
        name = self.writer.fresh("holds")
        self.writer.add(assign(name, left))
        block.append(assign(name, right))
        self.writer.add(when(load(name) if is_and else negate(load(name)), block))
        return load(name)

    def _equality(self, node: Node) -> ast.expr:
        left, right = node.children
        for side, other in ((left, right), (right, left)):
            if other.kind == "literal" and side.kind == "function_expression" and side.value == "type":
                test = self._type_test(side, other.value)
                if test is not None:
                    return test
        values = [self._operand(left, right), self._operand(right, left)]
        return equality(self.writer, *values)

    def _type_test(self, node: Node, kind: object) -> ast.expr | None:
        """``type(x) == 'object'`` without computing the type's name."""
        if len(node.children) != 1 or not isinstance(kind, str) or kind not in JSON:
            return None
        names = path_of(node.children[0])
        value = self.value(node.children[0]) if names is None else self.source.shape(names)
        return None if value.may_be(EXPREF) and value.known.kinds <= EXPREF else is_kind(value, kind)

    def _operand(self, node: Node, other: Node) -> Value:
        names = path_of(node)
        if names is not None and other.kind == "literal" and type(other.value) is not dict:
            return self.source.shape(names)
        return self.value(node)

    def implied(self, node: Node) -> list[tuple[Value, Known]]:
        """What is known of values where a condition, which has been written, is true."""
        if node.kind == "and_expression":
            return [each for child in node.children for each in self.implied(child)]
        if node.kind == "comparator" and node.value == "eq":
            side, other = node.children
            if side.kind == "function_expression" and side.value == "type" and other.kind == "literal":
                return self._narrowed(side, lambda known: frozenset({str(other.value)}) & known.kinds, frozenset())
        if node.kind == "function_expression" and node.value in IMPLIES and node.children:
            return self._narrowed(node, lambda _: STRING, IMPLIES[node.value])
        return []

    def _narrowed(
        self, node: Node, kinds: Callable[[Known], frozenset[str]], facts: frozenset[str]
    ) -> list[tuple[Value, Known]]:
        if len(node.children) > (2 if node.value == "matches" else 1):
            return []
        value = self.value(node.children[0])
        known = replace(value.known, kinds=kinds(value.known), facts=value.known.facts | facts)
        return [] if value.is_constant or not known.kinds else [(value, known)]

    # -- functions --

    def _function_expression(self, node: Node) -> Value:
        function = FUNCTIONS.get(node.value)
        at = (node.start, node.end)
        if function is None:
            error = exceptions.UnknownFunctionError(f"Unknown function: {node.value}()")
            return self._called(run.failing(error, at), "unknown_function", node)
        if function.total:
            wrong = arity_error(function, len(node.children))
            if wrong is not None:
                return self._called(run.failing(wrong, at), "wrong_count", node)
        if function.lazy:
            return self._if(node)
        if function.first_of and all(never_raises(child, self.source.foresight) for child in node.children):
            return self._first_of(function, node.children)
        inline = INLINE.get(function.name)
        made = inline(self, node) if inline else None
        return made or self._call(node)

    def _call(self, node: Node) -> Value:
        return self.applied(node, [self.value(child) for child in node.children])

    def applied(self, node: Node, arguments: list[Value]) -> Value:
        """A call of a known function, its arguments computed."""
        function, module = FUNCTIONS[node.value], self.writer.module
        codes = [argument.code for argument in arguments]
        if not function.total:
            name = module.bind(function.name, run.guarded(function.call, (node.start, node.end)))
            return self.writer.keep(function.name, call(name, *codes), returned(function))
        if all(argument.is_constant for argument in arguments):
            return self.constant(function.call(*[argument.constant for argument in arguments]))
        name = module.bind(function.name, function.call)
        known = returned(function)
        if any(argument.may_be(EXPREF) for argument in arguments):
            return self.writer.keep(function.name, call(name, *codes), known)
        key = ("call", function.name, *((each.name or "", repr(each.constant)) for each in arguments))
        return self.writer.cached(key, lambda: self.writer.keep(function.name, call(name, *codes), known))

    def _called(self, function: Callable[..., object], hint: str, node: Node) -> Value:
        arguments = [self.value(child) for child in node.children]
        name = self.writer.module.bind(hint, function)
        return self.writer.keep(hint, call(name, *[argument.code for argument in arguments]))

    def _if(self, node: Node) -> Value:
        condition, then, *others = node.children
        otherwise = others[0] if others else None
        if is_constant(condition, self.source.foresight) and not never_raises(condition, self.source.foresight):
            test = truth(self.value(condition))
        else:
            test = self.condition(condition)
        if isinstance(test, ast.Constant):
            if test.value:
                return self.value(then)
            return self.value(otherwise) if otherwise else self.constant(None)
        return self.choose(
            test,
            lambda: self.value(then),
            lambda: self.value(otherwise) if otherwise else self.constant(None),
            self.implied(condition),
        )

    def choose(
        self,
        test: ast.expr,
        then: Callable[[], Value],
        otherwise: Callable[[], Value],
        implied: Iterable[tuple[Value, Known]] = (),
    ) -> Value:
        """One value or another; only the chosen one is computed. `implied`: what is known where the test is true."""
        with self.writer.branch() as yes:
            for value, known in implied:
                self.writer.narrow(value, known)
            first = then()
        with self.writer.branch() as no:
            second = otherwise()
        known = first.known | second.known
        if not yes and not no:
            return self.writer.keep("chosen", ast.IfExp(test, first.code, second.code), known)
        name = self.writer.fresh("chosen")
        self.writer.add(when(test, [*yes, assign(name, first.code)], [*no, assign(name, second.code)]))
        return Value(name, known)

    def _first_of(self, function: Function, nodes: tuple[Node, ...]) -> Value:
        """The first argument that will do; those after it are not computed."""
        inline = INLINE.get(f"{function.name} of one")
        found = self._one_of(function, self.value(nodes[0]), inline)
        rest = nodes[1:]
        if not rest or not found.may_be(NULL):
            return found
        if found.known.kinds <= NULL:
            return self._first_of(function, rest)
        if len(nodes) > _DEEPEST:
            return self._first_flat(function, found, rest)
        with self.writer.branch() as block:
            other = self._first_of(function, rest)
        if other.known.kinds <= NULL:
            return found
        name = self.writer.copy(function.name, found)
        block.append(assign(name, other.code))
        self.writer.add(when(is_none(load(name)), block))
        return Value(name, found.known.without(NULL) | other.known)

    def _first_flat(self, function: Function, found: Value, rest: tuple[Node, ...]) -> Value:
        inline = INLINE.get(f"{function.name} of one")
        name, known = self.writer.copy(function.name, found), found.known
        for node in rest:
            with self.writer.branch() as block:
                other = self._one_of(function, self.value(node), inline)
            block.append(assign(name, other.code))
            self.writer.add(when(is_none(load(name)), block))
            known = known.without(NULL) | other.known
        return Value(name, known)

    def _one_of(self, function: Function, value: Value, inline: object) -> Value:
        if value.is_constant:
            return self.constant(function.call(value.constant))
        if callable(inline):
            made: Value = inline(self, value)
            return made
        name = self.writer.module.bind(function.name, function.call)
        return self.writer.keep(function.name, call(name, value.code), returned(function))


def _joined(left: ast.expr, right: ast.expr, *, is_and: bool) -> ast.expr:
    """``left and right`` or ``left or right``, shorter where the right one is a constant or just the opposite."""
    if isinstance(right, ast.Constant):  # tests have no effects, so that the left one may go
        return left if bool(right.value) is is_and else right
    if ast.dump(negate(left)) == ast.dump(right):
        return constant(not is_and)
    return both(left, right) if is_and else either(left, right)
