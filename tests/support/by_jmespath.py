"""Expressions of mappings run by jmespath itself: what the product's own evaluation is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jmespath
from jmespath.visitor import Options

from mapper.expressions.root import Root, Search
from mapper.records.spec import Expression
from tests.support.reference import ReferenceFunctions, ReferenceInterpreter


class _Names:
    """What an expression starts from, as far as jmespath asks: it gets fields by name."""

    def __init__(self, field: Callable[[str], Search], scope: Any) -> None:
        self._field = field
        self._scope = scope

    def get(self, name: str) -> Any:
        return self._field(name)(self._scope)


def build_by_jmespath(expression: Expression, root: Root) -> Search:
    """For `Interpreter(..., build_expression=...)`."""
    tree = jmespath.compile(expression.text).parsed
    interpreter = ReferenceInterpreter(Options(custom_functions=ReferenceFunctions()))
    fields: dict[str, Search] = {}

    def field(name: str) -> Search:
        if name not in fields:
            fields[name] = root.field(name)
        return fields[name]

    return lambda scope: interpreter.visit(tree, _Names(field, scope))
