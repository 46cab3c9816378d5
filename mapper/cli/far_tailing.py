"""What ``mapper tail`` does with a queue in a cluster: ask all servers and workers, and print what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mapper.cli.clustering import address_of, with_link
from mapper.cli.console import say
from mapper.cli.tailing import note_unknown, show
from mapper.records.tail import Known, Wanted

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
        known: Known | None = None
        shown, waits, noted = 0, False, False
        async for entry in entries(link, names, wanted):
            if isinstance(entry, bytes):
                show(entry + b"\n", as_json)
                shown += 1
                if shown == limit:
                    return
            elif entry is not None:
                if known is None:
                    say(f"watching {address}; end with Ctrl-C")
                known = entry if known is None else known.with_(entry)
            elif known is None and not waits:
                waits = True
                say(f"{address}: no server and no worker is there yet; waiting")
            elif known is not None and not noted:  # by now all have told what they know
                noted = known.mappings is not None  # workers know none
                note_unknown(wanted, known, "no server that is there has a")

    with_link(address, work, patient=True)
