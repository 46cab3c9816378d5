"""Finding the call that an expression is tried on, and showing what is wrong with the expression."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Final, NoReturn

from jmespath.exceptions import JMESPathError, UnknownFunctionError

from mapper.base.json import encode
from mapper.base.suggest import did_you_mean
from mapper.cli.console import FINDINGS, Exit, await_terminal, complain, fail, say
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.syntax import explain
from mapper.intake.read import read_lines
from mapper.intake.sources import IntakeError, find_sources

EXAMPLE: Final = {
    "type": "track",
    "messageId": "m-1",
    "userId": "u-1",
    "anonymousId": "a-1",
    "event": "Report Exported",
    "timestamp": "2024-05-06T10:15:00.000Z",
    "properties": {"format": "csv", "rows": 120},
    "context": {"app": {"version": "3.1.0"}, "groupId": "acct-1"},
}
"""What an expression is tried on where nobody gave a call."""


def first_call(file: str | None, line: int) -> bytes:
    """The bytes of the call at `line`, or the end of the command.

    Args:
        file: A path, or ``-`` for standard input. None: standard input too, unless somebody sits at it; then an
            example, so that nothing seems to hang.
        line: The line, or the item of an array.
    """
    if file is None and sys.stdin.isatty():
        raw = encode(EXAMPLE)
        say(f"no FILE given; tried on this call:\n  {raw.decode()}")
        return raw
    file = file or "-"
    await_terminal([file])
    try:
        (source, *_) = find_sources([file])
        found = next(islice(read_lines(source, from_line=line), 1), None)
    except IntakeError as error:
        fail(str(error), error.help)
    if found is None or found.number != line:
        name = "standard input" if file == "-" else file
        fail(f"{name} has no line {line}", "blank lines count; items of an array are counted from 1")
    return found.raw


def show_failure(error: Exception) -> NoReturn:
    """Say why an expression has no result on this call."""
    message, hint = " ".join(str(error).split()), None
    if isinstance(error, UnknownFunctionError):
        name = message.removeprefix("Unknown function: ").removesuffix("()")
        message = f"there is no function `{name}`"
        hint = did_you_mean(name, FUNCTIONS) or "`mapper functions` lists them all"
    fail(message, hint, FINDINGS)


def show_syntax(error: JMESPathError, expression: str) -> NoReturn:
    """Say what is wrong with an expression, with a caret under the character."""
    problem = explain(error, expression)
    complain(problem.message, problem.help)
    shown = expression.replace("\n", " ").replace("\t", " ")
    sys.stderr.write(f"  {shown}\n  {' ' * problem.start}{'^' * max(problem.length, 1)}\n")
    raise Exit(FINDINGS)
