"""Where an expression starts from, for generated code."""

from __future__ import annotations

import ast
from typing import Final, Protocol

from mapper.expressions.code.moments import epoch_ms
from mapper.expressions.code.python import call, compare, constant, either, is_none, is_some, item, load, method
from mapper.expressions.code.value import IN_PARTS, NULL, OBJECT, Known, Value
from mapper.expressions.code.writer import FunctionWriter
from mapper.expressions.root import PLAIN, Root


class Source(Protocol):
    """How names at the root of an expression are read."""

    @property
    def foresight(self) -> Root:
        """The same root as the checks before running see it."""

    def path(self, names: tuple[str, ...]) -> Value:
        """The value of ``a.b.c``."""

    def shape(self, names: tuple[str, ...]) -> Value:
        """A value of the same kind as that of ``a.b.c``, equal to it where it is no object."""

    def moment(self, names: tuple[str, ...]) -> Value:
        """The value of ``to_epoch_ms(a.b.c)``."""

    def current(self) -> Value:
        """The value of ``@``."""


class Plain:
    """The root of standard JMESPath: a JSON value that the code holds."""

    foresight = PLAIN

    def __init__(self, writer: FunctionWriter, value: Value) -> None:
        self.writer = writer
        self.value = value

    def path(self, names: tuple[str, ...]) -> Value:
        """Read a path from the value."""
        value = self.value
        for name in names:
            value = get(self.writer, value, name)
        return value

    shape = path

    def moment(self, names: tuple[str, ...]) -> Value:
        """Convert what is at a path."""
        return epoch_ms(self.writer, self.path(names))

    def current(self) -> Value:
        """Give the value."""
        return self.value


def get(writer: FunctionWriter, value: Value, name: str) -> Value:
    """The field of an object; null of anything else."""
    if value.is_constant:
        found = value.constant.get(name) if isinstance(value.constant, dict) else None
        return writer.module.constant(found, name)
    if not value.may_be(OBJECT):
        return writer.module.constant(None)
    if value.parts is not None and name in value.parts:
        return writer.better(value.parts[name])
    if value.name == IN_PARTS:
        return writer.module.constant(None)
    return writer.cached(("get", value.name, name), lambda: _read(writer, value, name))


def _read(writer: FunctionWriter, value: Value, name: str) -> Value:
    known = _field(value.known, name)
    found: ast.expr = method(value.code, "get", constant(name))
    if value.known.kinds == OBJECT:
        if name in value.known.sure:
            return writer.keep(name, item(value.code, constant(name)), known)
        return writer.keep(name, found, known | Known(NULL))
    return writer.keep(name, ast.IfExp(is_kind(value, "object"), found, constant(None)), known | Known(NULL))


def _field(known: Known, name: str) -> Known:
    """What is known of a field of an object, if it is there."""
    if known.fields is not None:
        return dict(known.fields).get(name, Known(NULL))
    return known.values or Known()


_TYPES: Final = {"string": "str", "array": "list", "object": "dict", "boolean": "bool"}


def is_kind(value: Value, kind: str) -> ast.expr:
    """A test whether a value is of a kind, as short as what is known of it allows."""
    kinds = value.known.kinds
    if kind not in kinds:
        return constant(False)
    if len(kinds) == 1:
        return constant(True)
    if kinds == NULL | {kind}:
        return is_some(value.code)
    if kind == "null":
        return is_none(value.code)
    names = ("int", "float") if kind == "number" else (_TYPES[kind],)
    return either(*[compare(_type(value), ast.Is(), load(name)) for name in names])


def _type(value: Value) -> ast.expr:
    return load(value.type_name) if value.type_name else call("type", value.code)
