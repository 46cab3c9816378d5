"""What a cluster and its workers survive: everything arrives, in order per key."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.delivery.jetstream.faults import Field, all_current, call_of, leader, playing, write_calls
from tests.delivery.jetstream.kit import fresh
from tests.server.kit import KEY, serving
from tests.support.awaiting import PATIENCE, await_
from tests.support.nats import Cluster, cluster
from tests.support.sandbox import RunningSandbox, sandbox_process
from tests.support.torture import scaled

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("nats")]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with sandbox_process("natero") as found:
        yield found


@pytest.fixture
def field(servers: Cluster, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Field]:
    sandbox.reset()
    with playing(tmp_path, str(fresh(servers.url)), sandbox) as found:
        found.init("--partitions", "4")
        yield found


def test_leaders_killed_again_and_again(servers: Cluster, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """In two clusters at a time: what takes long is that they choose another leader."""
    kills = scaled(30, 100) // 2
    sandbox.reset()
    with (
        cluster(tmp_path / "cluster") as others,
        sandbox_process("natero") as elsewhere,
        playing(folder_of(tmp_path, "one"), str(fresh(servers.url)), sandbox) as one,
        playing(folder_of(tmp_path, "other"), str(fresh(others.url)), elsewhere) as other,
        ThreadPoolExecutor(2) as threads,
    ):
        lost = list(threads.map(kill_leaders, (servers, others), (one, other), (kills, kills)))
    print(f"twice {kills} kills, {2 * 300 * kills} events, {sum(lost)} came twice")


def folder_of(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def kill_leaders(servers: Cluster, field: Field, kills: int) -> int:
    """So many, one after the other, with calls put all the while; how many events came twice.

    Workers live, and see every answer; but where leases ran out while there was no leader, their partitions move, and
    who has them then does not know what was under way.
    """
    field.init("--partitions", "4")
    path, places, count = field.folder / "in", 2, 0
    workers = [field.worker("--concurrency", str(places)) for _ in range(2)]
    field.shared(len(workers))
    before = field.shares()
    for _ in range(kills):
        write_calls(path, 300, count)
        count += 300
        putting = field.put(path)
        victim = leader(servers, field.url)
        victim.kill()
        time.sleep(0.5)
        victim.start()
        victim.await_health()
        assert putting.wait(PATIENCE) == 0, field.logs()
        all_current(servers, field.url)
    field.finish()
    assert all(each.poll() is None for each in workers), field.logs()
    return field.all_is_well(count, unseen=places * (field.shares() - before))


def settled(field: Field) -> int:
    return int(field.status()["delivered"])


def test_workers_killed_frozen_added_and_removed(field: Field) -> None:
    """One is killed and one frozen while a third comes; the frozen one goes on when the third has its partitions: what
    it says then counts for nothing."""
    path, count = field.folder / "in", 0

    def put(more: int) -> None:
        nonlocal count
        write_calls(path, more, count)
        count += more
        assert field.put(path).wait(PATIENCE) == 0, field.logs()

    places = 2
    first, second = (field.worker("--concurrency", str(places)) for _ in range(2))
    put(2000)
    field.sandbox.fault({"delay": 2.0, "times": 12})  # so that requests are under way
    put(1000)
    first.send_signal(signal.SIGKILL)
    second.send_signal(signal.SIGSTOP)
    third = field.worker()
    put(500)
    await_(lambda: settled(field) >= count, tell=field.logs)
    second.send_signal(signal.SIGCONT)
    put(500)
    third.send_signal(signal.SIGTERM)
    assert third.wait(PATIENCE) == 0, field.logs()
    put(500)
    field.finish()
    assert second.poll() is None, field.logs()
    again = field.all_is_well(count, unseen=2 * places)
    assert again > 0  # what was under way was not known to have arrived
    print(f"{count} events, {again} came twice")


def test_the_whole_cluster_is_restarted(servers: Cluster, field: Field) -> None:
    path = write_calls(field.folder / "in", 3000)
    assert field.put(path).wait(PATIENCE) == 0, field.logs()
    worker = field.worker("--concurrency", "1")
    for server in servers.servers:
        server.kill()
    for server in servers.servers:
        server.start()
    for server in servers.servers:
        server.await_health()
    field.finish()
    assert worker.poll() is None, field.logs()
    field.all_is_well(3000, unseen=1)  # the worker's lease may have run out


def test_what_servers_answered_with_200_arrives_though_leaders_are_killed(servers: Cluster, field: Field) -> None:
    """Clients go on sending to two servers in turn; who got no 200 sends again, with the same id."""
    kills, batch = scaled(2, 20), 10
    over = threading.Event()
    answered = 0

    def send(urls: Sequence[str]) -> None:
        nonlocal answered
        while not over.is_set():
            body = {"batch": [call_of(number) for number in range(answered, answered + batch)], "writeKey": KEY}
            with suppress(httpx.TransportError):
                if httpx.post(f"{urls[answered // batch % 2]}/v1/batch", json=body, timeout=25.0).status_code == 200:
                    answered += batch
            over.wait(0.02)

    def later(count: int) -> Callable[[], bool]:
        enough = answered + count
        return lambda: answered >= enough

    worker = field.worker()
    queue = ("--queue", field.url)
    with (
        serving(field.folder, field.sandbox.base_url, *queue) as one,
        serving(field.folder, field.sandbox.base_url, *queue) as other,
    ):
        thread = threading.Thread(target=send, args=([one.base_url, other.base_url],))
        thread.start()
        try:
            for _ in range(kills):
                more = later(20 * batch)
                victim = leader(servers, field.url)
                victim.kill()
                time.sleep(0.5)
                victim.start()
                victim.await_health()
                all_current(servers, field.url)
                await_(more, tell=lambda: [*one.text[-20:], *other.text[-20:]])
        finally:
            over.set()
            thread.join()
        assert (one.stop(), other.stop()) == (0, 0)
    field.finish()
    assert worker.poll() is None, field.logs()
    numbers = [number for _, number in field.arrived()]
    assert set(range(answered)) <= set(numbers)
    assert set(numbers) <= set(range(answered + batch))  # the last one got no answer, perhaps
    assert not field.repeated()
    print(f"{kills} kills, {answered} calls answered, none came twice")
