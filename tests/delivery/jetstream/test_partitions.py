"""A server that is cut off from the others and from us, and let back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.delivery.jetstream.faults import Field, leader, playing, write_calls
from tests.delivery.jetstream.kit import fresh
from tests.support.awaiting import PATIENCE, await_
from tests.support.namespaces import Machine, NotAllowedError, machines
from tests.support.nats import Cluster, Server, cluster
from tests.support.sandbox import sandbox_process
from tests.support.torture import scaled

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("nats")]
_CUT = 8.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    try:
        with machines(3) as homes, cluster(tmp_path_factory.mktemp("cluster"), machines=homes) as found:
            yield found
    except NotAllowedError:
        pytest.skip("no network namespaces can be made here")


@pytest.fixture
def field(servers: Cluster, tmp_path: Path) -> Iterator[Field]:
    with sandbox_process("natero") as sandbox, playing(tmp_path, str(fresh(servers.url)), sandbox) as found:
        found.init("--partitions", "4")
        yield found


def machine_of(server: Server) -> Machine:
    assert server.machine is not None
    return server.machine


def arrived(field: Field, count: int) -> bool:
    """Whether so many events are there."""
    return len(field.arrived()) >= count


@pytest.mark.parametrize("cut", [1, 2], ids=["the leader", "a majority"])
def test_a_node_cut_off(servers: Cluster, field: Field, cut: int) -> None:
    """Calls are put all the while; everything arrives after it is let back. With a majority away there is an election
    then, and leases may have run out."""
    path, count = field.folder / "in", 0
    places = 4
    workers = [field.worker("--concurrency", str(places)) for _ in range(2)]
    field.shared(len(workers))
    slowest = 0.0
    cuts = scaled(1, 10)
    for _ in range(cuts):
        write_calls(path, 500, count)
        assert field.put(path).wait(PATIENCE) == 0, field.logs()
        first = leader(servers, field.url)
        gone = [first, *(each for each in servers.servers if each is not first)][:cut]
        for each in gone:
            machine_of(each).cut_off()
        write_calls(path, 500, count + 500)
        count += 1000
        putting = field.put(path)
        time.sleep(_CUT)
        for each in gone:
            machine_of(each).let_back()
        healed = time.monotonic()
        assert putting.wait(PATIENCE) == 0, field.logs()
        await_(partial(arrived, field, count), tell=lambda: (len(field.arrived()), field.logs()))
        slowest = max(slowest, time.monotonic() - healed)
    field.finish()
    assert all(each.poll() is None for each in workers), field.logs()
    again = field.all_is_well(count, unseen=cuts * len(workers) * places)  # leases may have run out
    print(f"{count} events, {again} came twice; {slowest:.1f} s after it was let back at most")
