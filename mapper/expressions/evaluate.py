"""A parsed expression to a Python closure with jmespath's results.

jmespath's own interpreter looks every node up by name on every visit; here that happens once. The answers are the
same, its oddities included, and the tests hold the two against each other.

A closure takes the value the expression is applied to. Where the expression stands in a mapping that value is a scope,
not JSON: `Root` says how names are read from it, and only nodes that see the root use it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from jmespath import exceptions
from jmespath.visitor import _Expression

from mapper.expressions.foresee import arity_error, is_constant, never_raises
from mapper.expressions.functions import FUNCTIONS, Function
from mapper.expressions.parse import Node, parse
from mapper.expressions.root import PLAIN, Root, Search

Watch = Callable[[Node, Search], Search]
"""Puts something of its own around the closure of a node, to see what comes of it."""


def build(
    node: Node,
    root: Root = PLAIN,
    functions: Mapping[str, Function] = FUNCTIONS,
    watch: Watch | None = None,
) -> Search:
    """Turn a parsed expression into a closure.

    The closure raises what jmespath raises at run time: ``JMESPathError`` for a type a standard function refuses, for
    an unknown function and for a wrong number of arguments; ``TypeError`` for ``'a' < 1``; ``ValueError`` for a slice
    of step 0. An error raised by a function or comparison carries ``at``: its node's ``(start, end)``.

    Args:
        node: The expression.
        root: What it is applied to.
        functions: That it may call.
        watch: Looks on at every node that is evaluated; without it, evaluation bears no trace of it.
    """
    return _Builder(root, functions, watch).build(node)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, as :func:`compile_expression` gives it."""

    text: str
    _search: Search

    def search(self, value: Any) -> Any:
        """Apply it to a JSON value. Errors as in :func:`build`."""
        return self._search(value)


def compile_expression(expression: str) -> Expression:
    """Parse and compile standard JMESPath with this product's functions.

    Raises:
        jmespath.exceptions.JMESPathError: on wrong syntax.
    """
    return Expression(expression, build(parse(expression)))


def search(expression: str, value: Any) -> Any:
    """Apply an expression to a JSON value, as ``jmespath.search`` does, with this product's functions besides."""
    return compile_expression(expression).search(value)


def is_true(value: Any) -> bool:
    """JMESPath truth: null, false, empty text, list and object are false; 0 is true."""
    return bool(value) or type(value) is int or type(value) is float


