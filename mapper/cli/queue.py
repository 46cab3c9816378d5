"""``mapper queue``: care for a queue file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from mapper.cli.console import fail
from mapper.cli.options import Format, is_cluster

queue: Final = typer.Typer(help="Care for the file of a queue.", no_args_is_help=True)


@queue.callback()
def _group() -> None:
    """With one command alone typer would leave out its name."""


@queue.command()
def check(
    path: Annotated[str, typer.Argument(metavar="QUEUE", help="The file given as --queue.")],
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Make the queue agree with itself. What can't be read becomes dead letters; a damaged file is kept.",
        ),
    ] = False,
    output: Annotated[Format, typer.Option("--format", "-f", help="JSON: one object.")] = Format.TEXT,
) -> None:
    """See whether a queue holds what it says that it holds; also while a run has it, unless it is repaired.

    Exits with 0 where it does or was repaired, 1 where something is wrong, 2 where nothing of it can be read.
    """
    if is_cluster(path):
        fail("this is for queues in files", "`mapper nats check` looks at one in a cluster")
    from mapper.cli.checking import check_queue

    check_queue(Path(path), repair_it=repair, as_json=output is Format.JSON)
