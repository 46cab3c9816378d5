"""What is left to test of a body at run time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from mapper.compiler.proof import Unproven, unproven
from mapper.engine.interpret import schema_check
from mapper.expressions.code.python import (
    assign,
    both,
    call,
    compare,
    constant,
    each,
    either,
    is_none,
    is_some,
    load,
    negate,
    when,
)
from mapper.expressions.code.source import get, is_kind
from mapper.expressions.code.value import ARRAY, NOT_EMPTY, NULL, Value
from mapper.expressions.code.writer import FunctionWriter

Schema = Mapping[str, Any]
_ASKED_OF_ARRAYS: Final = {"type", "items", "minItems"}


def breaks(writer: FunctionWriter, body: Value, part: Unproven) -> ast.expr:
    """A test whether a part of a body is there and breaks its part of the schema. Writes what the test needs."""
    value = body.narrowed(body.known.without(NULL))
    is_there = may_be_null = False
    for key in part.path:
        is_there = key in value.known.sure
        may_be_null = bool(dict(value.known.fields or ())[key].kinds & NULL)
        value = get(writer, value, key)
    if may_be_null and not is_there:  # null or absent: that is not told apart here
        return constant(True)
    test = _breaks(writer, value, part.schema)
    if not value.may_be(NULL):
        return test
    if may_be_null:
        return is_none(value.code) if isinstance(test, ast.Constant) else either(is_none(value.code), test)
    return both(is_some(value.code), test)


def _breaks(writer: FunctionWriter, value: Value, schema: Schema) -> ast.expr:
    """A test whether a value, unless it is null, breaks a schema."""
    there = value.narrowed(value.known.without(NULL))
    if not unproven(there.known, schema):
        return constant(False)
    is_array = there.known.kinds == ARRAY and there.known.items is not None
    if is_array and "items" in schema and _plain_keys(schema) <= _ASKED_OF_ARRAYS and schema.get("minItems", 0) <= 1:
        return _some_item_breaks(writer, value, schema)
    return _breaks_itself(writer, there, schema)


def _plain_keys(schema: Schema) -> set[str]:
    return set(schema) - {"title", "description", "examples", "$id", "$schema", "$comment"}


def _breaks_itself(writer: FunctionWriter, value: Value, schema: Schema) -> ast.expr:
    """A test whether a value that is there breaks a schema."""
    plain = _plain_keys(schema)
    wanted = schema.get("type")
    tests: list[ast.expr] = []
    if wanted in ("string", "number") and plain <= {"type", "minLength"} and schema.get("minLength", 0) <= 1:
        test = is_kind(value, wanted)
        if not isinstance(test, ast.Constant) or not test.value:
            tests.append(negate(test))
        if schema.get("minLength") == 1:
            tests.append(compare(value.code, ast.Eq(), constant("")))
        return either(*tests) if tests else constant(False)
    return negate(call(writer.module.bind("fits", fits_later(schema)), value.code))


def _some_item_breaks(writer: FunctionWriter, array: Value, schema: Schema) -> ast.expr:
    """A test whether an array of objects, or one of them, breaks a schema; null does not."""
    assert array.known.items is not None
    name, one = writer.fresh("breaks"), writer.fresh("item")
    writer.add(assign(name, constant(False)))
    items = schema["items"]
    value = Value(one, array.known.items)
    with writer.branch() as body:
        parts = [Unproven((), items)] if value.may_be(NULL) else unproven(value.known, items)
        tests = [breaks(writer, value, part) if part.path else _breaks_any(writer, value, items) for part in parts]
        if tests:
            writer.add(when(either(*tests), [assign(name, constant(True))]))
    steps: list[ast.stmt] = [each(one, array.code, body)] if body else []
    if schema.get("minItems") == 1 and NOT_EMPTY not in array.known.facts:
        steps = [assign(name, negate(array.code)), *steps]
    if steps:
        writer.add(when(is_some(array.code), steps) if array.may_be(NULL) else when(constant(True), steps))
    return load(name)


def _breaks_any(writer: FunctionWriter, value: Value, schema: Schema) -> ast.expr:
    """The same for a value that may be null."""
    return negate(call(writer.module.bind("fits", fits_later(schema)), value.code))


def schema_check_later(schema: Schema | None) -> Callable[[Any], str | None]:
    """Says what of a body breaks the request's schema, or None; made when the first body needs it."""
    made = cache(lambda: schema_check(schema))
    return lambda body: made()(body)


def fits_later(schema: Schema) -> Callable[[Any], bool]:
    """Whether a part of a body keeps its part of the schema; made when it is first asked."""

    @cache
    def check() -> Callable[[Any], bool]:
        import jsonschema_rs

        found: Callable[[Any], bool] = jsonschema_rs.validator_for(dict(schema)).is_valid
        return found

    return lambda value: check()(value)
