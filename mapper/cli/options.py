"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.console import fail

Mappings = Annotated[
    Path | None,
    typer.Option(
        "--mappings",
        "-m",
        metavar="DIR",
        help="Folder of mapping sets, or one set. Default: ./mappings, else those that ship with mapper.",
        show_default=False,
    ),
]
Destination = Annotated[
    list[str] | None,
    typer.Option(
        "--destination",
        "-d",
        metavar="NAME",
        help="Id of a mapping set; may be repeated. Default: those enabled.",
        show_default=False,
    ),
]
Settings = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="YAML or JSON file of settings, secrets included: name: value.", show_default=False
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting that is no secret; may be repeated."),
]
BaseUrl = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Send there instead: https, or this machine.", show_default=False),
]
CaFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Trust the certificates in this PEM file instead.", show_default=False),
]
Proxy = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Send through this proxy; none is taken from the environment.", show_default=False
    ),
]
GiveUpAfter = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Stop after this long without any success, such as 90s or 10m.", show_default=False
    ),
]
Grace = Annotated[str, typer.Option(metavar="TIME", help="Wait this long for requests in flight once told to stop.")]
Concurrency = Annotated[int, typer.Option(min=1, max=256, metavar="N", help="Most requests in flight.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also report each skipped call and each retry.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors; no progress, no ledger.")]
KeepDead = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Drop dead letters from the queue once they are as old as this, such as 90d. Default: keep them.",
        show_default=False,
    ),
]
Limit = Annotated[int | None, typer.Option(min=0, metavar="N", help="Stop after N calls.", show_default=False)]
MaxCallSize = Annotated[str, typer.Option(metavar="SIZE", help="Longest call that is read, such as 32KB or 1MB.")]


QueueName = Annotated[str, typer.Argument(metavar="QUEUE", help="The file, or nats://host/name, given as --queue.")]


class Format(StrEnum):
    """How what a command has to say is written."""

    TEXT = "text"
    JSON = "json"


def is_cluster(queue: str | None) -> bool:
    """Whether a queue is in a NATS cluster, and not in a file; the end of the command where it is neither."""
    if queue is None:
        return False
    from mapper.delivery.jetstream import address  # nobody else waits for it

    found = address.is_cluster(queue)
    if not found and not address.is_file(queue):
        fail(
            "the queue is neither a file nor the address of a NATS cluster",  # not repeated: it may hold a password
            "write a path, or nats://host:4222/name, several hosts with commas",
        )
    return found
