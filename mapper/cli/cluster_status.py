"""What ``mapper status`` says of a queue in a cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mapper.app.ledger import Ledger
from mapper.app.metrics import as_metrics
from mapper.app.standing import as_json as plain
from mapper.app.standing import as_text, standing
from mapper.app.watching import Look, Looks
from mapper.base.clock import SystemClock
from mapper.base.json import encode
from mapper.cli.clustering import address_of, with_link
from mapper.cli.console import FINDINGS, Exit, complain
from mapper.cli.ledger import ledger_text
from mapper.cli.watching import show

if TYPE_CHECKING:
    from mapper.delivery.jetstream.link import Link
    from mapper.delivery.jetstream.view import ClusterView


def show_status(text: str, *, as_json: bool, as_prometheus: bool) -> None:
    """Write how it stands."""
    address = address_of(text)
    from mapper.delivery.jetstream.layout import partitions_of
    from mapper.delivery.jetstream.names import Names
    from mapper.delivery.jetstream.view import UNREAD, look

    async def work(link: Link) -> None:
        names = Names(address.name)
        found = await look(link, names, await partitions_of(link, names))
        now = round(SystemClock().wall() * 1000)
        if as_json:
            print(encode({**plain(found.view, now), "process": None, "workers": list(found.workers)}).decode())
        elif as_prometheus:
            sys.stdout.write(as_metrics(found.view, now))
        else:
            waiting = found.view.pending.total()
            ledger = Ledger.of(found.view.ledger)
            if UNREAD in found.view.pending:
                ledger.lines = ledger.read  # how many calls they are of is known once a worker has read them
            print(ledger_text(ledger, waiting=waiting))
            print(as_text(found.view, now, _who(found)), end="")
        if (
            not standing(found.view.ledger, found.view.pending).balances
            or min(found.view.pending.values(), default=0) < 0
        ):
            complain(
                "the ledger does not balance: something was lost or counted twice",
                "look again once nothing moves; if it stays so, this is a defect of mapper: please tell us",
            )
            raise Exit(FINDINGS)

    with_link(address, work)


def watch_status(text: str, every: float, *, as_json: bool) -> None:
    """Write how it stands each so many seconds, until interrupted."""
    address = address_of(text)
    from mapper.delivery.jetstream.layout import partitions_of
    from mapper.delivery.jetstream.names import Names
    from mapper.delivery.jetstream.view import look

    async def work(link: Link) -> None:
        names, clock, looks = Names(address.name), SystemClock(), Looks()
        partitions = await partitions_of(link, names)
        due = clock.now()
        while True:
            found = await look(link, names, partitions)
            looks.add(Look(round(clock.wall() * 1000), found.view, _who(found)))
            show(looks, str(address), as_json=as_json)
            due = max(due + every, clock.now())
            await clock.sleep(due - clock.now())

    with_link(address, work)


def _who(found: ClusterView) -> str:
    if not found.workers:
        return f"no worker is there; {found.partitions} partitions wait"
    rows = [
        f"worker {each['id']} ({each['host']}, process {each['process']}) has {len(each['partitions'])}"
        f" of {found.partitions} partitions"
        for each in found.workers
    ]
    return "\n".join(rows)
