"""``$is`` and ``$as`` in generated code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

from mapper.engine.nodes import conversion
from mapper.expressions.code.calls import is_filled
from mapper.expressions.code.moments import epoch_ms
from mapper.expressions.code.python import (
    assign,
    call,
    compare,
    constant,
    either,
    has_type,
    is_some,
    item,
    method,
    when,
)
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    FILLED,
    JSON,
    MOMENT,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Known,
    Value,
)
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.functions.convert import CONVERSIONS, KINDS
from mapper.records.spec import Refine

_GIVES: Final[Mapping[str, Known]] = {
    "string": Known(STRING, frozenset({FILLED})),
    "number": Known(NUMBER),
    "integer": Known(NUMBER),
    "boolean": Known(BOOLEAN),
    "epoch_ms": Known(NUMBER, frozenset({MOMENT})),
    "iso8601": Known(STRING, frozenset({FILLED})),
    "id": Known(STRING, frozenset({FILLED})),
    "first_word": Known(STRING, frozenset({FILLED})),
    "other_words": Known(STRING, frozenset({FILLED})),
    "array": Known(ARRAY),
    "object": Known(OBJECT),
}
_OF_KIND: Final = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "array": ARRAY,
    "object": OBJECT,
}


_FITS: Final = "fits "


def changes(node: Refine) -> bool:
    """Whether a node converts or refuses anything."""
    return node.kind is not None or node.convert is not None


def convert(writer: FunctionWriter, node: Refine, value: Value) -> Value:
    """The value after ``$is`` and ``$as``; null where it does not fit. `value` may be null."""
    if not changes(node):
        return value
    if value.is_constant:
        found = None if value.constant is None else conversion(node)(value.constant)
        return writer.module.constant(found)
    if not value.may_be(NULL):
        return _steps(writer, node, value)
    name = writer.fresh("converted")
    writer.add(assign(name, constant(None)))
    with writer.branch() as block:
        made = _steps(writer, node, value.narrowed(value.known.without(NULL)))
    block.append(assign(name, made.code))
    writer.add(when(is_some(value.code), block))
    return Value(name, made.known | NOTHING)


def _steps(writer: FunctionWriter, node: Refine, value: Value) -> Value:
    """The value, which is not null, after each step."""
    if node.kind is not None and node.kind != "schema":
        value = _of_kind(writer, node.kind, value)
    if node.convert is not None:
        value = _as(writer, node.convert, value)
    if node.kind == "schema":
        check = Refine(node.node, node.place, kind="schema", schema=node.schema)
        known = Known(JSON, frozenset({_fits_fact(node.schema)}))
        value = _called(writer, "fits", conversion(check), value, known)
    return value


def fits(known: Known, schema: Any) -> bool:
    """Whether a value, if it is not null, is known to fit a schema because it was held against just that."""
    return any(fact.startswith(_FITS) for fact in known.facts) and _fits_fact(schema) in known.facts


def _fits_fact(schema: Any) -> str:
    return f"{_FITS}{schema!r}"


def _of_kind(writer: FunctionWriter, kind: str, value: Value) -> Value:
    known = Known(_OF_KIND[kind] & value.known.kinds, value.known.facts, items=value.known.items)
    if not known.kinds:
        return writer.module.constant(None)
    if kind in ("string", "boolean", "array", "object"):
        test = is_kind(value, kind)
        if isinstance(test, ast.Constant):
            return value
    else:
        holds = call(writer.module.bind(f"is_{kind}", KINDS[kind].holds), value.code)
        test = either(has_type(value.code, "int"), holds)
    return writer.keep(kind, ast.IfExp(test, value.code, constant(None)), known | NOTHING)


def _as(writer: FunctionWriter, name: str, value: Value) -> Value:
    gives = _GIVES[name]
    if value.known.kinds <= NULL:
        return value
    if name in ("string", "id"):
        if FILLED in value.known.facts and value.known.kinds == STRING:
            return value
        function = writer.module.bind(f"as_{name}", CONVERSIONS[name].call)
        if not value.may_be(STRING):
            return writer.keep("text", call(function, value.code), gives | NOTHING)
        if not value.may_be(NUMBER):
            other: ast.expr = constant(None)
        else:
            other = call(function, value.code)
        return writer.keep("text", ast.IfExp(is_filled(value), value.code, other), gives | NOTHING)
    if name == "epoch_ms":
        return epoch_ms(writer, value)
    if name in ("first_word", "other_words") and value.known.kinds == STRING:
        return _words(writer, name, value)
    return _called(writer, f"as_{name}", CONVERSIONS[name].call, value, gives)


def _words(writer: FunctionWriter, name: str, value: Value) -> Value:
    """A part of a name, which is parted once."""
    parted = method(value.code, "split", constant(None), constant(1))
    words = writer.cached(("words", value.name), lambda: writer.keep("words", parted, Known(ARRAY)))
    if name == "first_word":
        part = ast.IfExp(words.code, item(words.code, constant(0)), constant(None))
    else:
        has_two = compare(call("len", words.code), ast.Eq(), constant(2))
        part = ast.IfExp(has_two, method(item(words.code, constant(1)), "rstrip"), constant(None))
    return writer.keep(name, part, _GIVES[name] | NOTHING)


def _called(writer: FunctionWriter, hint: str, function: Callable[[Any], Any], value: Value, gives: Known) -> Value:
    code: ast.expr = call(writer.module.bind(hint, function), value.code)
    if value.may_be(NULL):
        code = ast.IfExp(is_some(value.code), code, constant(None))
    return writer.keep(hint, code, gives | NOTHING)
