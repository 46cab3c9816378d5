"""``mapper snap``: cases and their snapshots, without pytest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from mapper.app.locked import Locked

snap: Final = typer.Typer(
    help="Hold cases against their snapshots, see what changed, and accept or reject it.", no_args_is_help=True
)
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="Cases, as SET/MAPPING/NAME, a part of it or a pattern, or paths of files and folders. Default: all.",
        show_default=False,
    ),
]
Cases = Annotated[
    Path | None,
    typer.Option(
        "--cases",
        metavar="DIR",
        help="Folder of cases. Default: those that test files here and below lock with mapper.testing.",
        show_default=False,
    ),
]
All = Annotated[bool, typer.Option("--all", help="Everything that is pending.")]


@snap.command()
def test(
    names: Names = None,
    cases: Cases = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Name what does not fit, and show no diff.")] = False,
) -> None:
    """Compare, show what changed, and keep the new results as pending; nothing is written where CI is set.

    Exits with 1 where a snapshot changed, is missing or has no case.
    """
    locks = _locks(cases)
    from mapper.cli.snapping import test_cases

    test_cases(locks, names or [], quiet=quiet)


@snap.command()
def review(names: Names = None, cases: Cases = None) -> None:
    """Compare, and step through what changed: one key accepts or rejects each, or all that changed alike.

    Exits with 0 where every snapshot fits at the end; with 1 where something was not accepted, or has no case.
    """
    locks = _locks(cases)
    from mapper.cli.reviewing import review_changes

    review_changes(locks, names or [])


@snap.command()
def pending(names: Names = None, cases: Cases = None) -> None:
    """List the results that wait to be accepted or rejected."""
    locks = _locks(cases)
    from mapper.cli.snapping import list_pending

    list_pending(locks, names or [])


@snap.command()
def accept(names: Names = None, everything: All = False, cases: Cases = None) -> None:
    """Make pending results the snapshots."""
    locks = _locks(cases)
    from mapper.cli.snapping import accept_cases

    accept_cases(locks, names or [], everything=everything)


@snap.command()
def reject(names: Names = None, everything: All = False, cases: Cases = None) -> None:
    """Forget pending results; the snapshots stay as they are."""
    locks = _locks(cases)
    from mapper.cli.snapping import reject_cases

    reject_cases(locks, names or [], everything=everything)


@snap.command()
def prune(cases: Cases = None) -> None:
    """Delete snapshots and pending results that have no case, and say which."""
    locks = _locks(cases)
    from mapper.cli.snapping import prune_strays

    prune_strays(locks)


@snap.command()
def new(
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="File of calls; - for standard input.")],
    line: Annotated[int, typer.Option(min=1, metavar="N", help="Which line, or item, of the file.")],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Of the case. Default: after the event.")] = None,
    mapping: Annotated[
        str | None,
        typer.Option(metavar="SET/MAPPING", help="What it is a case of. Default: the one that takes the call."),
    ] = None,
    about: Annotated[str | None, typer.Option(metavar="TEXT", help="What the case shows, in one line.")] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="A value to leave as it is, such as properties.format; may be repeated."),
    ] = None,
    cases: Cases = None,
) -> None:
    """Make a case of a real call, with stand-ins for ids, names, addresses and all else that may identify somebody."""
    locks = _locks(cases)
    from mapper.cli.casing import make_case

    make_case(locks, source, line, mapping=mapping, name=name, about=about, keep=keep or [])


def _locks(cases: Path | None) -> list[Locked]:
    """What is locked here. To be called before anything of snapshots is imported, which needs syrupy."""
    from importlib.util import find_spec

    from mapper.base.extras import pip_install
    from mapper.cli.console import fail

    if not find_spec("syrupy"):
        fail("snapshots are kept by syrupy, which is not installed", pip_install("test"))
    from mapper.app.locks import find_locks
    from mapper.app.project import ProjectError

    try:
        return find_locks(Path(), cases)
    except ProjectError as error:
        fail(str(error), error.help)
