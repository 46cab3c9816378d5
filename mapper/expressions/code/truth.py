"""Tests of values: truth and equality in JMESPath's sense, as short as what is known of the values allows."""

from __future__ import annotations

import ast

from mapper.expressions.code import run
from mapper.expressions.code.python import call, compare, constant, either, has_type, is_none, is_some
from mapper.expressions.code.value import BOOLEAN, EXPREF, FILLED, NULL, NUMBER, STRING, Value
from mapper.expressions.code.writer import FunctionWriter


def truth(value: Value) -> ast.expr:
    """A test whether a value is true in JMESPath's sense, as short as what is known of it allows."""
    if value.is_constant:
        return constant(run.is_true(value.constant))
    kinds = value.known.kinds - NULL
    if not kinds:
        return constant(False)
    always = (kinds <= NUMBER) or (kinds <= STRING and FILLED in value.known.facts) or kinds <= EXPREF
    if always:
        return is_some(value.code) if value.may_be(NULL) else constant(True)
    if not kinds & NUMBER:
        return value.code
    return either(value.code, has_type(value.code, "int"), has_type(value.code, "float"))


def equality(writer: FunctionWriter, left: Value, right: Value) -> ast.expr:
    """A test whether two values are equal in JMESPath's sense: a boolean equals no number."""
    if left.is_constant and right.is_constant:
        return constant(run.equals(left.constant, right.constant))
    if not left.known.kinds & right.known.kinds:
        return constant(False)
    for one, other in ((left, right), (right, left)):
        if one.is_constant:
            if one.constant is None:
                return is_none(other.code)
            if isinstance(one.constant, bool):
                return compare(other.code, ast.Is(), constant(one.constant))
            if isinstance(one.constant, str):
                return compare(other.code, ast.Eq(), one.code)
    if not (left.known.kinds & BOOLEAN and right.known.kinds & (BOOLEAN | NUMBER)) and not (
        right.known.kinds & BOOLEAN and left.known.kinds & NUMBER
    ):
        return compare(left.code, ast.Eq(), right.code)
    return call(writer.module.bind("equals", run.equals), left.code, right.code)
