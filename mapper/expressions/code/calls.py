"""Functions that are written out instead of called, because every call of theirs counts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from mapper.expressions.code.groups import group_by
from mapper.expressions.code.moments import epoch_ms
from mapper.expressions.code.python import (
    assign,
    both,
    call,
    compare,
    constant,
    either,
    has_type,
    is_none,
    is_some,
    item,
    load,
    method,
    negate,
    when,
)
from mapper.expressions.code.source import is_kind
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    EXPECTED_TEXT,
    FILLED,
    HOLDS,
    HOLDS_NOTHING,
    JSON,
    NAMED,
    NOT_EMPTY,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Known,
    Value,
    display,
    laid_out,
)
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.parse import Node, path_of

if TYPE_CHECKING:
    from mapper.expressions.code.translate import Translator

_TEXT: Final = Known(STRING | NULL, frozenset({FILLED}))
_SURE_TEXT: Final = Known(STRING, frozenset({FILLED}))


def is_filled(value: Value) -> ast.expr:
    """Text that is not blank."""
    text = both(value.code, negate(method(value.code, "isspace")))
    if value.known.kinds <= STRING | NULL or (EXPECTED_TEXT in value.known.facts and value.known.kinds <= JSON):
        return text  # null is false
    return both(has_type(value.code, "str"), value.code, negate(method(value.code, "isspace")))


def _present_text(to: Translator, value: Value) -> Value:
    if not value.may_be(STRING):
        return to.constant(None)
    if FILLED in value.known.facts:
        if value.known.kinds <= STRING | NULL:
            return value
        return to.writer.keep("text", ast.IfExp(is_kind(value, "string"), value.code, constant(None)), _TEXT)
    return _once(to, "text", value, lambda: ast.IfExp(is_filled(value), value.code, constant(None)))


def _once(to: Translator, hint: str, value: Value, code: Callable[[], ast.expr]) -> Value:
    """Text made of a value, which several places may ask for."""
    return to.writer.cached((hint, value.name), lambda: to.writer.keep(hint, code(), _TEXT))


def _id(to: Translator, value: Value) -> Value:
    if not value.may_be(NUMBER):
        return _present_text(to, value)
    function = to.writer.module.bind("id", FUNCTIONS["id"].call)
    if not value.may_be(STRING):
        return to.writer.keep("id", call(function, value.code), _TEXT)
    other: ast.expr = call(function, value.code)
    if value.may_be(NULL):
        other = ast.IfExp(is_none(value.code), constant(None), other)
    return _once(to, "id", value, lambda: ast.IfExp(is_filled(value), value.code, other))


def _not_null(_: Translator, value: Value) -> Value:
    return value


def _epoch_ms(to: Translator, node: Node) -> Value | None:
    names = path_of(node.children[0])
    return to.source.moment(names) if names is not None else epoch_ms(to.writer, to.value(node.children[0]))


def _object(to: Translator, node: Node) -> Value | None:
    value = to.value(node.children[0])
    if value.is_constant:
        return to.constant(FUNCTIONS["object"].call(value.constant))
    if not value.may_be(OBJECT):
        return to.writer.keep("holder", ast.Dict([], []), Known(OBJECT))
    if value.known.kinds == OBJECT:
        return value
    code = ast.IfExp(is_kind(value, "object"), value.code, ast.Dict([], []))
    return to.writer.keep("holder", code, Known(OBJECT))


def _trim(to: Translator, node: Node) -> Value | None:
    if len(node.children) != 1:
        return None
    value = to.value(node.children[0])
    if value.is_constant:
        return to.constant(FUNCTIONS["trim"].call(value.constant))
    if not value.may_be(STRING):
        return to.constant(None)
    code: ast.expr = method(value.code, "strip")
    if value.known.kinds != STRING:
        code = ast.IfExp(is_kind(value, "string"), code, constant(None))
    kinds = STRING if value.known.kinds == STRING else STRING | NULL
    return to.writer.keep("trimmed", code, Known(kinds, value.known.facts & {FILLED}))


def _format(to: Translator, node: Node) -> Value | None:
    """A template known now, and texts: written as one string; null where one of them is."""
    template, *values = [to.value(child) for child in node.children]
    pieces = _pieces(template.constant) if type(template.constant) is str else None
    texts = all(not value.is_constant and value.known.kinds <= STRING | NULL for value in values)
    if pieces is None or len(pieces) != len(values) + 1 or not values or not texts:
        return to.applied(node, [template, *values])
    parts: list[ast.expr] = [constant(pieces[0])]
    for value, piece in zip(values, pieces[1:], strict=True):
        parts += [ast.FormattedValue(value.code, -1), constant(piece)]
    made: ast.expr = ast.JoinedStr([part for part in parts if not isinstance(part, ast.Constant) or part.value])
    tests = [is_some(value.code) for value in values if value.may_be(NULL)]
    facts = frozenset(
        {FILLED} if "".join(pieces).strip() or any(FILLED in value.known.facts for value in values) else ()
    )
    if tests:
        made = ast.IfExp(both(*tests), made, constant(None))
    return to.writer.keep("text", made, Known(STRING | NULL if tests else STRING, facts))


def _pieces(template: str) -> list[str] | None:
    """The text around each ``{}``; None where the template holds other braces, which `format` itself must judge."""
    pieces = template.split("{}")
    return None if any("{" in piece or "}" in piece for piece in pieces) else pieces


def _merge(to: Translator, node: Node) -> Value | None:
    """Where all are objects: merged without jmespath's checks, and without a copy where one is empty."""
    values = [to.value(child) for child in node.children]
    if not values or any(value.is_constant or value.known.kinds != OBJECT for value in values):
        return to.applied(node, values)
    if len(values) != 2:
        made: ast.expr = ast.Dict([None] * len(values), [value.code for value in values])
    else:
        first, second = values
        made = ast.IfExp(first.code, ast.Dict([None, None], [first.code, second.code]), second.code)
    return to.writer.keep("merged", made, Known(OBJECT))


