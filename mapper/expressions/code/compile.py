"""An expression as a Python function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from mapper.expressions.code.source import Plain
from mapper.expressions.code.translate import Translator
from mapper.expressions.code.value import JSON, Known, Value
from mapper.expressions.code.writer import FunctionWriter, ModuleWriter
from mapper.expressions.parse import parse


def write(text: str) -> tuple[ModuleWriter, str]:
    """The module for an expression, and the name of its function, which takes a JSON value.

    Raises:
        jmespath.exceptions.JMESPathError: on wrong syntax.
        mapper.expressions.code.writer.TooLargeError: it comes to too much code.
    """
    module = ModuleWriter()
    writer = FunctionWriter(module)
    name = writer.fresh("value")
    found = Translator(writer, Plain(writer, Value(name, Known(JSON)))).value(parse(text))
    writer.add(ast.Return(found.code))
    return module, module.add("search", (name,), writer.finish())


def compiled(text: str) -> Callable[[Any], Any]:
    """The function for an expression; raises as :func:`write` does, and as jmespath does when it is run."""
    module, _ = write(text)
    function: Callable[[Any], Any] = module.compile("expression")
    return function
