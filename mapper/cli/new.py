"""``mapper new``: files to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mapper.app.scaffold import Made

Mappings = Annotated[
    Path | None,
    typer.Option(
        "--mappings", "-m", metavar="DIR", help="Folder of mapping sets. Default: ./mappings.", show_default=False
    ),
]
new: Final = typer.Typer(help="Begin a destination or a mapping, with a first case.", no_args_is_help=True)


@new.command()
def destination(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its id, such as acme-crm.", show_default=False)],
    call_type: Annotated[
        str, typer.Option("--type", "-t", metavar="TYPE", help="Call type of its first mapping.")
    ] = "track",
    mappings: Mappings = None,
) -> None:
    """Begin a mapping set: destination.yaml, a schema of what it sends, a sandbox, a mapping, a case, its snapshot."""
    from mapper.app.scaffold import new_destination

    _make(lambda: new_destination(name, call_type, mappings))


@new.command()
def mapping(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as track.", show_default=False)],
    to: Annotated[
        str, typer.Option("--destination", "-d", metavar="NAME", help="Id of the mapping set.", show_default=False)
    ],
    call_type: Annotated[
        str, typer.Option("--type", "-t", metavar="TYPE", help="Type of the calls it accepts.", show_default=False)
    ],
    request: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What its requests are. Default: the set's first.", show_default=False),
    ] = None,
    mappings: Mappings = None,
) -> None:
    """Begin a mapping in a set that is there, with a case and its snapshot."""
    from mapper.app.scaffold import new_mapping

    _make(lambda: new_mapping(name, to, call_type, request, mappings))


def _make(make: Callable[[], Made]) -> None:
    from mapper.app.locked import shown
    from mapper.app.project import ProjectError
    from mapper.app.validate import examine
    from mapper.cli.console import FINDINGS, Exit, fail, note, say

    try:
        made = make()
        found = examine([made.mapping])
    except ProjectError as error:
        fail(str(error), error.help)
    for path in made.files:
        print(f"made {shown(path.absolute())}")
    for each in made.notes:
        note(each)
    if made.next:
        print(f"next: {made.next}")
    if found.diagnostics:
        import sys

        from mapper.cli.diagnose import print_text

        print_text(found.diagnostics, found.documents, sys.stdout)
        say("this is left to do in the new mapping")
        raise Exit(FINDINGS)
