"""`mapper tail` at a real server: both are processes."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mapper.app.tail_entries import address_of, socket_of
from tests.cli.kit import environment, quick, write
from tests.cli.test_queue import KEYS
from tests.server.kit import KEY, SECRET, Server, serving
from tests.support.awaiting import PATIENCE
from tests.support.sandbox import RunningSandbox

TIME = "2026-01-02T03:04:05.678Z"


class Watcher:
    """A `mapper tail` that listens by now."""

    def __init__(self, server: Server, *options: str, columns: int = 100) -> None:
        command = [sys.executable, "-m", "mapper", "tail", "q.db", *options]
        self.process = subprocess.Popen(
            command,
            cwd=server.folder,
            env=environment({"COLUMNS": str(columns)}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        assert self.process.stderr.readline() == "watching q.db; end with Ctrl-C\n"

    def end(self) -> str:
        """All it wrote until it ended by itself."""
        out, err = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, err) == (0, "")
        return out


@contextmanager
def watching(server: Server, *options: str) -> Iterator[Watcher]:
    watcher = Watcher(server, *options)
    try:
        yield watcher
    finally:
        watcher.process.kill()
        watcher.process.communicate()


def call(identity: str, user: str = "u1", **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "E", "userId": user, "messageId": identity, "timestamp": TIME, **more}


def send(server: Server, *calls: Any, key: str = KEY) -> int:
    return server.client.post("/v1/batch", json={"batch": calls, "writeKey": key}).status_code


def test_what_comes_in_what_it_becomes_and_how_that_ends(server: Server, sandbox: RunningSandbox) -> None:
    sandbox.fault({"match": {"user_id": "bad"}, "status": 400})
    with watching(server, "--limit", "7") as watcher:
        assert send(server, call("a1"), call("a2", "bad"), {"type": "page", "messageId": "a3"}, 7) == 200
        server.settle()
        assert send(server, call("a4"), key="wrong") == 401
        text = re.sub(r"^\S+ ", "", watcher.end(), flags=re.MULTILINE)
    sandbox.client.delete("/faults")
    lines = re.sub(r"\d\.\d\d s", "N s", text).splitlines()
    assert lines[:4] == [
        "queued    web      track    natero/track     a1",
        "queued    web      track    natero/track     a2",
        "skipped   web      page     natero           a3  no usable user id",
        "dead      web      -        -                -  unmappable: not a call: a number, where an object is expected",
    ]
    assert sorted(lines[4:6]) == [
        "dead      web      track    natero/track     a2  rejected: HTTP 400",
        "delivered web      track    natero/track     a1  N s",
    ]
    assert lines[6:] == ["refused   tracking  401: the write key is missing or unknown"]


def test_what_is_tried_again(server: Server, sandbox: RunningSandbox) -> None:
    sandbox.fault({"match": {"user_id": "late"}, "status": 500, "times": 1})
    with watching(server, "-o", "retry", "-o", "delivered", "--limit", "2") as watcher:
        assert send(server, call("again", "late")) == 200
        retried, delivered = watcher.end().splitlines()
    assert re.sub(r"in [\d.]+ s", "in N s", retried[13:]) == "retry     natero/event  HTTP 500; 1 event again in N s"
    assert delivered.endswith(" at try 2")


@contextmanager
def listening(server: Server, asked: dict[str, Any]) -> Iterator[socket.socket]:
    """The same without the command."""
    with socket.socket(socket.AF_UNIX) as found, address_of(socket_of(server.folder / "q.db")) as address:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        found.settimeout(PATIENCE)
        found.connect(address)
        found.sendall(json.dumps(asked).encode() + b"\n")
        known = b""
        while not known.endswith(b"\n"):
            known += found.recv(1)
        assert sorted(json.loads(known)["sources"]) == ["batched", "ios", "segment", "web"]
        yield found


FILTERS: list[tuple[dict[str, list[str]], list[str]]] = [
    ({"types": ["page", "identify"]}, ["page skipped", "who queued", "who delivered"]),
    ({"sources": ["ios"]}, ["phone queued", "phone delivered"]),
    ({"message_ids": ["one"]}, ["one queued", "one delivered"]),
    ({"destinations": ["natero"], "mappings": ["identify"]}, ["who queued", "who delivered"]),
    ({"mappings": ["natero/identify", "other/track"]}, ["who queued", "who delivered"]),
    ({"destinations": ["other"]}, []),
    ({"outcomes": ["skipped", "dead"]}, ["page skipped", "- dead"]),
]


@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_filters(server: Server, number: int) -> None:
    asked, expected = FILTERS[number]
    tag = f"{number} "  # no two tests send the same call
    asked = {key: [tag + "one" if value == "one" else value for value in values] for key, values in asked.items()}
    with listening(server, asked) as found:
        send(server, call(f"{tag}one"), {"type": "page", "messageId": f"{tag}page"}, 7)
        send(server, {**call(f"{tag}who"), "type": "identify"})
        send(server, call(f"{tag}phone"), key="ios-key")
        server.settle()
        seen: list[str] = []
        stream = found.makefile("rb")
        while len(seen) < len(expected):
            entry = json.loads(next(stream))
            seen.append(f"{entry.get('message_id', '-').removeprefix(tag)} {entry['outcome']}")
        found.settimeout(0.1)
        with pytest.raises(TimeoutError):  # that was all
            next(stream)
    assert sorted(seen) == sorted(expected)


def test_options_that_choose_and_an_end_by_interrupt(server: Server) -> None:
    chosen = ["-t", "track", "-s", "web", "-d", "natero", "--mapping", "track", "-o", "queued", "--message-id", "o1"]
    with watching(server, "--format", "json", *chosen, "--limit", "1") as one, watching(server, *chosen) as another:
        send(server, {**call("o1"), "type": "page"}, call("o2"), key="ios-key")
        send(server, call("o1"))
        assert json.loads(one.end())["message_id"] == "o1"
        another.process.send_signal(signal.SIGINT)
        out, err = another.process.communicate(timeout=PATIENCE)
    assert (another.process.returncode, len(out.splitlines()), err) == (130, 1, "")


CHOICES = [
    (["--mapping", "trakc"], "--mapping: the server has no mapping `trakc`: did you mean `track`?"),
    (
        ["--mapping", "track", "--mapping", "Natero/Track"],
        "--mapping: the server has no mapping `Natero/Track`: did you mean `natero/track`?",
    ),
    (
        ["--mapping", "bogus"],
        "--mapping: the server has no mapping `bogus`:"
        " there are natero/alias, natero/group, natero/identify, natero/page, natero/track",
    ),
    (["-d", "other"], "--destination: the server has no destination `other`: there are natero"),
    (
        ["-s", "bogus", "-s", "web", "-s", "segment"],
        "--source: the server has no source or webhook `bogus`: there are batched, ios, segment, web",
    ),
]


@pytest.mark.parametrize(("options", "said"), CHOICES)
def test_names_that_the_server_does_not_know(server: Server, options: list[str], said: str) -> None:
    """It goes on all the same."""
    with watching(server, *options) as watcher:
        assert watcher.process.stderr is not None
        assert watcher.process.stderr.readline() == f"note: {said}\n"
        watcher.process.send_signal(signal.SIGINT)
        out, err = watcher.process.communicate(timeout=PATIENCE)
    assert (watcher.process.returncode, out, err) == (130, "", "")


def test_a_long_message_id_is_found_though_it_is_shown_cut(server: Server) -> None:
    identity = "long" * 60
    with watching(server, "--format", "json", "--message-id", identity, "-o", "queued", "--limit", "1") as one:
        send(server, call("l1"), call(identity))
        assert json.loads(one.end())["message_id"] == identity[:200] + "…"


def test_payloads_are_shown_as_asked_and_secrets_never(server: Server) -> None:
    server.settle()  # what the tests before sent is no part of it
    mail = "somebody@example.com"
    pasted = ['\u00e9"' + key for key in (KEY, SECRET, *KEYS.values())]
    body = {**call("p1", event=f"{KEY}!", properties={"mail": mail, "pasted": pasted}), "writeKey": KEY}
    with (
        watching(server, "--format", "json", "--limit", "2") as plain,
        watching(server, "--format", "json", "--limit", "2", "--payload") as full,
        watching(server, "--limit", "2", "--payload") as text,
    ):
        assert server.client.post("/v1/track", json=body, auth=(KEY, "")).status_code == 200
        entries = [json.loads(line) for line in plain.end().splitlines()]
        said, shown = full.end(), text.end()
    assert [entry["outcome"] for entry in entries] == ["queued", "delivered"]
    assert not [entry for entry in entries if mail in str(entry)]
    queued, delivered = map(json.loads, said.splitlines())
    assert queued["call"]["properties"] == {"mail": mail, "pasted": ['\u00e9"***'] * len(pasted)}
    assert (queued["body"]["action"], queued["body"]["feature"]) == ("feature", "***!")
    assert delivered["call"] == queued["call"]
    assert delivered["seconds"] < 60
    assert f'"mail": "{mail}"' in shown
    assert not [key for key in (KEY, SECRET, *KEYS.values()) if key in said + shown]


def test_who_reads_slowly_is_told_how_much_was_left_out(server: Server) -> None:
    """And holds nobody up."""
    with listening(server, {"payload": True, "outcomes": ["queued"]}) as slow:
        for number in range(60):
            text = {"text": "x" * 30_000}
            assert send(server, *(call(f"s{number} {n}", properties=text) for n in range(15))) == 200
        server.settle()
        stream = slow.makefile("rb")
        entries: list[dict[str, Any]] = []
        while not entries or entries[-1]["outcome"] != "missed":
            entries.append(json.loads(next(stream)))
    assert 5 < len(entries) < 500
    assert entries[-1]["count"] == 900 - (len(entries) - 1)


def test_only_so_many_may_listen(server: Server) -> None:
    """Each costs the server memory. Who goes makes room."""
    assert server.client.get("/ready").status_code == 200  # it has seen by now that those before went
    with ExitStack() as stack, address_of(socket_of(server.folder / "q.db")) as address:
        for _ in range(15):
            stack.enter_context(listening(server, {}))
        with listening(server, {}), socket.socket(socket.AF_UNIX) as one_more:
            one_more.settimeout(PATIENCE)
            with suppress(ConnectionError):
                one_more.connect(address)
                assert one_more.recv(1) == b""
        assert server.client.get("/ready").status_code == 200
        stack.enter_context(listening(server, {}))


@pytest.mark.parametrize("asked", [b"{\n", b"[]\n", b"\xff\n", b"[" * 70_000, b'{"types":1}\n'])
def test_who_asks_for_nonsense_is_left(server: Server, asked: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as stranger, address_of(socket_of(server.folder / "q.db")) as address:
        stranger.connect(address)
        stranger.settimeout(PATIENCE)
        try:
            stranger.sendall(asked)
            assert stranger.recv(1) == b""
        except ConnectionError:
            pass
    assert server.client.get("/ready").status_code == 200


@pytest.mark.long
def test_it_ends_with_the_server_and_belongs_to_its_owner(tmp_path: Path, sandbox: RunningSandbox) -> None:
    folder = tmp_path / ("deep " * 20) / ("deeper " * 10)  # longer than a socket's path may be
    folder.mkdir(parents=True)
    with serving(folder, sandbox.base_url) as server:
        path = socket_of(folder / "q.db")
        assert path.stat().st_mode & 0o777 == 0o600
        server.process.kill()
        server.process.wait()
        assert path.exists()
    ended = quick("tail", "q.db", cwd=folder)
    assert (ended.code, ended.err) == (
        2,
        "error: q.db: no server has it\n  help: start one: mapper serve --queue q.db\n",
    )
    with serving(folder, sandbox.base_url) as server, watching(server) as watcher:
        assert server.stop() == 0
        out, err = watcher.process.communicate(timeout=PATIENCE)
        assert (watcher.process.returncode, out, err) == (0, "", "the server has ended\n")
        assert not path.exists()


@pytest.mark.long
def test_a_server_runs_without_where_the_socket_can_not_be_made(tmp_path: Path, sandbox: RunningSandbox) -> None:
    (tmp_path / "q.db.tail").mkdir()
    with serving(tmp_path, sandbox.base_url) as server:
        assert server.wait_for("nobody can watch")["because"] == "Address already in use"
        assert send(server, call("x1")) == 200
        assert server.stop() == 0
    assert (tmp_path / "q.db.tail").is_dir()


def test_what_is_no_server(tmp_path: Path, sandbox: RunningSandbox) -> None:
    missing = quick("tail", "q.db", cwd=tmp_path)
    assert missing.code == 2
    assert missing.err.startswith("error: q.db: no such file\n  help: ")
    write(tmp_path / "calls.ndjson", call("r1"))
    sandbox.fault({"hang": True})
    run = [sys.executable, "-m", "mapper", "run", "calls.ndjson", "--queue", "q.db", "--base-url", sandbox.base_url]
    process = subprocess.Popen(run, cwd=tmp_path, env=environment(KEYS), stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + PATIENCE
        while "and is no server" not in (said := quick("tail", "q.db", cwd=tmp_path).err):
            assert time.monotonic() < end, said
            time.sleep(0.1)
        assert f"error: q.db: process {process.pid} has it, and is no server that can be watched\n" in said
    finally:
        process.kill()
        process.wait()
        sandbox.client.delete("/faults")


def test_status_looks_again_and_again(server: Server) -> None:
    command = [sys.executable, "-m", "mapper", "status", "q.db", "--watch", "--every", "200ms"]
    programs, people = (
        subprocess.Popen(
            [*command, "--format", output],
            cwd=server.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for output in ("json", "text")
    )
    try:
        assert programs.stdout is not None and people.stdout is not None
        shown, looks = "", [json.loads(programs.stdout.readline())]
        send(server, *(call(f"w{number}") for number in range(50)))
        while looks[-1]["delivered"] < looks[0]["delivered"] + 50:
            looks.append(json.loads(programs.stdout.readline()))
        while people.poll() is None and not re.search(r"(?ms)^read +[1-9].*^q\.db at ", shown):
            shown += people.stdout.readline()
    finally:
        for process in (programs, people):
            process.send_signal(signal.SIGINT)
    _, err = people.communicate(timeout=PATIENCE)
    programs.communicate(timeout=PATIENCE)
    assert looks[-1]["process"] == server.process.pid
    changes = [(new["read"] - old["read"], new["at"] - old["at"]) for old, new in pairwise(looks)]
    assert [look["per_second"]["now"]["read"] for look in looks[1:]] == [read / (ms / 1000) for read, ms in changes]
    assert sum(read for read, _ in changes) >= 50
    assert looks[-1]["requests"]["natero/event"]["breaker"] == "closed"
    assert (people.returncode, err) == (130, "")
    assert re.match(r"q\.db at \d\d:\d\d:\d\d UTC\n\n +all +a second +over a minute\nread +\d", shown)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--type", "trakc"], "--type: there is no call type `trakc`\n  help: did you mean `track`?"),
        (
            ["-t", "page", "-t", "bogus"],
            "--type: there is no call type `bogus`\n  help: track, page, identify, group, alias, screen, delete",
        ),
        (
            ["--type", ""],
            "--type: there is no call type ``\n  help: track, page, identify, group, alias, screen, delete",
        ),
        (["--mapping", ""], "--mapping: is empty\n  help: leave it out to take all"),
        (["--source", "web", "--source", ""], "--source: is empty\n  help: leave it out to take all"),
        (["--destination", ""], "--destination: is empty\n  help: leave it out to take all"),
        (["--message-id", ""], "--message-id: is empty\n  help: leave it out to take all"),
    ],
)
@pytest.mark.parametrize("queue", ["q.db", "nats://127.0.0.1:1/q"])
def test_what_nothing_can_ever_be_is_refused(queue: str, options: list[str], said: str, tmp_path: Path) -> None:
    ended = quick("tail", queue, *options, cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (2, "", f"error: {said}\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--every", "1"], "--every: can't take `1`"),
        (["--every", "1ms"], "--every: can't take `1ms`"),
        (["--format", "prometheus"], "--watch shows text or JSON"),
    ],
)
def test_what_status_does_not_watch(server: Server, options: list[str], message: str) -> None:
    ended = quick("status", "q.db", "--watch", *options, cwd=server.folder)
    assert (ended.code, ended.err.splitlines()[0]) == (2, f"error: {message}")
