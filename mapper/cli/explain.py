"""``mapper explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.options import Assignments, Destination, Format, Mappings, MaxCallSize
from mapper.cli.run_options import MAX_CALL_SIZE


def explain(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE",
            help="Where the call stands, as `mapper run` takes it, or a case of a snapshot; - for standard input."
            " Default: what is piped in.",
            show_default=False,
        ),
    ] = None,
    line: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Which line, or item, of the file. Default: the first call.", show_default=False
        ),
    ] = None,
    message_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The call that has this messageId.", show_default=False)
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Only this field of the request, such as details.title, and what is in it.",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this mapping, such as track or acme/track.", show_default=False),
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How it is written.")] = Format.TEXT,
    destination: Destination = None,
    mappings: Mappings = None,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="YAML or JSON file of settings; secrets are not looked at.", show_default=False
        ),
    ] = None,
    set_: Assignments = None,
    max_call_size: MaxCallSize = MAX_CALL_SIZE,
) -> None:
    """Show why a call becomes what it becomes: for each field the value it comes from, and what was tried before.

    Where no request comes of the call, it shows the rule, and the values that decided. Sends nothing and needs no keys.
    """
    from mapper.cli.explaining import Options, execute

    execute(
        Options(
            file=file,
            line=line,
            message_id=message_id,
            field=field,
            mapping=mapping,
            output=output.value,
            destinations=destination or [],
            mappings=mappings,
            settings_file=settings,
            assignments=set_ or [],
            max_call_size=max_call_size,
        )
    )
