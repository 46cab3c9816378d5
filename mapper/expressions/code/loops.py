"""Loops over arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable

from mapper.expressions.code.python import assign, constant, each, load, when
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.value import Known, Value
from mapper.expressions.code.writer import FunctionWriter


def loop(writer: FunctionWriter, array: Value, empty: ast.expr, hint: str, body: Callable[[Value, str], None]) -> str:
    """Build a collection from an array, beginning with `empty`; null where there is no array.

    Args:
        writer: Gets the code.
        array: An array or null, or anything.
        empty: The empty collection.
        hint: What to call it.
        body: Writes what is done with an item, and is told the collection's name.
    """
    name = writer.fresh(hint)
    writer.add(assign(name, constant(None)))
    with writer.branch() as block:
        writer.add(assign(name, empty))
        one = writer.fresh("item")
        with writer.branch() as inner:
            body(Value(one, array.known.items or Known()), name)
        writer.add(each(one, array.code, inner))
    test = is_kind(array, "array")
    if isinstance(test, ast.Constant):
        writer.block += block
    else:
        writer.add(when(test, block))
    return name


__all__ = ["load", "loop"]
