"""``mapper status``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from mapper.cli.options import QueueName, is_cluster

_SHORTEST: Final = 0.1


class Format(StrEnum):
    """How the state is written."""

    TEXT = "text"
    JSON = "json"
    PROMETHEUS = "prometheus"


def status(
    queue: QueueName,
    output: Annotated[Format, typer.Option("--format", "-f", help="How the state is written.")] = Format.TEXT,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again, and show how quickly it changes.")
    ] = False,
    every: Annotated[str, typer.Option(metavar="TIME", help="Time between looks of --watch.")] = "2s",
) -> None:
    """Show what became of everything in a queue, also while a run or a server has it.

    Exits with 1 where the ledger does not balance, which is a defect of mapper.
    """
    if watch:
        _watch(queue, output, every)
    if is_cluster(queue):
        from mapper.cli.cluster_status import show_status

        show_status(queue, as_json=output is Format.JSON, as_prometheus=output is Format.PROMETHEUS)
        return
    from mapper.app.ledger import Ledger
    from mapper.app.metrics import as_metrics
    from mapper.app.standing import as_json, as_text, standing
    from mapper.base.clock import SystemClock
    from mapper.base.json import encode
    from mapper.cli.console import FINDINGS, Exit, complain, fail
    from mapper.cli.ledger import ledger_text
    from mapper.delivery.durable.errors import QueueFileError
    from mapper.delivery.durable.view import view

    try:
        found = view(Path(queue))
    except QueueFileError as error:
        fail(str(error), error.help)
    now = round(SystemClock().wall() * 1000)
    if output is Format.JSON:
        print(encode(as_json(found, now)).decode())
    elif output is Format.PROMETHEUS:
        sys.stdout.write(as_metrics(found, now))
    else:
        print(ledger_text(Ledger.of(found.ledger), waiting=found.pending.total()))
        print(as_text(found, now), end="")
    if not standing(found.ledger, found.pending).balances:
        help_ = f"this is a defect; tell us what `mapper queue check {queue}` says"
        complain("the ledger does not balance: something was lost or counted twice", help_)
        raise Exit(FINDINGS)


def _watch(queue: str, output: Format, every: str) -> None:
    from mapper.authoring.quantities import span
    from mapper.cli.console import fail
    from mapper.cli.watching import watch

    seconds = span(every)
    if not seconds or seconds < _SHORTEST:
        fail(f"--every: can't take `{every}`", "write a time of 100ms or more, such as 2s")
    if output is Format.PROMETHEUS:
        fail("--watch shows text or JSON", "leave --watch out: Prometheus looks for itself")
    if is_cluster(queue):
        from mapper.cli.cluster_status import watch_status

        watch_status(queue, seconds, as_json=output is Format.JSON)
    watch(Path(queue), seconds, as_json=output is Format.JSON)
