"""Places inside expressions, and their text."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Place
from mapper.records.spec import Expression

_LEAVES: Final = frozenset({"field", "literal", "current"})


def on_tree(expression: Expression, tree: Tree) -> Place:
    """Where a part of an expression stands; parentheses around a single name or literal are left out."""
    return between(expression, *_bare(expression, tree))


def between(expression: Expression, start: int, end: int) -> Place:
    """Where some characters of an expression stand; `end` is exclusive."""
    return replace(expression.place, start=start, length=max(end - start, 0))


def source(expression: Expression, tree: Tree) -> str:
    """The text of a part of an expression, on one line."""
    start, end = _bare(expression, tree)
    return " ".join(expression.text[start:end].split())


def _bare(expression: Expression, tree: Tree) -> tuple[int, int]:
    start, end = tree.start, tree.end
    if tree.kind in _LEAVES:
        text = expression.text[start:end]
        start += len(text) - len(text.lstrip("( \n\t"))
        end -= len(text) - len(text.rstrip(") \n\t"))
    return start, end