def _omit(to: Translator, node: Node) -> Value | None:
    """Where the keys are plain: without a copy where there is nothing to leave out; null of what is no object."""
    holder, *keys = [to.value(child) for child in node.children]
    fixed = [key for key in keys if key.is_constant]
    others = [key for key in keys if not key.is_constant]
    plain = all(key.constant is None or (type(key.constant) is str and "." not in key.constant) for key in fixed)
    if (
        holder.is_constant
        or not holder.may_be(OBJECT)
        or not plain
        or len(others) > 1
        or any(not key.known.kinds <= STRING | NULL for key in others)
    ):
        return to.applied(node, [holder, *keys])
    if holder.known.kinds == OBJECT:
        name, there = to.writer.copy("kept", holder), []
    else:
        kept = to.writer.keep("kept", ast.IfExp(is_kind(holder, "object"), holder.code, constant(None)))
        name, there = kept.name or "", [is_some(kept.code)]
    names = [key.constant for key in fixed if key.constant is not None]
    function = to.writer.module.bind("omit", FUNCTIONS["omit"].call)
    if names:
        found = either(*[compare(constant(key), ast.In(), load(name)) for key in names])
        to.writer.add(when(both(*there, found), [assign(name, call(function, load(name), *map(constant, names)))]))
    for key in others:
        tests = both(*there, is_some(key.code))
        to.writer.add(when(tests, [assign(name, call(function, load(name), key.code))]))
    return Value(name, Known(OBJECT | NULL if there else OBJECT))


def _unnest(to: Translator, node: Node) -> Value | None:
    """Of an object laid out: done here and now."""
    value = to.value(node.children[0])
    leaves = _leaves(value)
    parts = FUNCTIONS["unnest"].call(leaves) if leaves is not None else None
    if parts is None or len(parts) < _count(leaves):  # names that are empty, or that two leaves bear
        return to.applied(node, [value])
    return laid_out(to.writer.keep("unnested", display(parts), spare=True).name, parts, frozenset({NAMED}))


def _leaves(value: Value) -> dict[str, Any] | None:
    """What is in an object laid out, as :func:`unnest` sees it; None where that is for the call to show."""
    if not value.is_laid_out:
        return None
    found: dict[str, Any] = {}
    for key, part in (value.parts or {}).items():
        if part.known.kinds <= NULL or (part.known.kinds == ARRAY and HOLDS_NOTHING in part.known.facts):
            continue
        if part.known.kinds == OBJECT:
            inside = _leaves(part)
            if inside is None:
                return None
            found[key] = inside
        elif part.may_be(NULL | OBJECT) or (part.may_be(ARRAY) and HOLDS not in part.known.facts):
            return None
        else:
            found[key] = part
    return found


def _count(leaves: Any) -> int:
    return sum(map(_count, leaves.values())) if type(leaves) is dict else 1


def _present(to: Translator, node: Node) -> Value | None:
    value = to.value(node.children[0])
    kinds = value.known.kinds
    if value.is_constant or not kinds <= ARRAY | OBJECT | NULL:
        return to.applied(node, [value])
    code = ast.BoolOp(ast.Or(), [value.code, constant(None)])
    facts = value.known.facts | {NOT_EMPTY}
    return to.writer.keep("present", code, replace(value.known, kinds=kinds | NULL, facts=facts))


def _to_text(to: Translator, node: Node) -> Value | None:
    value = to.value(node.children[0])
    if value.is_constant or not (value.may_be(STRING) or value.known.kinds == BOOLEAN):
        return to.applied(node, [value])

    def write() -> Value:
        if value.known.kinds == BOOLEAN:
            return to.writer.keep("text", ast.IfExp(value.code, constant("true"), constant("false")), _SURE_TEXT)
        other = call(to.writer.module.bind("to_text", FUNCTIONS["to_text"].call), value.code)
        test = is_kind(value, "string")
        code = value.code if isinstance(test, ast.Constant) else ast.IfExp(test, value.code, other)
        return to.writer.keep("text", code, Known(STRING | NULL if len(value.known.kinds) > 1 else STRING))

    return to.writer.cached(("call", "to_text", value.name), write)


def _is_iso_date(to: Translator, node: Node) -> Value | None:
    """Most of what is asked about is no date: that is seen without a call."""
    value = to.value(node.children[0])
    if value.is_constant:
        return to.applied(node, [value])
    if not value.may_be(STRING):
        return to.constant(False)
    long = compare(call("len", value.code), ast.Gt(), constant(9))
    dash = compare(item(value.code, constant(7)), ast.Eq(), constant("-"))
    asked = call(to.writer.module.bind("is_iso_date", FUNCTIONS["is_iso_date"].call), value.code)
    test = is_kind(value, "string")
    tests = [long, dash, asked] if isinstance(test, ast.Constant) else [test, long, dash, asked]
    return to.writer.keep("is_date", both(*tests), Known(BOOLEAN))


Inline = Callable[["Translator", Node], Value | None]

INLINE: Final[Mapping[str, Callable[..., Any]]] = {
    "format": _format,
    "group_by": group_by,
    "id of one": _id,
    "is_iso_date": _is_iso_date,
    "merge": _merge,
    "not_null of one": _not_null,
    "object": _object,
    "omit": _omit,
    "present": _present,
    "present_text of one": _present_text,
    "to_epoch_ms": _epoch_ms,
    "to_text": _to_text,
    "trim": _trim,
    "unnest": _unnest,
}
"""By name. A function whose arguments are tried one after another: ``name of one``, which takes a value."""
