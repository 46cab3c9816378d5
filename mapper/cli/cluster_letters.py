"""What ``mapper dead list``, ``show`` and ``drop`` do with a queue in a cluster."""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING

from mapper.app.choosing import NoSuchLetterError, refuse
from mapper.base.json import encode
from mapper.cli.clustering import address_of, with_link
from mapper.cli.console import fail, say, wrapping
from mapper.delivery.durable.letters import Choice, Kept
from mapper.render import letters as shown_as

if TYPE_CHECKING:
    from mapper.delivery.jetstream.address import Address
    from mapper.delivery.jetstream.link import Link

_SHOWN = 50


def list_in_cluster(text: str, choice: Choice, limit: int | None, *, as_json: bool) -> None:
    """Write a table, or an object a line; the newest first."""
    most = limit if as_json else limit or _SHOWN
    newest: deque[Kept] = deque(maxlen=most)
    count = chosen_in_cluster(address_of(text), choice, newest)
    found = list(reversed(newest))
    if as_json:
        for kept in found:
            print(encode(shown_as.as_json(kept)).decode())
    elif not found:
        say("no dead letters" if choice == Choice() else "no dead letter fits")
    else:
        print("\n".join(shown_as.table(found, wrapping(sys.stdout))))
        if count > len(found):
            say(f"the newest {len(found):,} of {count:,}; --limit shows more, and filters choose")


def show_in_cluster(text: str, letter: int, *, as_json: bool) -> None:
    """Write all there is of one."""
    choice = Choice(ids=[letter])
    found: deque[Kept] = deque()
    chosen_in_cluster(address_of(text), choice, found)
    print(encode(shown_as.as_json(found[0])).decode() if as_json else "\n".join(shown_as.detail(found[0])))


def drop_in_cluster(text: str, choice: Choice, *, everything: bool) -> None:
    """Delete, and say how many."""
    if choice == Choice() and not everything:
        fail("say which dead letters to drop", "by number, by a filter such as --until 90d, or --all")
    found: deque[Kept] = deque()
    address = address_of(text)
    chosen_in_cluster(address, choice, found)
    from mapper.delivery.jetstream.letters import drop_letters
    from mapper.delivery.jetstream.names import Names

    async def work(link: Link) -> None:
        dropped = await drop_letters(link, Names(address.name), [kept.id for kept in found])
        print(f"dropped {dropped:,} dead letter{'' if dropped == 1 else 's'}")

    with_link(address, work)


def chosen_in_cluster(address: Address, choice: Choice, into: deque[Kept]) -> int:
    """Those chosen, oldest first, as many as there is room for; how many there are. Or the end of the command."""
    from mapper.delivery.jetstream.layout import partitions_of
    from mapper.delivery.jetstream.letters import Sought, letters
    from mapper.delivery.jetstream.names import Names

    numbers: set[int] = set()
    sought = Sought(choice)

    async def work(link: Link) -> None:
        names = Names(address.name)
        await partitions_of(link, names)  # where there is no such queue this says so
        async for kept in letters(link, names, choice, sought):
            into.append(kept)
            numbers.add(kept.id)

    with_link(address, work)
    try:
        refuse(sought.unknown())
    except NoSuchLetterError as error:
        fail(f"{address}: {error}", error.help)
    return len(numbers)
