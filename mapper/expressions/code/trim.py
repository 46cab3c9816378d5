"""Takes out of a finished function what was written for nothing."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence

from mapper.expressions.code.python import BLOCKS, Block, named


class Placeholder(ast.If):
    """Stands for the statements in it, which may have come later than those around it."""


def trimmed(block: Block, spare: Sequence[tuple[str, Sequence[ast.stmt]]]) -> Block:
    """The statements without placeholders, and without those whose variable nothing else reads.

    Args:
        block: A function's statements.
        spare: A variable with statements that are there for it alone, and do nothing else.
    """
    if not spare:
        return _without(block, set())
    names = {name for name, _ in spare}
    reads = _reads(block, names)
    waiting = [(name, statements, _reads(statements, names)) for name, statements in spare]
    gone: set[int] = set()
    while True:  # what goes may have been the last that reads another
        unread = [each for each in waiting if reads[each[0]] == each[2][each[0]]]
        if not unread:
            return _without(block, gone)
        for each in unread:
            waiting.remove(each)
            reads -= each[2]
            gone.update(map(id, each[1]))


def _reads(block: Iterable[ast.stmt], names: set[str]) -> Counter[str]:
    """How often each of the variables is read."""
    return Counter(name.id for name in named(block) if name.id in names and isinstance(name.ctx, ast.Load))


def _without(block: Iterable[ast.stmt], gone: set[int]) -> Block:
    left: Block = []
    for statement in block:
        if id(statement) in gone:
            continue
        if isinstance(statement, Placeholder):
            left += _without(statement.body, gone)
            continue
        for name in BLOCKS:
            inner = getattr(statement, name, None)
            if inner:
                setattr(statement, name, _without(inner, gone) or ([ast.Pass()] if name == "body" else []))
        for handler in getattr(statement, "handlers", ()):
            handler.body = _without(handler.body, gone)
        left.append(statement)
    return left
