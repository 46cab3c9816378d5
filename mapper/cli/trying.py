"""Finding the call that an expression is tried on, and showing what is wrong with the expression."""

from __future__ import annotations

import sys
from itertools import islice
from typing import NoReturn

from jmespath.exceptions import JMESPathError

from mapper.cli.console import FINDINGS, Exit, complain, fail
from mapper.expressions.syntax import explain
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, find_sources


def first_call(file: str, line: int) -> bytes:
    """The bytes of the call at `line`, or the end of the command."""
    if file == "-" and sys.stdin.isatty():
        return b"null"
    try:
        (source, *_) = find_sources([file])
        found = next(islice(read_lines(source, from_line=line), 1), None)
    except IntakeError as error:
        fail(str(error), error.help)
    if found is None or found.number != line:
        fail(f"{file} has no line {line}", "blank lines count; items of an array are counted from 1")
    return found.raw


def show_syntax(error: JMESPathError, expression: str) -> NoReturn:
    """Say what is wrong with an expression, with a caret under the character."""
    problem = explain(error, expression)
    complain(problem.message, problem.help)
    shown = expression.replace("\n", " ").replace("\t", " ")
    sys.stderr.write(f"  {shown}\n  {' ' * problem.start}{'^' * max(problem.length, 1)}\n")
    raise Exit(FINDINGS)
