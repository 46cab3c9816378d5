"""``to_epoch_ms`` written out for times as libraries write them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

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
    protect,
    when,
)
from mapper.expressions.code.value import ISO_DATE, MOMENT, NULL, NUMBER, STRING, Known, Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.functions import instant

_UNITS: Final = (
    ("days", ast.Mult(), 86_400_000),
    ("seconds", ast.Mult(), 1000),
    ("microseconds", ast.FloorDiv(), 1000),
)
_TOO_LONG: Final = len('"2026-01-02T03:04:05.1234567Z"')
"""Of what is longer, the fraction may be finer than a microsecond, which msgspec rounds, and we cut off."""
_read_time: Final = msgspec.json.Decoder(datetime).decode
_NO_ZONE: Final = datetime(1970, 1, 1)
"""Stands in for what is too long: having no zone, it is not taken for a usual time."""


def epoch_ms(writer: FunctionWriter, value: Value) -> Value:
    """Milliseconds since the epoch of a value; null where it is no time."""
    if value.is_constant:
        return writer.module.constant(instant.epoch_ms(value.constant))
    is_sure = value.known.kinds == STRING and ISO_DATE in value.known.facts
    known = Known(NUMBER if is_sure else NUMBER | NULL, frozenset({MOMENT}))
    read: ast.expr = call(writer.module.bind("to_epoch_ms", instant.epoch_ms), value.code)
    if value.may_be(STRING):
        since = _since_epoch(writer, value)
        read = ast.IfExp(is_some(load(since)), _in_milliseconds(since), read)
    return writer.keep("moment", read, known)


def usual_moment(writer: FunctionWriter, raw: Value, other: Callable[[Any], int]) -> Value:
    """Milliseconds since the epoch of a time that is still JSON, of which msgspec reads the usual ones.

    Args:
        writer: Gets the code.
        raw: The time as `msgspec.Raw`.
        other: Reads unusual ones, or raises something. What is no time makes the code raise msgspec's errors too, which
            are ValueErrors or not, by its version.
    """
    module, since = writer.module, writer.fresh("since")
    short = compare(call("len", raw.code), ast.Lt(), constant(_TOO_LONG))
    read = call(module.bind("read_time", _read_time), raw.code)
    at = writer.keep("at", ast.IfExp(short, read, load(module.bind("no_zone", _NO_ZONE))))
    is_utc = compare(attribute(at.code, "tzinfo"), ast.Is(), load(module.bind("utc", UTC)))
    begun = assign(since, ast.BinOp(at.code, ast.Sub(), load(module.bind("epoch", instant.EPOCH))))
    made = writer.fresh("moment")
    usual: list[ast.stmt] = [begun, assign(made, _in_milliseconds(since))]
    writer.add(when(is_utc, usual, [assign(made, call(module.bind("other_time", other), raw.code))]))
    return Value(made, Known(NUMBER, frozenset({MOMENT})))


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
    read = assign(since, ast.IfExp(both(*tests), begun, constant(None)))
    writer.add(protect([read], module.bind("no_time", instant.NO_TIME), [nothing]))
    return since


def _in_milliseconds(since: str) -> ast.expr:
    days, seconds, rest = (ast.BinOp(attribute(load(since), name), by, constant(much)) for name, by, much in _UNITS)
    return ast.BinOp(ast.BinOp(days, ast.Add(), seconds), ast.Add(), rest)
