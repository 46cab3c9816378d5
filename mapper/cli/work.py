"""``mapper work``."""

from __future__ import annotations

from typing import Annotated

import typer

from mapper.cli.options import (
    Assignments,
    BaseUrl,
    CaFile,
    Concurrency,
    Destination,
    Grace,
    Mappings,
    Proxy,
    Quiet,
    Settings,
    Verbose,
)
from mapper.cli.run_options import CONCURRENCY, GRACE, Options


def work(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="nats://host:4222/name, as given to --queue.")],
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End once nothing waits; default: go on until told to stop.")
    ] = False,
    destination: Destination = None,
    mappings: Mappings = None,
    settings: Settings = None,
    set_: Assignments = None,
    base_url: BaseUrl = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    grace: Grace = GRACE,
    concurrency: Concurrency = CONCURRENCY,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Deliver what waits in a queue of a NATS cluster, together with any number of other workers.

    Each holds some of the queue's partitions; what one holds moves to the others when it goes.

    Exits with 0 when told to stop or when nothing waits, 2 where it can't begin, 130 when interrupted twice.
    """
    from mapper.cli.clustering import address_of

    cluster = address_of(queue)
    from mapper.cli.working import run_worker  # which needs the client, and address_of says so where it is missing

    run_worker(
        Options(
            cluster=cluster,
            destinations=destination or [],
            mappings=mappings,
            settings_file=settings,
            assignments=set_ or [],
            base_url=base_url,
            ca_file=ca_file,
            proxy=proxy,
            grace=grace,
            concurrency=concurrency,
            verbose=verbose,
            quiet=quiet,
        ),
        until_empty=until_empty,
    )
