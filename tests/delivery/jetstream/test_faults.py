"""What a cluster and its workers survive: everything arrives, in order per key."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.delivery.jetstream.faults import Field, all_current, call_of, leader, playing, write_calls
from tests.delivery.jetstream.kit import fresh
from tests.server.kit import KEY, serving
from tests.support.nats import Cluster, cluster
from tests.support.sandbox import SandboxProcess, sandbox_process
from tests.support.torture import scaled

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("nats")]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with sandbox_process("natero") as found:
        yield found


@pytest.fixture
def field(servers: Cluster, sandbox: SandboxProcess, tmp_path: Path) -> Iterator[Field]:
    sandbox.reset()
    with playing(tmp_path, str(fresh(servers.url)), sandbox) as found:
        found.init("--partitions", "4")
        yield found


def test_leaders_killed_again_and_again(servers: Cluster, field: Field) -> None:
    kills = scaled(30, 100)
    path = field.folder / "in"
    workers = [field.worker(), field.worker()]
    count = 0
    for _ in range(kills):
        write_calls(path, 300, count)
        count += 300
        putting = field.put(path)
        victim = leader(servers, field.url)
        victim.kill()
        time.sleep(0.5)
        victim.start()
        victim.await_health(40)
        assert putting.wait(60) == 0, field.logs()
        all_current(servers, field.url)
    field.finish()
    assert all(each.poll() is None for each in workers), field.logs()
    again = field.all_is_well(count)
    print(f"{kills} kills, {count} events, {again} came twice")


def settled(field: Field) -> int:
    return int(field.status()["delivered"])


def test_workers_killed_frozen_added_and_removed(field: Field) -> None:
    """A frozen one goes on when another has its partitions: what it says then counts for nothing."""
    path, count = field.folder / "in", 0

    def put(more: int) -> None:
        nonlocal count
        write_calls(path, more, count)
        count += more
        assert field.put(path).wait(60) == 0, field.logs()

    first, second = field.worker("--concurrency", "2"), field.worker("--concurrency", "2")
    put(2000)
    first.send_signal(signal.SIGKILL)
    put(500)
    started = time.monotonic()
    while settled(field) < count:
        assert time.monotonic() - started < 30, field.logs()
        time.sleep(0.3)
    third = field.worker()
    field.sandbox.fault({"delay": 2.0, "times": 6})  # so that requests are under way
    put(1000)
    second.send_signal(signal.SIGSTOP)
    put(500)
    started = time.monotonic()
    while settled(field) < count:
        assert time.monotonic() - started < 30, field.logs()
        time.sleep(0.3)
    second.send_signal(signal.SIGCONT)
    put(500)
    third.send_signal(signal.SIGTERM)
    assert third.wait(30) == 0, field.logs()
    put(500)
    field.finish()
    assert second.poll() is None, field.logs()
    again = field.all_is_well(count)
    assert again > 0  # what was under way was not known to have arrived
    print(f"{count} events, {again} came twice")


def test_the_whole_cluster_is_restarted(servers: Cluster, field: Field) -> None:
    path = write_calls(field.folder / "in", 3000)
    assert field.put(path).wait(60) == 0, field.logs()
    worker = field.worker("--concurrency", "1")
    for server in servers.servers:
        server.kill()
    for server in servers.servers:
        server.start()
    for server in servers.servers:
        server.await_health(60)
    field.finish()
    assert worker.poll() is None, field.logs()
    field.all_is_well(3000)


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
                before = answered
                victim = leader(servers, field.url)
                victim.kill()
                time.sleep(0.5)
                victim.start()
                victim.await_health(40)
                all_current(servers, field.url)
                while answered < before + 20 * batch:
                    assert thread.is_alive()
                    time.sleep(0.1)
        finally:
            over.set()
            thread.join()
        assert (one.stop(), other.stop()) == (0, 0)
    field.finish()
    assert worker.poll() is None, field.logs()
    numbers = [number for _, number in field.arrived()]
    assert set(range(answered)) <= set(numbers)
    assert set(numbers) <= set(range(answered + batch))  # the last one got no answer, perhaps
    print(f"{kills} kills, {answered} calls answered, {len(numbers) - len(set(numbers))} came twice")
