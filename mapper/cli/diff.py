"""``mapper diff``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mapper.cli.options import Assignments, Destination, Limit, Mappings, MaxCallSize
from mapper.cli.run_options import MAX_CALL_SIZE


class Format(StrEnum):
    """How changes are written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OLD [NEW]",
            help="Folders of mappings, or git revisions; main..HEAD is two, main...HEAD begins where they parted."
            " Default: HEAD, and the folder as it is.",
            show_default=False,
        ),
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            "--events",
            "-e",
            metavar="FILE",
            help="Calls to try the mappings on, as `mapper run` takes them; may be repeated."
            " Default: the cases of your snapshots, else ./events.ndjson.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How changes are written.")] = Format.TEXT,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 where anything differs.")] = False,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Show the N most important changes; JSON has all.")] = 20,
    limit: Limit = None,
    destination: Destination = None,
    mappings: Mappings = None,
    set_: Assignments = None,
    max_call_size: MaxCallSize = MAX_CALL_SIZE,
) -> None:
    """Show what a change of mappings does to the requests: how often, by which line, with an example of each.

    Sends nothing and needs no keys.

    Exits with 0, with 1 under --exit-code where anything differs, with 2 where the versions can't be compared.
    """
    from mapper.cli.differing import Options, execute

    execute(
        Options(
            versions=versions or [],
            events=events or [],
            output=output.value,
            exit_code=exit_code,
            top=top,
            limit=limit,
            destinations=destination or [],
            mappings=mappings,
            assignments=set_ or [],
            max_call_size=max_call_size,
        )
    )
