"""The commands as people use them, with one server that was not set up safely."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.delivery.jetstream.address import parse
from mapper.delivery.jetstream.connecting import connected
from mapper.delivery.jetstream.denied import DeniedError
from tests.cli.kit import ROOT, Ended, mapper, quick, track, write
from tests.delivery.jetstream.faults import playing, said
from tests.delivery.jetstream.kit import fresh
from tests.server.kit import KEY, serving
from tests.support.awaiting import PATIENCE
from tests.support.mute import info, mute
from tests.support.nats import Server, cluster, one_server
from tests.support.ports import free_ports
from tests.support.sandbox import RunningSandbox, running_sandbox

UNSAFE = ("--allow-one-replica", "--allow-sync-interval")
KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture
def queue(server: Server) -> str:
    """Made, but for one test that makes its own."""
    return str(fresh(server.url))


def test_settings_that_lose_something_are_refused_unless_told(server: Server, queue: str, tmp_path: Path) -> None:
    monitor = f"http://127.0.0.1:{server.monitor}"
    absent = quick("nats", "check", queue, cwd=tmp_path)
    assert (absent.code, "there is no queue" in absent.err) == (2, True)
    three = quick("nats", "init", queue, "--allow-sync-interval", cwd=tmp_path)
    assert (three.code, "3 replicas need a cluster of at least 3 servers" in three.err) == (2, True)
    one = quick("nats", "init", queue, "--monitor", monitor, "--allow-one-replica", cwd=tmp_path)
    assert one.code == 1
    name = queue.rpartition("/")[2]
    streams = f"mapper-{name}, mapper-{name}-dead, mapper-{name}-seen, KV_mapper-{name}-state, KV_mapper-{name}-leases"
    assert one.out == (
        f"allowed: {streams}: 1 replica\n"
        "  risk: what its one disk or machine loses is lost\n"
        "unsafe: a: sync_interval is 120 s, not `always`\n"
        "  risk: where all servers lose power at once, what they took in the last 120 s is lost\n"
        "  help: set `sync_interval: always` in its `jetstream { … }` and restart it\n"
        "        or take the risk: --allow-sync-interval\n"
        f"queue {name} is refused: nothing was made or changed\n"
    )
    nothing = quick("nats", "check", queue, cwd=tmp_path)
    assert (nothing.code, "there is no queue" in nothing.err) == (2, True)
    made = quick("nats", "init", queue, *UNSAFE, cwd=tmp_path)
    assert (made.code, f"made {streams}\n" in made.out) == (0, True)
    assert f"note: nothing bounds queue {name}: " in made.err
    told = quick("nats", "check", queue, *UNSAFE, cwd=tmp_path)
    assert (told.code, told.out.splitlines()[-1]) == (
        0,
        f"queue {name}: all is as it should be, but for what is allowed",
    )


def test_what_a_queue_that_is_there_keeps_is_said(queue: str, tmp_path: Path) -> None:
    """Not that all is well alone, as if it had been done."""
    name = queue.rpartition("/")[2]

    def init(*wishes: str) -> str:
        done = quick("nats", "init", queue, *UNSAFE, *wishes, cwd=tmp_path)
        assert done.code == 0, done.err
        return done.err

    assert init("--max-bytes", "2GB") == ""
    assert init("--max-bytes", "2GB") == init() == ""
    bound = f"queue {name} takes 2,000,000,000 bytes at most and goes on so"
    edit = f"`nats stream edit mapper-{name} --max-bytes 3000000000` changes that"
    assert init("--max-bytes", "3GB") == f"note: {bound}; {edit}\n"
    assert "has 8 partitions and keeps them" in init("--partitions", "9")


def test_findings_fit_a_terminal(queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mapper.cli.clustering.wrapping", lambda _: 60)
    monkeypatch.setattr("mapper.cli.clustering.colored", lambda _: True)
    done = quick("nats", "init", queue, "--allow-one-replica", cwd=tmp_path)
    assert done.out.startswith("\x1b[33mallowed\x1b[0m: mapper-")
    assert all(len(re.sub("\x1b.*?m", "", line)) <= 60 for line in done.out.splitlines())
    assert "\n\x1b[1;31munsafe\x1b[0m: the servers: nobody asked how they write to their\ndisks\n  risk: " in done.out
    assert "\n        or take the risk: --allow-sync-interval\n" in done.out


def test_a_monitor_that_says_nothing_is_named_without_its_password(server: Server, queue: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    monitor = f"http://u:geheim@127.0.0.1:{port}"
    done = quick("nats", "init", queue, "--monitor", monitor, "--allow-one-replica", cwd=tmp_path)
    assert (done.code, f"unsafe: http://127.0.0.1:{port}: no NATS server" in done.out) == (1, True)
    assert "geheim" not in done.out + done.err


async def _streams(url: str) -> object:
    async with connected(parse(url)) as link:
        return (await link.ask("STREAM.NAMES"))["streams"]


def test_what_was_made_goes_again_where_the_rest_can_not_be_made(tmp_path: Path) -> None:
    """The first stream is all that there is room for: the others can't be made beside it."""
    with one_server(
        tmp_path, more="accounts {X: {jetstream: {max_streams: 2}, users: [{user: u, password: p}]}}"
    ) as own:
        url = f"{own.url.replace('//', '//u:p@')}/q"
        done = quick("nats", "init", url, *UNSAFE, cwd=tmp_path)
        assert (done.code, "can't be made" in done.err) == (2, True)
        assert asyncio.run(_streams(url)) is None


