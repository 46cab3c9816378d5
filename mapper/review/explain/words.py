"""Parts of mappings, and why nothing came of a value, in a few words."""

from __future__ import annotations

from typing import Any

from mapper.base.json import encode
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Place
from mapper.records.spec import Const, Eval, Expression, First, If, ListOf, Node, ObjectOf, Refine, Take


def one_line(text: str) -> str:
    """A text that may be folded over lines, as one."""
    return " ".join(text.split())


def spot_text(expression: Expression, tree: Tree) -> str:
    """The part of an expression that a node of it stands for."""
    return one_line(expression.text[tree.start : tree.end])


def spot_place(expression: Expression, tree: Tree) -> Place:
    """Where that part stands."""
    place = expression.place
    if tree.end - tree.start >= len(expression.text.strip()):
        return place
    return Place(file=place.file, route=place.route, start=tree.start, length=tree.end - tree.start)


def node_text(node: Node) -> str:
    """What a node says, shortly."""
    match node:
        case Const(value):
            return encode(value).decode()
        case Eval(expression):
            return one_line(expression.text)
        case First():
            return "$first"
        case If(condition):
            return f"$if {one_line(condition.text)}"
        case Take(keys):
            return f"$take {', '.join(keys)}"
        case Refine():
            default = [] if node.default is None else [f"$default {node_text(node.default)}"]
            return " ".join([refined(node), *default])
        case ListOf():
            return "[...]"
        case ObjectOf():
            return "{...}"


def refined(node: Refine) -> str:
    """What a node inside says, and what is done to its value."""
    return " ".join([node_text(node.node), *modifiers(node)])


def modifiers(node: Refine) -> list[str]:
    """What is done to the value of the node inside."""
    said = [f"$is {node.kind}"] if node.kind else []
    return [*said, f"$as {node.convert}"] if node.convert else said


def emptiness(value: Any) -> str:
    """What is empty about a value."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "empty text" if not value else "blank text"
    if isinstance(value, bool):
        return "false"
    return "an empty array" if isinstance(value, list) else "an empty object"


def is_empty(value: Any) -> bool:
    """Whether :func:`emptiness` says what makes it nothing."""
    return value is None or value is False or value in ("", [], {}) or (isinstance(value, str) and not value.strip())
