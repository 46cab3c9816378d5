"""``mapper coverage``."""

from __future__ import annotations

from typing import Annotated

import typer

from mapper.cli.options import Assignments, Destination, Format, Limit, Mappings, MaxCallSize
from mapper.cli.run_options import MAX_CALL_SIZE


def coverage(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Calls, as `mapper run` takes them. Default: the cases of your snapshots, else ./events.ndjson.",
            show_default=False,
        ),
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option(min=0, max=100, metavar="N", help="Exit with 1 where less is reached, in %.", show_default=False),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show every file line by line, not only those with something unreached.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="How it is written.")] = Format.TEXT,
    mutants: Annotated[
        bool,
        typer.Option(
            "--mutants",
            help="Make many small changes to the mappings, and show those that no call notices.",
        ),
    ] = False,
    limit: Limit = None,
    destination: Destination = None,
    mappings: Mappings = None,
    set_: Assignments = None,
    max_call_size: MaxCallSize = MAX_CALL_SIZE,
) -> None:
    """Show which fields, alternatives, keys, rules and defaults of mappings the cases of their snapshots reach.

    Sends nothing and needs no keys.
    """
    from mapper.cli.covering import Options, execute

    execute(
        Options(
            files=files or [],
            fail_under=fail_under,
            everything=everything,
            output=output.value,
            mutants=mutants,
            limit=limit,
            destinations=destination or [],
            mappings=mappings,
            assignments=set_ or [],
            max_call_size=max_call_size,
        )
    )
