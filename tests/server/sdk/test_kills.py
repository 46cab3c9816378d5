"""Segment's own libraries send calls of every type, unchanged but for the host, while the server is killed and started
again: what they took to be delivered arrives, and only what was in flight at a kill arrives twice."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import apsw
import pytest

from tests.delivery.runs.kit import KEYS, Shop, opened
from tests.delivery.runs.test_kills import DELAY, MOST, in_flight, settle
from tests.server.kit import Server, serving
from tests.server.sdk.kit import CLIENTS, SHOP, Told, client, free_address, require
from tests.server.sdk.python_client import TEXT
from tests.support.aiming import stop_while
from tests.support.awaiting import PATIENCE, await_
from tests.support.torture import scaled

KILLS: Final = scaled(9, 250)
PER_SECOND: Final = 60
LOCKED: Final = 0.5
"""Seconds for which nothing can be written, so that calls come in that are not on the disk."""
OPTIONS: Final = ("--concurrency", str(MOST // 20), "--grace", "2s")


class How(NamedTuple):
    """How a server ends.

    Attributes:
        aimed: While the destination has a request that it has not answered; else at some moment.
        locked: Once nothing could be written for a while.
    """

    signal: int
    aimed: bool = True
    locked: bool = False


ENDS: Final = (
    How(signal.SIGKILL, locked=True),
    How(signal.SIGKILL),
    How(signal.SIGKILL, aimed=False),
    How(signal.SIGKILL, locked=True),
    How(signal.SIGKILL),
    How(signal.SIGTERM, aimed=False),
)


@pytest.mark.long
@pytest.mark.parametrize("libraries", [CLIENTS[:2], CLIENTS[2:]], ids=" and ".join)
def test_killed_again_and_again(
    libraries: tuple[str, ...], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    for library in libraries:
        require(library)
    chance, address = random.Random(7), free_address()
    hits = unrecorded = 0
    aimed = sum(ENDS[number % len(ENDS)].aimed for number in range(KILLS))
    with ExitStack() as stack:
        shop = stack.enter_context(opened(tmp_path, "--keep", "1000000", files=SHOP))
        shop.sandbox.fault({"delay": DELAY})
        clients = [stack.enter_context(client(each, f"http://{address}", each, PER_SECOND)) for each in libraries]
        for number in range(KILLS):
            with start(shop, address) as server:
                end(server, shop, chance, ENDS[number % len(ENDS)])
            settle(shop)
            before, unrecorded = unrecorded, shop.taken - shop.delivered
            assert 0 <= unrecorded - before <= MOST
            assert unrecorded > before or not ENDS[number % len(ENDS)].aimed, "what was in flight is recorded"
            hits += unrecorded > before
        with start(shop, address) as server:
            told = [each.end() for each in clients]
            server.settle()
            assert server.stop() == 0
        twice = hold(shop, told)
    assert twice == unrecorded, "something came twice that was not in flight"
    made, failed = sum(len(each.made) for each in told), sum(len(each.failed) for each in told)
    record_property(
        "shown",
        f"{' and '.join(libraries)}: {KILLS} ends, {hits} with requests in flight ({aimed} aimed at some); {made:,}"
        f" calls, {failed:,} of which the library gave up; {twice:,} arrived twice, none was lost",
    )


def start(shop: Shop, address: str) -> AbstractContextManager[Server]:
    """A server at an address, that delivers to the shop."""
    options = ("--mappings", str(shop.mappings), "--listen", address, *OPTIONS)
    return serving(shop.folder, shop.sandbox.base_url, *options, env=KEYS)


def end(server: Server, shop: Shop, chance: random.Random, how: How) -> None:
    """End it by a signal once it sends: while a request is in flight, at some moment, or after the disk was locked."""
    before = shop.log.stat().st_size
    await_(lambda: shop.log.stat().st_size > before)
    with ExitStack() as stack:
        if how.locked:
            stack.enter_context(locked_in_flight(shop))
            time.sleep(LOCKED)
        elif how.aimed:
            stop_while(server.process, lambda: in_flight(shop), lambda: chance.uniform(0.0, DELAY))
        else:
            time.sleep(chance.uniform(0.0, 2 * DELAY))
        server.stop(how.signal)


@contextmanager
def locked_in_flight(shop: Shop) -> Iterator[None]:
    """Nothing can be written, since a moment at which a request was in flight."""
    with closing(apsw.Connection(str(shop.folder / "q.db"))) as other:
        other.set_busy_timeout(int(PATIENCE * 1000))
        deadline = time.monotonic() + PATIENCE
        while True:
            other.execute("BEGIN IMMEDIATE")
            if in_flight(shop):
                break
            other.execute("ROLLBACK")
            assert time.monotonic() < deadline
            time.sleep(0.005)
        yield


def hold(shop: Shop, told: list[Told]) -> int:
    """Hold what libraries told against what arrived, and against the ledger; how much arrived twice."""
    events = shop.events()
    arrived = Counter(event["n"] for event in events)
    delivered = frozenset().union(*(each.delivered for each in told))
    long = {each for each in delivered if each.endswith("-long")}
    assert delivered - long <= arrived.keys(), "lost"
    assert arrived.keys() <= delivered.union(*(each.failed for each in told)) - long, "nobody made it"
    assert {(event.get("price"), event["amount"], event["text"]) for event in events if "text" in event} == {
        (None, 1.5, TEXT)
    }
    state = shop.status()
    assert (state["delivered"], state["pending"]) == (len(arrived), 0)
    assert len(long) <= state["dead"] <= len(long) * KILLS
    assert state["read"] == state["delivered"] + state["skipped"] + state["dead"]
    return arrived.total() - len(arrived)
