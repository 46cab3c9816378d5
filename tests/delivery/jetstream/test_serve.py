"""Servers in front of a cluster: any number of them put, workers deliver."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.delivery.jetstream.faults import Field, call_of, playing, said
from tests.delivery.jetstream.kit import fresh
from tests.server.kit import CONFIG, KEY, serving
from tests.server.kit import Server as Node
from tests.support.awaiting import PATIENCE, await_
from tests.support.nats import Server
from tests.support.sandbox import RunningSandbox, sandbox_process

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("nats")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with sandbox_process("natero") as found:
        yield found


@pytest.fixture
def field(server: Server, sandbox: RunningSandbox, tmp_path: Path) -> Iterator[Field]:
    sandbox.reset()
    with playing(tmp_path, str(fresh(server.url)), sandbox) as found:
        yield found


def post(client: httpx.Client, *calls: dict[str, object]) -> httpx.Response:
    return client.post("/v1/batch", json={"batch": list(calls), "writeKey": KEY})


def test_two_servers_put_and_a_worker_delivers(field: Field) -> None:
    """Without keys of destinations; a call that comes to both is delivered once."""
    field.init("--allow-one-replica")
    none = {"NATERO_AUTH_KEY": "", "NATERO_SEND_KEY": ""}
    queue = ("--queue", field.url)
    with (
        serving(field.folder, field.sandbox.base_url, *queue, env=none) as one,
        serving(field.folder, field.sandbox.base_url, *queue, env=none) as other,
    ):
        assert [one.wait_for("listening")[key] for key in ("queue", "pending")] == [field.url, 0]
        for number in range(0, 200, 2):
            assert post(one.client, call_of(number), call_of(number + 1)).status_code == 200
            assert post(other.client, call_of(number + 1)).status_code == 200
        assert 'mapper_pending{request="stream/unread"} 300' in one.client.get("/metrics").text
        with serving(field.folder, field.sandbox.base_url, *queue, env=none) as third:
            assert third.wait_for("listening")["pending"] == 300  # whoever put them
        worker = field.worker("--until-empty")
        assert worker.wait(PATIENCE) == 0, field.logs()
        assert "mapper_delivered_total 200" in other.client.get("/metrics").text
        assert (one.stop(), other.stop()) == (0, 0)
        assert (one.wait_for("stopped")["pending"], other.wait_for("stopped")["pending"]) == (0, 0)
    assert sorted(number for _, number in field.arrived()) == list(range(200))
    found = field.status()
    assert (found["read"], found["delivered"], found["skipped"], found["balances"]) == (300, 200, 100, True)


def test_a_bound_that_has_no_effect_here_is_said_to_have_none(field: Field) -> None:
    field.init("--allow-one-replica")
    queue = ("--queue", field.url)
    with serving(field.folder, field.sandbox.base_url, *queue, config=f"most_pending: 1\n{CONFIG}") as node:
        said = node.wait_for("most_pending has no effect")
        assert (said["level"], "--max-bytes" in said["help"], said["queue"]) == ("warning", True, field.url)
        assert post(node.client, *map(call_of, range(5))).status_code == 200
    with serving(field.folder, field.sandbox.base_url, *queue) as node:
        assert not any("most_pending" in line for line in node.text)


PROBES = 1_000
"""The number of the first call that only shows whether somebody is told."""


def seen(field: Field, log: str) -> list[dict[str, Any]]:
    """What a watcher has shown, but for what it was told of probes."""
    lines = (field.folder / log).read_text().splitlines(keepends=True)
    found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
    return [each for each in found if int(each.get("message_id", "m0")[1:]) < PROBES]


def probe(field: Field, node: Node) -> int:
    """Send calls until both watchers are told what becomes of them: whoever came later was asked by then. How many."""
    numbers = count(PROBES)

    def told() -> bool:
        assert post(node.client, call_of(next(numbers))).status_code == 200
        return all('"delivered"' in (field.folder / log).read_text() for log in ("log0", "log3"))

    await_(told, tell=field.logs)
    field.finish()
    return next(numbers) - PROBES


def test_whoever_watches_is_told_by_servers_and_workers(field: Field) -> None:
    field.init("--allow-one-replica")
    with serving(field.folder, field.sandbox.base_url, "--queue", field.url) as node:
        all_of_it = field.start("tail", field.url, "-f", "json")
        said(field.folder / "log0", "watching nats://")
        field.worker()
        said(field.folder / "log1", "8 of 8 partitions are here")
        looking = field.start("status", field.url, "--watch", "--every", "200ms", "-f", "json")
        chosen = field.start("tail", field.url, "-f", "json", "--outcome", "delivered", "--payload")
        said(field.folder / "log3", "watching nats://")
        probes = probe(field, node)
        field.sandbox.fault({"status": 503, "times": 1})
        assert post(node.client, *map(call_of, range(4))).status_code == 200
        assert node.client.post("/v1/batch", json={"batch": [], "writeKey": "unknown"}).status_code == 401
        expected = {"queued": 4, "refused": 1, "retry": 1, "delivered": 4}
        await_(lambda: Counter(each["outcome"] for each in seen(field, "log0")) == expected, tell=field.logs)
        await_(lambda: len(seen(field, "log3")) == 4, tell=field.logs)
        said(field.folder / "log2", f'"delivered":{4 + probes}')
        for watcher in (all_of_it, chosen, looking):
            watcher.send_signal(signal.SIGINT)
            assert watcher.wait(PATIENCE) == 130
    looks = [json.loads(line) for line in (field.folder / "log2").read_text().splitlines() if line.startswith("{")]
    assert all(each["balances"] for each in looks) and looks[-1]["per_second"]["minute"]["delivered"] > 0
    assert Counter(each["outcome"] for each in seen(field, "log0")) == expected
    one = seen(field, "log3")[0]
    assert (one["source"], one["call"]["event"], one["body"]["session_id"][0]) == ("web", "Opened", "s")
    assert not any(
        KEY in path.read_text() or "sandbox-send-key" in path.read_text() for path in field.folder.glob("log*")
    )


def test_names_that_no_server_knows_are_told_to_whoever_watches(field: Field) -> None:
    """Once there is a server: a worker knows no mappings."""
    field.init("--allow-one-replica")
    field.worker()
    said(field.folder / "log0", "8 of 8 partitions are here")
    field.start("tail", field.url, "--mapping", "bogus")
    said(field.folder / "log1", "watching nats://")
    time.sleep(4)
    assert "note" not in (field.folder / "log1").read_text()
    unknown = "no server that is there has a"
    with serving(field.folder, field.sandbox.base_url, "--queue", field.url):
        field.start("tail", field.url, "--mapping", "trakc", "--source", "ios", "--source", "bogus")
        said(field.folder / "log2", f"note: --source: {unknown} source or webhook `bogus`: there are batched, ios, ")
        said(field.folder / "log2", f"note: --mapping: {unknown} mapping `trakc`: did you mean `track`?")
        said(field.folder / "log1", f"note: --mapping: {unknown} mapping `bogus`: there are natero/alias, ")


def test_a_full_stream_has_servers_say_503_and_drops_nothing(field: Field) -> None:
    field.init("--allow-one-replica", "--max-bytes", "400KB")
    padding = {"properties": {"padding": "x" * 20_000}}
    accepted: set[int] = set()
    with serving(field.folder, field.sandbox.base_url, "--queue", field.url) as node:
        node.client.timeout = httpx.Timeout(10.0)
        number = 0
        with pytest.raises(httpx.ReadTimeout):  # it would be refused after 20 s
            while post(node.client, call_of(number, **padding)).status_code == 200:
                accepted.add(number)
                number += 1
        assert 5 < number < 100
        refused = post(node.client, call_of(1_000))  # at once, by now
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        ready = node.client.get("/ready")
        assert (ready.status_code, "the stream is full" in ready.text) == (503, True)
        assert field.status()["full"] and field.status()["max_bytes"] == 400_000
        assert "\nmapper_queue_full 1\n" in node.client.get("/metrics").text
        field.worker()
        node.wait_for("queue goes on")
        assert post(node.client, call_of(number, **padding)).status_code == 200  # it came before, and was not answered
        accepted.add(number)
        field.finish()
        assert node.stop() == 0
    assert {number for _, number in field.arrived()} == accepted
    found = field.status()
    assert (found["delivered"], found["bytes"], found["full"]) == (len(accepted), 0, False)
