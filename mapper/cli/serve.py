"""``mapper serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.options import Assignments, BaseUrl, CaFile, Destination, Grace, Mappings, Proxy, Settings
from mapper.cli.run_options import CONCURRENCY, GRACE, Options


def serve(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="YAML: sources and their write keys, webhooks. Or set MAPPER_WRITE_KEYS=web=KEY.",
            show_default=False,
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS:PORT", help="Listen there. Default: 127.0.0.1:8080, this machine only.", show_default=False
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="QUEUE",
            help="Keep everything in this file until it is settled. Default: queue.db."
            " Or nats://host/name: put it into a cluster, where `mapper work` delivers it.",
            show_default=False,
        ),
    ] = None,
    keep_dead: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Drop dead letters once they are as old as this, such as 90d. Default: keep them.",
            show_default=False,
        ),
    ] = None,
    destination: Destination = None,
    mappings: Mappings = None,
    settings: Settings = None,
    set_: Assignments = None,
    base_url: BaseUrl = None,
    ca_file: CaFile = None,
    proxy: Proxy = None,
    grace: Grace = GRACE,
    concurrency: Annotated[
        int, typer.Option(min=1, max=256, metavar="N", help="Most requests to destinations in flight.")
    ] = CONCURRENCY,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log each request.")] = False,
) -> None:
    """Take Segment calls over HTTP as they happen, map them and deliver what they become.

    Segment's libraries and webhooks talk to it. 200 means that a call is on the disk, or in the cluster.
    """
    from mapper.cli.serving import run_server

    run_server(
        config,
        {"listen": listen, "queue": queue},
        verbose=verbose,
        options=Options(
            keep_dead=keep_dead,
            destinations=destination or [],
            mappings=mappings,
            settings_file=settings,
            assignments=set_ or [],
            base_url=base_url,
            ca_file=ca_file,
            proxy=proxy,
            grace=grace,
            concurrency=concurrency,
        ),
    )
