"""The oracle of expressions: jmespath's own interpreter, with our functions hung in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jmespath
from jmespath import exceptions
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

from mapper.expressions.functions import FUNCTIONS


class ReferenceFunctions(Functions):
    """jmespath's functions and ours."""

    def call_function(self, function_name: str, resolved_args: Iterable[Any]) -> Any:
        function = FUNCTIONS.get(function_name)
        arguments = list(resolved_args)
        if function is None or function.standard:
            return super().call_function(function_name, arguments)
        _check_count(function_name, len(arguments))
        return function.call(*arguments)


class ReferenceInterpreter(TreeInterpreter):
    """Computes only the branch of ``if`` that is taken; with a wrong number of arguments all, as of any function."""

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        if node["value"] != "if" or len(node["children"]) not in (2, 3):
            return super().visit_function_expression(node, value)
        condition, *branches = node["children"]
        held = self.visit(condition, value)
        holds = not (held is None or held is False or held in ("", [], {}))
        chosen = branches[: 1 if holds else 2][-1] if holds or len(branches) == 2 else None
        return None if chosen is None else self.visit(chosen, value)


def search(expression: str, value: Any) -> Any:
    """What the expression gives on a JSON value.

    Raises:
        jmespath.exceptions.JMESPathError: wrong syntax, unknown function, wrong number of arguments, or a type a
            standard function refuses.
        TypeError, ValueError, OverflowError: what slips through jmespath's own checks.
    """
    parsed = jmespath.compile(expression)
    return ReferenceInterpreter(Options(custom_functions=ReferenceFunctions())).visit(parsed.parsed, value)


def _check_count(name: str, count: int) -> None:
    function = FUNCTIONS[name]
    if count < function.min_args:
        kind = exceptions.ArityError if function.max_args == function.min_args else exceptions.VariadictArityError
        raise kind(function.min_args, count, name)
    if function.max_args is not None and count > function.max_args:
        raise exceptions.ArityError(function.max_args, count, name)