@pytest.mark.long
def test_every_server_of_a_cluster_is_asked_how_it_writes(tmp_path: Path) -> None:
    """One of three does not wait for its disk: who asks the others alone is not told that all is well."""
    with cluster(tmp_path, lazy=["b"]) as servers:
        monitors = [("--monitor", f"http://127.0.0.1:{each.monitor}") for each in servers.servers]
        queue = f"{servers.url}/q"

        def asked(command: str, *at: int) -> Ended:
            return quick("nats", command, queue, *(each for number in at for each in monitors[number]), cwd=tmp_path)

        one = asked("init", 0, 0)
        assert (one.code, "b, c: not asked how they write to their disks (1 of 3 servers told)" in one.out) == (1, True)
        assert "--monitor http://HOST:8222, once for each" in one.out
        two = asked("init", 0, 2)
        assert (two.code, "unsafe: b: not asked" in two.out) == (1, True)
        all_three = asked("init", 0, 1, 2)
        assert (all_three.code, "unsafe: b: sync_interval is 120 s" in all_three.out) == (1, True)
        assert asked("check", 0, 1, 2).code == 2  # nothing was made
        told = quick("nats", "init", queue, *monitors[0], "--allow-sync-interval", cwd=tmp_path)
        assert (told.code, "allowed: b, c: not asked" in told.out) == (0, True)
        servers.servers[1].heal()
        servers.servers[1].await_health()
        safe = asked("check", 0, 1, 2)
        assert (safe.code, safe.out) == (0, "queue q: all is as it should be\n")
        with one_server(tmp_path / "other", sync="always") as other:
            elsewhere = quick("nats", "check", queue, "--monitor", f"http://127.0.0.1:{other.monitor}", cwd=tmp_path)
        assert (elsewhere.code, "not asked how they write" in elsewhere.out) == (1, True)


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
        (["nats", "init", "nats://x", "--max-bytes", "0"], "--max-bytes: can't read `0`"),
        (["nats", "check", "nats://x", "--monitor", "u:geheim@x:8222"], "--monitor: this is no address of a server's"),
        (["status", "nats://u:geheim@x y"], "can't read the hosts of this address"),
        (["queue", "check", "nats://u:geheim@x/q"], "this is for queues in files"),
        *(
            (each, "the queue is neither a file nor the address of a NATS cluster")
            for each in (
                ["status", "NATS://u:geheim@x/q"],
                ["tail", "nats:/u:geheim@x/q"],
                ["dead", "list", "ws://u:geheim@x/q"],
                ["queue", "check", "nat://u:geheim@x/q"],
                ["run", "in", "--queue", "nat://u:geheim@x/q"],
                ["work", "nat://u:geheim@x/q"],
                ["nats", "init", "nat://u:geheim@x/q"],
            )
        ),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    write(tmp_path / "in", track())
    done = quick(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert complaint in done.err
    assert "geheim" not in done.err


@pytest.mark.long
def test_whoever_delivers_says_which_destination_is_paused_and_tries_it_again_after_a_minute(
    queue: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """A worker and a server, beside each other, for it takes a minute."""
    assert quick("nats", "init", queue, *UNSAFE, cwd=tmp_path).code == 0
    write(tmp_path / "in", track())
    sandbox.fault({"status": 401})
    (tmp_path / "server").mkdir()
    with (
        playing(tmp_path, queue, sandbox) as field,
        serving(tmp_path / "server", sandbox.base_url) as server,
    ):
        call = {**track("u2"), "messageId": "m2", "writeKey": KEY}
        assert server.client.post("/v1/track", json=call).status_code == 200
        assert field.put(tmp_path / "in").wait(30) == 0
        worker, log = field.worker(), tmp_path / "log1"
        said(log, "natero: HTTP 401 from ")
        assert "; tried again in a minute\n  help: look at the settings" in log.read_text()
        server.wait_for("destination paused")
        sandbox.client.delete("/faults")
        said(log, "natero: going on")
        assert server.wait_for("destination goes on")["destination"] == "natero"
        field.finish()
        assert server.settle()["delivered"] == 1
        worker.send_signal(signal.SIGTERM)
        assert (worker.wait(20), server.stop()) == (0, 0)
        assert "this worker: 1 delivered, 0 skipped, 0 dead" in log.read_text()


@pytest.mark.long
def test_every_command_says_soon_that_nobody_answers_and_ends(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Long before it gives up, and without the password."""
    (port,) = free_ports(1)
    queue, shown = f"nats://u:geheim@127.0.0.1:{port}/q", f"nats://127.0.0.1:{port}/q"
    write(tmp_path / "in", track())
    (tmp_path / "serve.yaml").write_text("sources: {web: {write_keys: [some-key-of-ours]}}\n")
    commands = {
        "status": ["status", queue],
        "dead": ["dead", "list", queue],
        "work": ["work", queue],
        "run": ["run", "in", "--queue", queue],
        "serve": ["serve", "--config", "serve.yaml", "--listen", "127.0.0.1:0", "--queue", queue],
    }
    with playing(tmp_path, queue, sandbox) as field:
        started = {
            name: (field.start(*each), tmp_path / f"log{at}") for at, (name, each) in enumerate(commands.items())
        }
        for _, log in started.values():
            said(log, "no server has answered yet")
        for name, (process, log) in started.items():
            assert process.wait(PATIENCE) == 2, name
            text = log.read_text()
            assert text.count(shown) == 2 and text.count("error: ") == 1, text
            assert text.index("no server has answered yet") < text.index("error: "), text
            assert f"error: {shown}: no NATS server answers there within 8 s" in text
            assert "geheim" not in text and "Traceback" not in text


@pytest.mark.long
def test_every_command_gives_up_a_server_that_takes_connections_and_hangs(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Also one that hangs once it was found to be there."""
    (tmp_path / "serve.yaml").write_text("sources: {web: {write_keys: [some-key-of-ours]}}\n")
    write(tmp_path / "in", track())
    with mute() as silent, mute(info(), pongs=True, jetstream=b"{}") as dazed, playing(tmp_path, "", sandbox) as field:
        commands = [
            *([*each, f"{_known(silent)}/q"] for each in COMMANDS),
            *([*each, f"{_known(dazed)}/q"] for each in COMMANDS if not WAIT.intersection(each)),
        ]
        for at, (command, process) in enumerate([(each, field.start(*each)) for each in commands]):
            assert process.wait(PATIENCE) == 2, command
            text = (tmp_path / f"log{at}").read_text()
            assert text.count("error: nats://127.0.0.1:") == 1 and "  help: " in text, text
            assert ("no NATS server answers" if silent[7:] in text else "the cluster does not answer") in text, text
            assert "geheim" not in text and "Traceback" not in text


def _known(url: str) -> str:
    return url.replace("//", "//u:geheim@")


COMMANDS = [
    ["nats", "init", "--allow-sync-interval"],
    ["nats", "check", "--allow-sync-interval"],
    ["run", "in", "--queue"],
    ["work"],
    ["serve", "--config", "serve.yaml", "--listen", "127.0.0.1:0", "--queue"],
    ["status"],
    ["status", "--watch"],
    ["dead", "list"],
    ["tail"],
]
WAIT = {"run", "work", "serve", "--watch", "tail"}
"""What waits for a cluster that was there, as long as it takes."""


@pytest.mark.long
def test_who_may_not_watch_is_told_so(tmp_path: Path) -> None:
    users = '[{user: all, password: p}, {user: ann, password: geheim, permissions: {publish: {deny: "mapper.*.tail"}}}]'
    with one_server(tmp_path, more=f"accounts {{X: {{jetstream: enabled, users: {users}}}}}") as own:
        made = quick("nats", "init", f"{own.url.replace('//', '//all:p@')}/q", *UNSAFE, cwd=tmp_path)
        assert made.code == 0, made.err
        done = quick("tail", f"{own.url.replace('//', '//ann:geheim@')}/q", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: the server does not let this user publish to mapper.q.tail\n  help: allow it in")
    assert "geheim" not in done.err


@pytest.mark.long
def test_the_documented_permissions_are_enough(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To make a queue, to put, to deliver, to watch and to drop; and not for what is none of mapper's."""
    monkeypatch.setenv("MAPPER_PASSWORD", "geheim")
    with one_server(tmp_path / "server", more=documented("accounts {")) as own:
        url = own.url.replace("//", "//mapper:geheim@") + "/q"
        with playing(tmp_path, url, sandbox) as field:
            field.init("--allow-one-replica")
            monitor = ("--monitor", f"http://127.0.0.1:{own.monitor}")
            checked = quick("nats", "check", url, *monitor, *UNSAFE, cwd=tmp_path)
            assert (checked.code, "not asked" in checked.out) == (0, False)
            field.worker()
            said(tmp_path / "log0", "8 of 8 partitions are here")
            watching = field.start("tail", url, "--limit", "3")
            said(tmp_path / "log1", "watching nats://")
            sandbox.fault({"status": 400, "times": 20})
            write(tmp_path / "in", *(track(f"u{number}") for number in range(3)))
            assert field.put(tmp_path / "in").wait(PATIENCE) == 0, field.logs()
            assert watching.wait(PATIENCE) == 0, field.logs()
            field.finish()
        assert quick("dead", "drop", url, "--all", cwd=tmp_path).out == "dropped 3 dead letters\n"
        assert asyncio.run(_refused(url)) == "the server does not let this user publish to other.subject"


def documented(begins: str) -> str:
    """A piece of a server's configuration, as docs/scaling.md has it."""
    pieces = (ROOT / "docs" / "scaling.md").read_text("utf-8").split("```")[1::2]
    (found,) = (piece for piece in pieces if piece.startswith(f"\n{begins}"))
    return found


async def _refused(url: str) -> str:
    async with connected(parse(url)) as link:
        with pytest.raises(DeniedError) as caught:
            await link.publish("other.subject", b"")
    return str(caught.value)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_while_it_connects_ends_at_once(
    number: signal.Signals, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with mute() as silent, playing(tmp_path, f"{silent}/q", sandbox) as field:
        write(tmp_path / "in", track())
        for at, code in enumerate((0, 130)):
            process = field.put(tmp_path / "in") if at else field.worker()
            said(tmp_path / f"log{at}", "no server has answered yet")
            process.send_signal(number)
            assert process.wait(PATIENCE) == code
        assert "error: " not in field.logs()  # it did not wait until nobody had answered


@pytest.mark.long
@pytest.mark.parametrize("signals", [1, 2])
def test_a_worker_told_to_stop_while_the_cluster_is_away_ends(
    signals: int, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Once the time is over that it has for requests in flight; at once where it is told twice."""
    with one_server(tmp_path / "server") as own, playing(tmp_path, f"{own.url}/q", sandbox) as field:
        field.init("--allow-one-replica")
        worker = field.worker("--grace", "1s" if signals == 1 else "1h")
        said(tmp_path / "log0", "8 of 8 partitions are here")
        own.kill()
        said(tmp_path / "log0", "does not answer")
        worker.send_signal(signal.SIGTERM)
        said(tmp_path / "log0", "stopping: ")
        if signals == 2:
            worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == (0 if signals == 1 else 130), field.logs()
        assert "Traceback" not in field.logs()


def test_what_names_no_letter_does_nothing(queue: str, tmp_path: Path) -> None:
    assert quick("nats", "init", queue, *UNSAFE, cwd=tmp_path).code == 0
    done = quick("dead", "drop", queue, "99", cwd=tmp_path)
    gone = "there is no dead letter 99\n  help: numbers are never used again: it was replayed or dropped, or never was"
    assert (done.code, done.out, done.err) == (2, "", f"error: {queue}: {gone}\n")
    done = quick("dead", "drop", queue, "--mapping", "track", cwd=tmp_path)  # good news: nothing has died
    assert (done.code, done.out, done.err) == (0, "dropped 0 dead letters\n", "")


@pytest.mark.long
def test_from_a_file_through_the_cluster_to_the_destination(
    server: Server, queue: str, sandbox: RunningSandbox, tmp_path: Path
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
    assert (
        "no dead letter is of `trak`\n  help: did you mean"
        in told("dead", "drop", queue, "--mapping", "trak", code=2).err
    )
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