def equals(left: Any, right: Any) -> bool:
    """JMESPath equality: a boolean equals no number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


_ORDER: Final = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}
_COMPARABLE: Final = (int, float, str)


def _nothing(_: Any) -> Any:
    return None


class _Builder:
    """Builds closures for nodes that see one root; what sees another value is built on :data:`PLAIN`."""

    def __init__(self, root: Root, functions: Mapping[str, Function], watch: Watch | None) -> None:
        self.root = root
        self.functions = functions
        self.watch = watch

    def build(self, node: Node) -> Search:
        made: Search = getattr(self, node.kind)(node)
        return made if self.watch is None else self.watch(node, made)

    def inner(self, node: Node) -> Search:
        """A node that is applied to some value inside, not to the root."""
        return (self if self.root is PLAIN else _Builder(PLAIN, self.functions, self.watch)).build(node)

    # -- leaves --

    def field(self, node: Node) -> Search:
        return self.root.field(node.value)

    def current(self, node: Node) -> Search:  # noqa: ARG002 - one signature for all
        return self.root.current

    identity = current

    def literal(self, node: Node) -> Search:
        value = node.value
        return lambda _: value

    def index(self, node: Node) -> Search:
        source, at = self.root.current, node.value

        def search(value: Any) -> Any:
            array = source(value)
            return array[at] if isinstance(array, list) and -len(array) <= at < len(array) else None

        return search

    def slice(self, node: Node) -> Search:
        source, part = self.root.current, slice(*node.value)

        def search(value: Any) -> Any:
            array = source(value)
            return array[part] if isinstance(array, list) else None

        return search

    def expref(self, node: Node) -> Search:
        reference = _reference(self.inner(node.children[0]), _CALLER)
        return lambda _: reference

    # -- one value after another --

    def subexpression(self, node: Node) -> Search:
        if all(child.kind == "field" for child in node.children):
            quick = self.root.path(tuple(child.value for child in node.children))
            if quick is not None:
                return quick
        search = self.build(node.children[0])
        for child in node.children[1:]:
            search = _get(search, child.value) if child.kind == "field" else _then(search, self.inner(child))
        return search

    pipe = index_expression = subexpression

    # -- choices --

    def or_expression(self, node: Node) -> Search:
        left, right = map(self.build, node.children)

        def search(value: Any) -> Any:
            found = left(value)
            return found if found or type(found) is int or type(found) is float else right(value)

        return search

    def and_expression(self, node: Node) -> Search:
        left, right = map(self.build, node.children)

        def search(value: Any) -> Any:
            found = left(value)
            return right(value) if found or type(found) is int or type(found) is float else found

        return search

    def not_expression(self, node: Node) -> Search:
        operand = self.build(node.children[0])
        return lambda value: not is_true(operand(value))

    def comparator(self, node: Node) -> Search:
        left, right = map(self.build, node.children)
        literal = node.children[1].value if node.children[1].kind == "literal" else 0
        if node.value == "eq":
            if literal is None or type(literal) is str:  # no boolean equals these: plain comparison will do
                return lambda value: left(value) == literal
            return lambda value: equals(left(value), right(value))
        if node.value == "ne":
            if literal is None or type(literal) is str:
                return lambda value: left(value) != literal
            return lambda value: not equals(left(value), right(value))
        order, at = _ORDER[node.value], (node.start, node.end)

        def search(value: Any) -> Any:
            first, second = left(value), right(value)
            for operand in (first, second):
                if not isinstance(operand, _COMPARABLE) or isinstance(operand, bool):
                    return None
            try:
                return order(first, second)
            except TypeError as error:
                raise _placed(error, at) from None

        return search

    # -- collections --

    def multi_select_list(self, node: Node) -> Search:
        source, items = self.root.current, tuple(map(self.build, node.children))
        if self.root is not PLAIN:
            return lambda value: [item(value) for item in items]
        return lambda value: None if source(value) is None else [item(value) for item in items]

    def multi_select_dict(self, node: Node) -> Search:
        pairs = tuple((child.value, self.build(child.children[0])) for child in node.children)
        if self.root is not PLAIN:
            return lambda value: {key: item(value) for key, item in pairs}
        return lambda value: None if value is None else {key: item(value) for key, item in pairs}

    def flatten(self, node: Node) -> Search:
        source = self.build(node.children[0])

        def search(value: Any) -> Any:
            array = source(value)
            if not isinstance(array, list):
                return None
            flat: list[Any] = []
            for item in array:
                flat.extend(item) if isinstance(item, list) else flat.append(item)
            return flat

        return search

    def projection(self, node: Node) -> Search:
        source, each = self.build(node.children[0]), self.inner(node.children[1])

        def search(value: Any) -> Any:
            array = source(value)
            return _present(map(each, array)) if isinstance(array, list) else None

        return search

    def value_projection(self, node: Node) -> Search:
        source, each = self.build(node.children[0]), self.inner(node.children[1])

        def search(value: Any) -> Any:
            found = source(value)
            return _present(map(each, found.values())) if isinstance(found, dict) else None

        return search

    def filter_projection(self, node: Node) -> Search:
        source = self.build(node.children[0])
        each, condition = self.inner(node.children[1]), self.inner(node.children[2])

        def search(value: Any) -> Any:
            array = source(value)
            if not isinstance(array, list):
                return None
            return _present(each(item) for item in array if is_true(condition(item)))

        return search

    # -- functions --

    def function_expression(self, node: Node) -> Search:
        arguments = tuple(map(self.build, node.children))
        function = self.functions.get(node.value)
        if function is None:
            return _failing(exceptions.UnknownFunctionError(f"Unknown function: {node.value}()"), arguments, node)
        if function.total:
            wrong = arity_error(function, len(arguments))
            if wrong is not None:
                return _failing(wrong, arguments, node)
        if function.lazy:
            return self._if(node.children[0], *arguments)
        if function.first_of and all(never_raises(child, self.root, self.functions) for child in node.children):
            return _first_of(function.call, arguments)
        return _called(function.call, arguments) if function.total else _guarded(function.call, arguments, node)

    def _if(self, node: Node, condition: Search, then: Search, otherwise: Search = _nothing) -> Search:
        if is_constant(node, self.root) and never_raises(node, self.root, self.functions):
            return then if is_true(condition(None)) else otherwise
        return _choose(condition, then, otherwise)


class _Caller:
    """Lets jmespath's own functions apply an expression reference (``&name``) that is a closure."""

    def visit(self, search: Search, value: Any) -> Any:
        return search(value)


_CALLER: Final = _Caller()
_reference: Callable[[Search, _Caller], Any] = cast("Any", _Expression)


def _present(values: Any) -> list[Any]:
    return [value for value in values if value is not None]


def _get(source: Search, name: str) -> Search:
    def search(value: Any) -> Any:
        found = source(value)
        return found.get(name) if isinstance(found, dict) else None

    return search


def _then(first: Search, second: Search) -> Search:
    return lambda value: second(first(value))


def _choose(condition: Search, then: Search, otherwise: Search) -> Search:
    return lambda value: then(value) if is_true(condition(value)) else otherwise(value)


def _called(call: Callable[..., Any], arguments: tuple[Search, ...]) -> Search:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda value: call(only(value))
    if len(arguments) == 2:
        first, second = arguments
        return lambda value: call(first(value), second(value))
    return lambda value: call(*[argument(value) for argument in arguments])


def _first_of(call: Callable[[Any], Any], arguments: tuple[Search, ...]) -> Search:
    def search(value: Any) -> Any:
        for argument in arguments:
            found = argument(value)
            if found is not None:
                found = call(found)
                if found is not None:
                    return found
        return None

    return search


def _guarded(call: Callable[..., Any], arguments: tuple[Search, ...], node: Node) -> Search:
    at = (node.start, node.end)

    def search(value: Any) -> Any:
        values = [argument(value) for argument in arguments]
        try:
            return call(*values)
        except (ValueError, TypeError, OverflowError) as error:
            raise _placed(error, at) from None

    return search


def _failing(error: exceptions.JMESPathError, arguments: tuple[Search, ...], node: Node) -> Search:
    """Raise when called, after the arguments have had their chance to, as jmespath does."""

    def search(value: Any) -> Any:
        for argument in arguments:
            argument(value)
        raise _placed(error.with_traceback(None), (node.start, node.end))

    return search


def _placed(error: Exception, at: tuple[int, int]) -> Exception:
    """Note where an error arose, unless a node inside has done so."""
    error.__dict__.setdefault("at", at)
    return error
