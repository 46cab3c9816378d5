"""``mapper run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.clustering import cluster_of
from mapper.cli.console import fail
from mapper.cli.options import (
    Assignments,
    BaseUrl,
    CaFile,
    Concurrency,
    Destination,
    GiveUpAfter,
    Grace,
    KeepDead,
    Limit,
    Mappings,
    MaxCallSize,
    Proxy,
    Quiet,
    Settings,
    Verbose,
    is_cluster,
)
from mapper.cli.run_options import CONCURRENCY, GRACE, MAX_CALL_SIZE, Options


def run(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files of Segment calls: NDJSON, a JSON array, one call, a batch envelope, dead letters of ours, each"
            " plain or gzip; folders of such; - for standard input. With --queue none is needed.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Send nothing; write each result as a line of JSON. Needs no keys.")
    ] = False,
    destination: Destination = None,
    mappings: Mappings = None,
    dead_letters: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Append what can't be delivered, with its reason. The file can be run again.",
            show_default=False,
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="QUEUE",
            help="Keep everything in this file until it is settled; a run that was cut off goes on where it was."
            " Or nats://host/name: put it into a cluster, where `mapper work` delivers it.",
            show_default=False,
        ),
    ] = None,
    keep_dead: KeepDead = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="Take only calls of this type; may be repeated.", show_default=False),
    ] = None,
    limit: Limit = None,
    from_line: Annotated[int, typer.Option(min=1, metavar="N", help="Begin at line N of the one file given.")] = 1,
    settings: Settings = None,
    set_: Assignments = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Deliver to a pretend destination on this machine; brings its own keys.")
    ] = False,
    base_url: BaseUrl = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    give_up_after: GiveUpAfter = None,
    grace: Grace = GRACE,
    concurrency: Concurrency = CONCURRENCY,
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Map in N processes; 1: in this one alone.")
    ] = 1,
    max_call_size: MaxCallSize = MAX_CALL_SIZE,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Map Segment calls and deliver what they become.

    The ledger goes to stderr: read = delivered + skipped + dead + pending.

    Exits with 0 where nothing is dead or pending, 1 otherwise, 2 where it
    can't begin, 130 when interrupted. What died in earlier runs of a queue
    counts in its ledger alone.
    """
    _execute(
        Options(
            paths=paths or [],
            dry_run=dry_run,
            destinations=destination or [],
            mappings=mappings,
            dead_letters=dead_letters,
            queue=None if queue is None or is_cluster(queue) else Path(queue),
            cluster=cluster_of(queue),
            keep_dead=keep_dead,
            only=only or [],
            limit=limit,
            from_line=from_line,
            settings_file=settings,
            assignments=set_ or [],
            sandbox=sandbox,
            base_url=base_url,
            ca_file=ca_file,
            proxy=proxy,
            give_up_after=give_up_after,
            grace=grace,
            concurrency=concurrency,
            workers=workers,
            max_call_size=max_call_size,
            verbose=verbose,
            quiet=quiet,
        )
    )


def _execute(options: Options) -> None:
    if options.workers == 1:
        from mapper.cli.running import execute

        execute(options)
        return
    from mapper.app.spawn import NoProcessError, spawned

    try:
        with spawned(options.workers) as channels:  # they begin while the next line does
            from mapper.cli.running import execute

            execute(options, channels)
    except NoProcessError as error:
        fail(str(error), error.help)
