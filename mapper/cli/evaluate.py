"""``mapper eval``."""

from __future__ import annotations

from typing import Annotated

import typer


def evaluate(
    expression: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help='A JMESPath expression, such as "id(userId)".')
    ],
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Where the call stands; - for standard input. Default: what is piped in, else an example.",
            show_default=False,
        ),
    ] = None,
    line: Annotated[int, typer.Option(min=1, metavar="N", help="Which line, or item, of the file.")] = 1,
    full: Annotated[bool, typer.Option("--type", help="Also show the result's type.")] = False,
) -> None:
    """Try an expression on one call, and print its result as JSON.

    Names of `let` are not known here: an expression sees the call alone.
    """
    import json

    from jmespath import exceptions

    from mapper.base.json import JsonError, decode
    from mapper.cli.console import fail
    from mapper.cli.trying import first_call, show_failure, show_syntax
    from mapper.expressions.evaluate import build
    from mapper.expressions.parse import parse

    try:
        search = build(parse(expression))
    except exceptions.JMESPathError as error:
        show_syntax(error, expression)
    raw = first_call(file, line)
    try:
        result = search(decode(raw))
    except JsonError as error:
        fail(f"line {line} of {file or 'standard input'} is no call: {error}")
    except (exceptions.JMESPathError, TypeError, ValueError) as error:
        show_failure(error)
    print(json.dumps(result, indent=2, ensure_ascii=False, default=lambda _: "an expression reference"))
    if full:
        from mapper.cli.console import say

        say(f"type: {search_type(result)}")


def search_type(value: object) -> str:
    """JMESPath's name for the type of a result."""
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null" if value is None else "expref")
