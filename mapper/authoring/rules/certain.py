"""Which nodes give a value for every call."""

from __future__ import annotations

from collections.abc import Mapping

from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Place
from mapper.records.spec import Const, Eval, Expression, First, If, Let, ListOf, Node, ObjectOf, Refine

_MAX_DEPTH = 40


def literal(subject: Subject, expression: Expression) -> Const | None:
    """The constant that an expression is, such as ``'text'``; None where it is more than a literal."""
    tree = subject.trees.get(expression.text)
    return Const(tree.value, expression.place) if tree and tree.kind == "literal" else None


def is_certain(subject: Subject, node: Node, lets: Mapping[str, Let], depth: int = 0) -> bool:
    """Whether a node never gives null, or ends the mapping where it would (``$required``).

    Args:
        subject: The mapping set.
        node: Any node.
        lets: The names it sees.
        depth: How many nodes were followed to this one.
    """

    def certain(inner: Node | None) -> bool:
        return inner is not None and is_certain(subject, inner, lets, depth + 1)

    if depth > _MAX_DEPTH:
        return False
    match node:
        case Const(value):
            return value is not None
        case Eval(expression):
            constant = literal(subject, expression)
            named = lets.get(expression.text.strip())
            return certain(constant) or (named is not None and _is_name_certain(subject, named, lets, depth))
        case First(nodes):
            return any(map(certain, nodes))
        case If(_, then, otherwise):
            return certain(then) and certain(otherwise)
        case Refine():
            plain = node.convert is None and node.kind is None and certain(node.node)
            return plain or node.required is not None or node.keep_null or certain(node.default)
        case ObjectOf(fields):
            return any(certain(field) for _, field in fields)
        case ListOf():
            return True
        case _:
            return False


def _is_name_certain(subject: Subject, let: Let, lets: Mapping[str, Let], depth: int) -> bool:
    """The same of a name, looked at once; one that needs itself is not certain."""
    known: dict[Place, bool] = subject.memo.setdefault("certain", {})
    if let.place not in known:
        known[let.place] = False
        known[let.place] = is_certain(subject, let.node, lets, depth + 1)
    return known[let.place]
