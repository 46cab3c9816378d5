"""The commands as people use them, with one server that was not set up safely."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.kit import Ended, mapper, quick, track, write
from tests.delivery.jetstream.kit import fresh
from tests.support.nats import Server
from tests.support.sandbox import SandboxProcess, sandbox_process

UNSAFE = ("--allow-one-replica", "--allow-sync-interval")
KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}


@pytest.fixture
def sandbox() -> Iterator[SandboxProcess]:
    with sandbox_process("natero") as process:
        yield process


@pytest.fixture
def queue(server: Server) -> str:
    """Made, but for one test that makes its own."""
    return str(fresh(server.url))


def test_settings_that_lose_something_are_refused_unless_told(server: Server, queue: str, tmp_path: Path) -> None:
    monitor = f"http://127.0.0.1:{server.monitor}"
    absent = quick("nats", "check", queue, cwd=tmp_path)
    assert (absent.code, "there is no queue" in absent.err) == (2, True)
    three = quick("nats", "init", queue, cwd=tmp_path)
    assert (three.code, "3 replicas need a cluster of at least 3 servers" in three.err) == (2, True)
    one = quick("nats", "init", queue, "--monitor", monitor, "--allow-one-replica", cwd=tmp_path)
    assert one.code == 1
    name = queue.rpartition("/")[2]
    assert one.out == (
        f"made mapper-{name}, mapper-{name}-dead, mapper-{name}-seen, KV_mapper-{name}-state,"
        f" KV_mapper-{name}-leases\n"
        f"allowed: mapper-{name}, mapper-{name}-dead, mapper-{name}-seen, KV_mapper-{name}-state,"
        f" KV_mapper-{name}-leases: 1 replica\n"
        "  what one disk or machine loses is lost\n"
        f"unsafe: {monitor}: sync_interval is 120 s, not `always`\n"
        "  servers that lose power together lose what they acknowledged in the last 120 s\n"
        "  --allow-sync-interval takes it all the same\n"
    )
    told = quick("nats", "check", queue, *UNSAFE, cwd=tmp_path)
    assert (told.code, told.out.splitlines()[-1]) == (
        0,
        f"queue {name}: all is as it should be, but for what is allowed",
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nats", "check", "q.db"], "this is not the address of a NATS cluster"),
        (["work", "q.db"], "this is not the address of a NATS cluster"),
        (["run", "--queue", "nats://x"], "name a file of calls to put into the queue"),
        (["run", "in", "--queue", "nats://x", "-n"], "--dry-run sends nothing"),
        (["run", "in", "--queue", "nats://x", "--sandbox"], "--sandbox is for runs that deliver themselves"),
        (["run", "in", "--queue", "nats://x", "--keep-dead", "9d"], "--keep-dead is for queues in files"),
        (["status", "nats://x", "--watch", "-f", "prometheus"], "--watch shows text or JSON"),
        (["dead", "drop", "nats://x"], "say which dead letters to drop"),
        (["status", "nats://u:geheim@x y"], "can't read the hosts of this address"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    write(tmp_path / "in", track())
    done = quick(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert complaint in done.err
    assert "geheim" not in done.err


@pytest.mark.long
def test_from_a_file_through_the_cluster_to_the_destination(
    server: Server, queue: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    def told(*arguments: str | Path, code: int = 0, keys: bool = False) -> Ended:
        done = mapper(*arguments, cwd=tmp_path, env=KEYS if keys else {})
        assert done.code == code, done.err
        return done

    def standing() -> dict[str, object]:
        found: dict[str, object] = json.loads(told("status", queue, "-f", "json").out)
        return found

    def work() -> None:
        told("work", queue, "--until-empty", "--base-url", sandbox.base_url, keys=True)

    mapper("nats", "init", queue, *UNSAFE, cwd=tmp_path)
    users = [track(f"u{number}") for number in range(40)]
    write(tmp_path / "in", *users, track("u7"), track("x", timestamp=None), "no JSON")
    told("run", "in", "--queue", queue, code=1)  # needs no keys
    assert (standing()["pending"], standing()["workers"]) == (40, [])
    sandbox.fault({"status": 400, "times": 200})
    work()
    found = standing()
    assert [found[name] for name in ("read", "delivered", "skipped", "dead", "pending", "balances")] == [
        43,
        0,
        1,
        42,
        0,
        True,
    ]
    assert len(told("dead", "list", queue, "-f", "json").out.splitlines()) == 42
    (invalid,) = told("dead", "list", queue, "--reason", "invalid", "-f", "json").results
    assert "no JSON" in told("dead", "show", queue, str(invalid["id"])).out
    sandbox.reset()
    told("dead", "replay", queue, "--reason", "rejected", "--rate", "10000/s")
    assert len(told("dead", "list", queue, "-f", "json").out.splitlines()) == 2  # nobody replays them once more
    work()
    found = standing()
    assert [found[name] for name in ("read", "delivered", "dead", "dead_letters")] == [43, 40, 2, 2]
    assert sorted(event["user_id"] for event in sandbox.events) == sorted(f"u{number}" for number in range(40))
    assert told("dead", "drop", queue, "--all").out == "dropped 2 dead letters\n"
    assert "2 dropped by hand" in told("status", queue).out
    write(tmp_path / "in", *users, track("u7"), track("x", timestamp=None), "no JSON", track("new"))
    more = told("run", "in", "--queue", queue)
    assert "in: read up to line 43 before, going on from there" in more.err
    assert more.ledger["read"] == 1
