"""``mapper nats``: the streams of a queue in a NATS cluster."""

from __future__ import annotations

from typing import Annotated, Final

import typer

nats: Final = typer.Typer(help="Make and check the streams of a queue in a NATS cluster.", no_args_is_help=True)

Queue = Annotated[
    str, typer.Argument(metavar="QUEUE", help="nats://host:4222/name, several hosts with commas between.")
]
Monitor = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="Where a server has its monitoring, such as http://host:8222; once for every server of the cluster.",
        show_default=False,
    ),
]
OneReplica = Annotated[bool, typer.Option("--allow-one-replica", help="Take one copy: what one disk loses is lost.")]
AnySync = Annotated[
    bool,
    typer.Option(
        "--allow-sync-interval",
        help="Take servers that acknowledge what is not on their disks, or that were not asked.",
    ),
]


@nats.command()
def init(
    queue: Queue,
    partitions: Annotated[
        int,
        typer.Option(
            min=1, max=256, metavar="N", help="Parts of the queue: at most so many workers deliver at a time."
        ),
    ] = 8,
    max_bytes: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Most bytes that wait, such as 50GB. Default: no limit.", show_default=False),
    ] = None,
    monitor: Monitor = None,
    allow_one_replica: OneReplica = False,
    allow_sync_interval: AnySync = False,
) -> None:
    """Check that a cluster keeps what it accepts, and make the streams and buckets of a queue, with three replicas.

    Exits with 0 where all is as it should be, 1 where something is not and nothing was made, 2 where it can't be made.
    """
    from mapper.cli.clustering import Allowed, init_cluster

    allowed = Allowed(one_replica=allow_one_replica, sync_interval=allow_sync_interval)
    init_cluster(queue, partitions, max_bytes, monitor or [], allowed)


@nats.command()
def check(
    queue: Queue,
    monitor: Monitor = None,
    allow_one_replica: OneReplica = False,
    allow_sync_interval: AnySync = False,
) -> None:
    """Check that streams and servers keep what they accept.

    Exits with 0 where they do, 1 where they may not, 2 where there is no such queue.
    """
    from mapper.cli.clustering import Allowed, check_cluster

    check_cluster(queue, monitor or [], Allowed(one_replica=allow_one_replica, sync_interval=allow_sync_interval))
