"""``to_epoch_ms`` written out for times as libraries write them."""

from __future__ import annotations

import ast
from typing import Final

from mapper.expressions.code.python import (
    assign,
    attribute,
    both,
    call,
    compare,
    constant,
    has_type,
    is_some,
    item,
    load,
)
from mapper.expressions.code.value import ISO_DATE, MOMENT, NULL, NUMBER, STRING, Known, Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.functions import instant

_UNITS: Final = (
    ("days", ast.Mult(), 86_400_000),
    ("seconds", ast.Mult(), 1000),
    ("microseconds", ast.FloorDiv(), 1000),
)


def epoch_ms(writer: FunctionWriter, value: Value) -> Value:
    """Milliseconds since the epoch of a value that is no constant; null where it is no time."""
    is_sure = value.known.kinds == STRING and ISO_DATE in value.known.facts
    known = Known(NUMBER if is_sure else NUMBER | NULL, frozenset({MOMENT}))
    read: ast.expr = call(writer.module.bind("to_epoch_ms", instant.epoch_ms), value.code)
    if value.may_be(STRING):
        since = _since_epoch(writer, value)
        read = ast.IfExp(is_some(load(since)), _in_milliseconds(since), read)
    return writer.keep("moment", read, known)


def _since_epoch(writer: FunctionWriter, value: Value) -> str:
    """The variable of the time since then, null where the text is not written in the usual way."""
    module, since = writer.module, writer.fresh("since")
    every_third = ast.Slice(constant(4), constant(20), constant(3))
    tests = [
        compare(call("len", value.code), ast.Eq(), constant(instant.USUAL_LENGTH)),
        compare(item(value.code, every_third), ast.Eq(), constant(instant.USUAL_MARKS)),
        compare(item(value.code, constant(instant.USUAL_LENGTH - 1)), ast.Eq(), constant("Z")),
        compare(constant(instant.END), ast.NotIn(), value.code),
    ]
    if value.known.kinds != STRING:
        tests.insert(0, has_type(value.code, "str"))
    moment = call(module.bind("from_iso", instant.from_iso), value.code)
    begun = ast.BinOp(moment, ast.Sub(), load(module.bind("epoch", instant.EPOCH)))
    nothing = assign(since, constant(None))
    caught = ast.ExceptHandler(load(module.bind("no_time", instant.NO_TIME)), None, [nothing])
    writer.add(ast.Try([assign(since, ast.IfExp(both(*tests), begun, constant(None)))], [caught], [], []))
    return since


def _in_milliseconds(since: str) -> ast.expr:
    days, seconds, rest = (ast.BinOp(attribute(load(since), name), by, constant(much)) for name, by, much in _UNITS)
    return ast.BinOp(ast.BinOp(days, ast.Add(), seconds), ast.Add(), rest)
