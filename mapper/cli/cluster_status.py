"""What ``mapper status`` says of a queue in a cluster."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

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
    from mapper.delivery.jetstream.origin import require_own_stream
    from mapper.delivery.jetstream.view import look

    async def work(link: Link) -> None:
        names = Names(address.name)
        found = await look(link, names, await partitions_of(link, names))
        now = round(SystemClock().wall() * 1000)
        if as_json:
            more = {"process": None, "workers": list(found.workers), **_room_of(found)}
            print(encode({**plain(found.view, now), **more}).decode())
        elif as_prometheus:
            sys.stdout.write(as_metrics(found.view, now, found.room))
        else:
            waiting = found.view.pending.total()
            ledger = Ledger.of(found.view.ledger)
            if is_unread(found):
                ledger.lines = ledger.read  # how many calls they are of is known once a worker has read them
            print(ledger_text(ledger, waiting=waiting))
            print(as_text(found.view, now, _who(found)), end="")
        await require_own_stream(link, names)  # or else no ledger of it need balance
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
    from mapper.delivery.jetstream.origin import require_own_stream
    from mapper.delivery.jetstream.view import look

    async def work(link: Link) -> None:
        names, clock, looks = Names(address.name), SystemClock(), Looks()
        partitions = await partitions_of(link, names)
        due = clock.now()
        while True:
            await require_own_stream(link, names)
            found = await look(link, names, partitions)
            looks.add(Look(round(clock.wall() * 1000), found.view, _who(found), _room_of(found)))
            show(looks, str(address), as_json=as_json)
            due = max(due + every, clock.now())
            await clock.sleep(due - clock.now())

    with_link(address, work, patient=True)


def is_unread(found: ClusterView) -> bool:
    """Whether something waits that no worker has read."""
    from mapper.delivery.jetstream.view import UNREAD

    return UNREAD in found.view.pending


def _room_of(found: ClusterView) -> dict[str, Any]:
    return {"bytes": found.room.used, "max_bytes": found.room.bound, "full": found.room.full}


def _who(found: ClusterView) -> str:
    rows = [str(found.room)]
    rows += [
        f"worker {each['id']} ({each['host']}, process {each['process']}) has {len(each['partitions'])}"
        f" of {found.partitions} partitions"
        for each in found.workers
    ]
    if is_unread(found):
        rows.append("unread: no worker has it yet; what was skipped or died with it counts then")
    if not found.workers:
        rows.append("no worker is there: `mapper work` delivers what waits")
    return "\n".join(rows)
