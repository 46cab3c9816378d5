"""``mapper dead``: what could not be delivered, and stands in a queue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from mapper.cli.clustering import cluster_of
from mapper.cli.options import (
    Assignments,
    BaseUrl,
    CaFile,
    Concurrency,
    Destination,
    Format,
    GiveUpAfter,
    Grace,
    Mappings,
    Proxy,
    QueueName,
    Quiet,
    Settings,
    Verbose,
    is_cluster,
)
from mapper.cli.run_options import CONCURRENCY, GRACE, Options

dead: Final = typer.Typer(help="What could not be delivered: look at it, replay it, drop it.", no_args_is_help=True)


Ids = Annotated[
    list[int] | None,
    typer.Argument(metavar="ID", help="Numbers of letters, as `list` shows them.", show_default=False),
]
Reason = Annotated[
    list[str] | None,
    typer.Option(
        metavar="REASON",
        help="invalid, unmappable, rejected, expired, too_large or damaged, or part of the cause; may be repeated.",
        show_default=False,
    ),
]
Type = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Of calls of this type; may be repeated.", show_default=False),
]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--mapping", metavar="NAME", help="Mapping, or destination/mapping; may be repeated.", show_default=False
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Died then or later: 2026-01-31T08:00 (UTC), or 7d for an age.", show_default=False
    ),
]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Died before: likewise.", show_default=False)]
Output = Annotated[Format, typer.Option("--format", "-f", help="JSON: one object a line.")]


@dead.command("list")
def list_(
    queue: QueueName,
    ids: Ids = None,
    reason: Reason = None,
    type_: Type = None,
    mapping: Mapping = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Show the newest N. Default: 50 as text, all as JSON.", show_default=False
        ),
    ] = None,
    output: Output = Format.TEXT,
) -> None:
    """List dead letters, the newest first; also while a run has the queue."""
    from mapper.cli.letters import choose, list_letters

    chosen = choose(ids, reason, type_, mapping, since, until)
    if is_cluster(queue):
        from mapper.cli.cluster_letters import list_in_cluster

        list_in_cluster(queue, chosen, limit, as_json=output is Format.JSON)
        return
    list_letters(Path(queue), chosen, limit, as_json=output is Format.JSON)


@dead.command()
def show(
    queue: QueueName,
    letter: Annotated[int, typer.Argument(metavar="ID", help="Its number, as `list` shows it.")],
    output: Output = Format.TEXT,
) -> None:
    """Show all that is known of a dead letter: its cause, its call, and the body that was sent."""
    from mapper.cli.letters import show_letter

    if is_cluster(queue):
        from mapper.cli.cluster_letters import show_in_cluster

        show_in_cluster(queue, letter, as_json=output is Format.JSON)
        return
    show_letter(Path(queue), letter, as_json=output is Format.JSON)


@dead.command()
def drop(
    queue: QueueName,
    ids: Ids = None,
    reason: Reason = None,
    type_: Type = None,
    mapping: Mapping = None,
    since: Since = None,
    until: Until = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Delete dead letters for good. The ledger goes on counting them as dead."""
    from mapper.cli.letters import choose, drop_letters

    chosen = choose(ids, reason, type_, mapping, since, until)
    if is_cluster(queue):
        from mapper.cli.cluster_letters import drop_in_cluster

        drop_in_cluster(queue, chosen, everything=everything)
        return
    drop_letters(Path(queue), chosen, everything=everything)


@dead.command()
def replay(
    queue: QueueName,
    ids: Ids = None,
    reason: Reason = None,
    type_: Type = None,
    mapping: Mapping = None,
    since: Since = None,
    until: Until = None,
    rate: Annotated[
        str, typer.Option(metavar="RATE", help="How many a second, minute or hour: 100/s, 90/m.")
    ] = "100/s",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Change nothing; show what each was beside what it would become.")
    ] = False,
    output: Annotated[
        Format, typer.Option("--format", "-f", help="Of --dry-run. JSON: one object a line.")
    ] = Format.TEXT,
    destination: Destination = None,
    mappings: Mappings = None,
    settings: Settings = None,
    set_: Assignments = None,
    base_url: BaseUrl = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    give_up_after: GiveUpAfter = None,
    grace: Grace = GRACE,
    concurrency: Concurrency = CONCURRENCY,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Map the calls of dead letters once more with today's mappings, and deliver what they become.

    What waits in the queue is sent too. What dies again is a letter again.

    Exits with 0 where all were delivered or skipped, 1 where something died
    again or is left, 2 where it can't begin, 130 when interrupted.
    """
    from mapper.cli.letters import choose
    from mapper.cli.replaying import Replaying, replay_letters

    replay_letters(
        Replaying(choose(ids, reason, type_, mapping, since, until), rate, as_json=output is Format.JSON),
        Options(
            queue=None if is_cluster(queue) else Path(queue),
            cluster=cluster_of(queue),
            dry_run=dry_run,
            destinations=destination or [],
            mappings=mappings,
            settings_file=settings,
            assignments=set_ or [],
            base_url=base_url,
            ca_file=ca_file,
            proxy=proxy,
            give_up_after=give_up_after,
            grace=grace,
            concurrency=concurrency,
            verbose=verbose,
            quiet=quiet,
        ),
    )
