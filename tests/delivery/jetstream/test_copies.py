"""Servers that are away, or whose copies are behind, as `mapper nats check` tells of them."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.copies import Copy, Look, _lasting
from mapper.delivery.jetstream.names import Names
from tests.cli.kit import Ended, quick
from tests.delivery.jetstream.faults import all_current, leader
from tests.support.awaiting import await_
from tests.support.nats import cluster

WELL = Copy(away=False, current=True, lag=0)
LATE = Copy(away=False, current=False, lag=7)
FAR = Copy(away=False, current=False, lag=5_000)
FARTHER = Copy(away=False, current=False, lag=4_000)
LATER = Copy(away=False, current=False, lag=9)
AWAY = Copy(away=True, current=False, lag=0)


@pytest.mark.parametrize(
    ("seen", "what"),
    [
        ([WELL, WELL], ""),
        ([LATE, WELL], ""),
        ([WELL, LATE], ""),
        ([AWAY, WELL], ""),
        ([LATE, LATER], ""),  # it gets what comes
        ([LATE, LATE], "not current: its copies are behind (q by 7)"),
        ([FAR, FARTHER], "not current: its copies are behind (q by 4,000)"),
        ([AWAY, AWAY], "away: its copies are not kept up"),
        ([LATE, AWAY], ""),
        ([FAR, AWAY], "not current: its copies are behind (q)"),
    ],
)
def test_what_lasts_is_found(seen: list[Copy], what: str) -> None:
    looks: list[Look] = [{("a", "q"): WELL, ("b", "q"): each} for each in seen]
    assert [(each.where, each.what) for each in _lasting(looks)] == ([("b", what)] if what else [])


def test_a_server_that_leads_at_times_is_not_behind() -> None:
    """It is no copy then, but what the others are copies of."""
    assert list(_lasting([{("b", "q"): LATE}, {("a", "q"): WELL}, {("b", "q"): LATE}])) == []


@pytest.mark.long
@pytest.mark.xdist_group("nats")
def test_servers_that_are_away_or_behind_are_named(tmp_path: Path) -> None:
    with cluster(tmp_path) as servers:
        queue = f"{servers.url}/q"
        names = Names("q")

        def check() -> Ended:
            monitors = [f"--monitor=http://127.0.0.1:{each.monitor}" for each in servers.servers]
            return quick("nats", "check", queue, *monitors, "--allow-sync-interval", cwd=tmp_path)

        async def put() -> None:
            async with connected(parse(queue)) as link:
                for _ in range(3):
                    await link.publish(names.parcels(0, 1), b"")

        made = quick("nats", "init", queue, "--allow-sync-interval", cwd=tmp_path)
        assert made.code == 0, made.err
        all_current(servers, queue)
        assert (check().code, "all is as it should be" in check().out) == (0, True)
        ahead = leader(servers, queue)
        victim, _ = (each for each in servers.servers if each is not ahead)
        victim.kill(signal.SIGSTOP)
        asyncio.run(put())
        behind = check()
        assert (behind.code, f"unsafe: {victim.name}: " in behind.out) == (1, True), behind.out
        assert "not current: its copies are behind (mapper-q by 3" in behind.out or "away: " in behind.out
        victim.goes_on()
        all_current(servers, queue)
        victim.kill()
        away = f"unsafe: {victim.name}: away: its copies are not kept up\n"
        await_(lambda: away in check().out, tell=lambda: check().out)  # the others learn of it in time
        found = check()
        assert (found.code, found.out.count(f"unsafe: {victim.name}: ")) == (1, 1)
        victim.start()
        victim.await_health()
        all_current(servers, queue)
        assert check().code == 0
