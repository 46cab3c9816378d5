"""What ``mapper tail`` does with a queue in a cluster: ask all servers and workers, and print what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mapper.cli.clustering import address_of, with_link
from mapper.cli.console import say
from mapper.cli.tailing import show
from mapper.records.tail import Wanted

if TYPE_CHECKING:
    from mapper.delivery.jetstream.link import Link


def watch_cluster(text: str, wanted: Wanted, *, limit: int | None, as_json: bool) -> None:
    """Print what happens anywhere, until as much as was asked for has been printed."""
    address = address_of(text)
    from mapper.app.afar import entries
    from mapper.delivery.jetstream.layout import partitions_of
    from mapper.delivery.jetstream.names import Names

    async def work(link: Link) -> None:
        names = Names(address.name)
        await partitions_of(link, names)  # where there is no such queue this says so
        tellers = shown = 0
        waits = False
        async for entry in entries(link, names, wanted):
            if entry:
                show(entry + b"\n", as_json)
                shown += 1
                if shown == limit:
                    return
            elif entry is not None:
                tellers += 1
                if tellers == 1:
                    say(f"watching {address}; end with Ctrl-C")
            elif not tellers and not waits:
                waits = True
                say(f"{address}: no server and no worker is there yet; waiting")

    with_link(address, work, patient=True)
