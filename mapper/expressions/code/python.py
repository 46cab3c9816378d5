"""Short constructors for the ``ast`` nodes that generated code is made of.

Data reaches the code as `ast.Constant` or under a name that is bound to it, never as text that is parsed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Final

Block = list[ast.stmt]
BLOCKS: Final = ("body", "orelse", "finalbody")
"""The fields of statements that hold statements, besides those of handlers."""


class _Parts(dict[type, tuple[str, ...]]):
    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        no_nodes = kind._fields if issubclass(kind, ast.Name | ast.Constant) else ("ctx", "op", "ops")
        self[kind] = tuple(name for name in kind._fields if name not in no_nodes)
        return self[kind]


PARTS: Final = _Parts()
"""By kind of node: the fields that hold nodes other than operators."""


def named(block: Iterable[ast.AST]) -> list[ast.Name]:
    """The variables in statements, at each place where they stand; quicker than :func:`ast.walk`."""
    found: list[ast.Name] = []
    waiting = list(block)
    for node in waiting:  # which grows meanwhile
        if isinstance(node, ast.Name):
            found.append(node)
            continue
        for part in map(node.__dict__.get, PARTS[type(node)]):
            if isinstance(part, list):
                waiting += [each for each in part if isinstance(each, ast.AST)]
            elif isinstance(part, ast.AST):
                waiting.append(part)
    return found


def load(name: str) -> ast.Name:
    """Read a variable."""
    return ast.Name(name, ast.Load())


def constant(value: str | float | bool | None) -> ast.Constant:
    """A literal."""
    return ast.Constant(value)


def call(function: str, *arguments: ast.expr, **named: ast.expr) -> ast.Call:
    """``function(arguments, name=...)``."""
    return ast.Call(load(function), list(arguments), [ast.keyword(name, value) for name, value in named.items()])


def method(value: ast.expr, name: str, *arguments: ast.expr) -> ast.Call:
    """``value.name(arguments)``."""
    return ast.Call(attribute(value, name), list(arguments), [])


def attribute(value: ast.expr, name: str) -> ast.Attribute:
    """``value.name``."""
    return ast.Attribute(value, name, ast.Load())


def item(value: ast.expr, key: ast.expr) -> ast.Subscript:
    """``value[key]``."""
    return ast.Subscript(value, key, ast.Load())


def assign(name: str, value: ast.expr) -> ast.Assign:
    """``name = value``."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def targets(names: Iterable[str]) -> ast.Tuple:
    """Variables that are set together: ``a, b``."""
    return ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())


def unpack(names: Iterable[str], value: ast.expr) -> ast.Assign:
    """``a, b = value``."""
    return ast.Assign([targets(names)], value)


def assign_item(target: ast.expr, key: ast.expr, value: ast.expr) -> ast.Assign:
    """``target[key] = value``."""
    return ast.Assign([ast.Subscript(target, key, ast.Store())], value)


def do(value: ast.expr) -> ast.Expr:
    """An expression as a statement."""
    return ast.Expr(value)


def when(test: ast.expr, then: Block, otherwise: Sequence[ast.stmt] = ()) -> ast.If:
    """``if test: then`` ``else: otherwise``."""
    return ast.If(test, then or [ast.Pass()], list(otherwise))


def each(name: str, items: ast.expr, body: Block) -> ast.For:
    """``for name in items: body``."""
    return ast.For(ast.Name(name, ast.Store()), items, body or [ast.Pass()], [])


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.Compare:
    """``left operator right``."""
    return ast.Compare(left, [operator], [right])


def is_none(value: ast.expr) -> ast.Compare:
    """``value is None``."""
    return compare(value, ast.Is(), constant(None))


def is_some(value: ast.expr) -> ast.Compare:
    """``value is not None``."""
    return compare(value, ast.IsNot(), constant(None))


def has_type(value: ast.expr, name: str) -> ast.Compare:
    """``type(value) is name``."""
    return compare(call("type", value), ast.Is(), load(name))


def both(*tests: ast.expr) -> ast.expr:
    """``a and b``."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def either(*tests: ast.expr) -> ast.expr:
    """``a or b``."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def negate(test: ast.expr) -> ast.expr:
    """``not test``, written without the word where there is a shorter way."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        opposite = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}.get(type(test.ops[0]))
        if opposite is not None:
            return ast.Compare(test.left, [opposite()], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


def protect(body: Block, errors: str, caught: Block, name: str | None = None) -> ast.Try:
    """``try: body`` ``except errors as name: caught``."""
    return ast.Try(body, [ast.ExceptHandler(load(errors), name, caught)], [], [])


def function(name: str, parameters: Sequence[str], body: Block) -> ast.FunctionDef:
    """``def name(parameters): body``."""
    return ast.FunctionDef(
        name=name,
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(each) for each in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
        ),
        body=body or [ast.Pass()],
        decorator_list=[],
    )
