"""``mapper tail``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.console import fail
from mapper.cli.options import Format, is_cluster


class Outcome(StrEnum):
    """What became of it."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    DEAD = "dead"
    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"


def tail(
    queue: Annotated[
        str,
        typer.Argument(metavar="QUEUE", help="As given to `mapper serve --queue`: a file, or nats://host:4222/name."),
    ],
    source: Annotated[
        list[str] | None, typer.Option("--source", "-s", metavar="NAME", help="Only calls of this source or webhook.")
    ] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", "-t", metavar="TYPE", help="Only calls of this type.")
    ] = None,
    destination: Annotated[
        list[str] | None, typer.Option("--destination", "-d", metavar="NAME", help="Only what goes there.")
    ] = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--mapping", metavar="NAME", help="Only what this mapping takes.")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None,
        typer.Option("--outcome", "-o", metavar="OUTCOME", help=f"Only what ends so: {', '.join(Outcome)}."),
    ] = None,
    message_id: Annotated[list[str] | None, typer.Option("--message-id", metavar="ID", help="Only this call.")] = None,
    payload: Annotated[bool, typer.Option("--payload", help="Show calls and what they became, in full.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Stop after N.", show_default=False)
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="JSON: an object a line.")] = Format.TEXT,
) -> None:
    """Watch a running server: which calls come in, what they become, and how that ends. In a cluster, all of them.

    Options that choose may be repeated. Secrets are never shown, payloads only with --payload. Times are UTC.
    """
    _check(type_ or (), {"source": source, "destination": destination, "mapping": mapping, "message-id": message_id})
    from mapper.app.tail_entries import short
    from mapper.cli.far_tailing import watch_cluster
    from mapper.cli.tailing import watch
    from mapper.records.tail import Wanted

    wanted = Wanted(
        sources=frozenset(source or ()),
        types=frozenset(type_ or ()),
        destinations=frozenset(destination or ()),
        mappings=frozenset(mapping or ()),
        outcomes=frozenset(str(each) for each in outcome or ()),
        message_ids=frozenset(map(short, message_id or ())),
        payload=payload,
    )
    if is_cluster(queue):
        watch_cluster(queue, wanted, limit=limit, as_json=output is Format.JSON)
    else:
        watch(Path(queue), wanted, limit=limit, as_json=output is Format.JSON)


def _check(types: Sequence[str], others: Mapping[str, Sequence[str] | None]) -> None:
    """Refuse what nothing can ever be."""
    from mapper.base.suggest import did_you_mean
    from mapper.records.spec import CALL_TYPES

    for kind in types:
        if kind not in CALL_TYPES:
            fail(f"--type: there is no call type `{kind}`", did_you_mean(kind, CALL_TYPES) or ", ".join(CALL_TYPES))
    for name, values in others.items():
        if "" in (values or ()):  # of a shell's variable that is not set
            fail(f"--{name}: is empty", "leave it out to take all")
