"""Which ``let`` names can be read without an error; where all can, an expression may stop at the first that will do."""

from __future__ import annotations

from collections.abc import Iterable, Set

from mapper.expressions.foresee import never_raises
from mapper.expressions.parse import parse
from mapper.expressions.root import PLAIN, Root
from mapper.records.spec import Const, Eval, Expression, First, If, Let, ListOf, Node, ObjectOf, Refine, Take


def raising_names(lets: Iterable[Let], outer: Set[str]) -> frozenset[str]:
    """The names whose reading may fail: those of `lets` that do for some call, and `outer`.

    Args:
        lets: They may name each other.
        outer: Such names of the scope around.
    """
    raising = {let.name: let for let in lets}
    while True:
        unsure = raising.keys() | outer
        sure = [name for name, let in raising.items() if is_sure(let.node, unsure)]
        if not sure:
            return frozenset(unsure)
        for name in sure:
            del raising[name]


def is_sure(node: Node, unsure: Set[str]) -> bool:
    """Whether a node gives a value or null for any call, where reading one of the `unsure` names may fail."""
    root = Root(PLAIN.field, PLAIN.current, lambda name: name not in unsure)

    def safe(expression: Expression) -> bool:
        return never_raises(parse(expression.text), root)

    def visit(node: Node) -> bool:
        match node:
            case Const() | Take():
                return True
            case Eval(expression):
                return safe(expression)
            case First(nodes) | ListOf(nodes):
                return all(map(visit, nodes))
            case If(condition, then, otherwise):
                return safe(condition) and visit(then) and (otherwise is None or visit(otherwise))
            case Refine():
                return node.required is None and visit(node.node) and (node.default is None or visit(node.default))
            case ObjectOf():
                share = node.share
                parts = [*node.merge, *(field for _, field in node.fields), *([node.rest] if node.rest else [])]
                dealt = [field for _, field in share.named] if share else []
                return (share is None or safe(share.source)) and all(map(visit, parts + dealt))

    return visit(node)
