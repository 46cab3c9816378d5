"""A server from its start to its end, also to a sudden one."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import httpx
import pytest

from mapper.server.spell import Spell
from tests.cli.kit import ROOT
from tests.cli.test_queue import KEYS
from tests.server.kit import CONFIG, KEY, SECRET, serving
from tests.server.raw import connected
from tests.support.awaiting import PATIENCE, await_
from tests.support.sandbox import running_sandbox


def call(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "event": "E",
        "userId": f"u{number % 7}",
        "anonymousId": f"s{number}",
        "messageId": f"m{number}",
        "timestamp": "2026-01-02T03:04:05.678Z",
        "writeKey": KEY,
    }


@pytest.mark.long
def test_what_was_answered_survives_kills(tmp_path: Path) -> None:
    """Clients go on sending while the server is killed; who got no answer sends again, with the same id."""
    count, kills, batch = 1200, 3, 10
    answered: set[int] = set()
    url: list[str] = []
    over = threading.Event()

    def send() -> None:
        left = list(range(0, count, batch))
        while left and not over.is_set():
            body = {"batch": [call(number) for number in range(left[0], left[0] + batch)], "writeKey": KEY}
            try:
                done = httpx.post(f"{url[-1]}/v1/batch", json=body, timeout=PATIENCE).status_code == 200
            except httpx.TransportError:
                done = False
            if done:
                answered.update(range(left[0], left[0] + batch))
                del left[0]
            over.wait(0.005)

    with running_sandbox() as sandbox:
        thread = threading.Thread(target=send)
        for round_ in range(kills + 1):
            with serving(tmp_path, sandbox.base_url) as server:
                url.append(server.base_url)
                if round_ == 0:
                    thread.start()
                if round_ < kills:
                    over.wait(0.3)
                    server.process.send_signal(signal.SIGKILL)
                    server.process.wait()
                    continue
                thread.join(timeout=PATIENCE)
                over.set()
                state = server.settle()
                assert server.stop() == 0
        arrived = [event["session_id"] for event in sandbox.events]
    assert answered == set(range(count))
    assert set(arrived) == {f"s{number}" for number in range(count)}
    assert state["delivered"] == count
    assert len(arrived) <= count + kills * 500


@pytest.mark.long
def test_changed_mappings_are_taken_up_and_broken_ones_are_not(tmp_path: Path) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    track = tmp_path / "mappings" / "natero" / "track.yaml"
    text = track.read_text()
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url) as server:
        track.write_text(text.replace("accepts: track", "accepts: trak"))
        assert (server.wait_for("mappings read")["mappings"], server.complaints) == ("./mappings", [])
        said = server.wait_for("mappings changed, and the old ones stay in force")
        assert "expected a call type, found `trak`" in said["because"]
        assert server.client.post("/v1/track", json=call(1)).status_code == 200
        track.write_text(text.replace("{$const: feature}", "{$const: feature}\n  product: {$const: Renamed}", 1))
        track.write_text(track.read_text().replace("  product: present_text(properties.product)\n", ""))
        server.wait_for("mappings changed, and are in force")
        assert server.client.post("/v1/track", json=call(2)).status_code == 200
        assert server.settle()["delivered"] == 2
        assert [event.get("product") for event in sandbox.events] == [None, "Renamed"]
        assert server.stop() == 0


@pytest.mark.long
def test_files_that_a_set_uses_are_taken_up_wherever_they_lie(tmp_path: Path) -> None:
    """The set alone is named, so that what it shares and the schemas lie outside of that folder."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shared = tmp_path / "mappings" / "shared" / "dimensions.yaml"
    schema = tmp_path / "schemas" / "natero" / "common.schema.json"  # which the event's schema refers to
    text, fields = shared.read_text(), schema.read_text()
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url, "--mappings", "mappings/natero") as server:
        shared.write_text(text.replace("  dimensions:\n", "  dimension:\n"))
        said = server.wait_for("mappings changed, and the old ones stay in force")
        assert "`dimensions` is neither a field of group calls nor a name from `let`" in said["because"]
        shared.write_text(text)
        server.wait_for("mappings changed, and are in force")
        server.logged.clear()
        schema.write_text(fields.removesuffix("}\n"))
        said = server.wait_for("mappings changed, and the old ones stay in force")
        assert "common.schema.json" in said["because"]
        assert server.client.post("/v1/track", json=call(1)).status_code == 200
        assert server.settle()["delivered"] == 1


@pytest.mark.long
def test_mappings_without_a_request_that_waits_are_taken_up_once_none_does(tmp_path: Path) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url) as server:
        sandbox.fault({"status": 503})
        assert server.client.post("/v1/track", json=call(1)).status_code == 200
        for path in (tmp_path / "mappings" / "natero").glob("*.yaml"):
            text = path.read_text().replace("\n  event:\n    desc", "\n  renamed:\n    desc")
            path.write_text(text.replace("\nrequest: event\n", "\nrequest: renamed\n"))
        said = server.wait_for("mappings changed, and the old ones stay in force")
        assert said["because"] == "requests wait for `natero/event`, which the new ones do not have"
        assert server.client.post("/v1/track", json=call(2)).status_code == 200
        sandbox.client.delete("/faults")
        server.wait_for("mappings changed, and are in force")
        assert server.client.post("/v1/track", json=call(3)).status_code == 200
        assert server.settle()["delivered"] == 3
        assert server.stop() == 0


@pytest.mark.long
def test_a_queue_file_that_is_away_for_a_while(tmp_path: Path) -> None:
    """Nothing is taken in, and whoever watches is told; once it is back all goes on."""
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url) as server:
        assert server.client.post("/v1/track", json=call(1)).status_code == 200
        server.settle()
        (tmp_path / "q.db").rename(tmp_path / "away")
        watched = server.client.get("/metrics")
        assert (watched.status_code, watched.json()["message"]) == (503, "the queue's file can't be read")
        assert server.client.post("/v1/track", json=call(2)).status_code == 503
        assert "deleted" in server.wait_for("queue waits")["because"]
        (tmp_path / "away").rename(tmp_path / "q.db")
        server.wait_for("queue goes on")
        assert server.client.get("/metrics").status_code == 200
        assert server.client.post("/v1/track", json=call(3)).status_code == 200
        server.settle()
        assert server.stop() == 0


@pytest.mark.long
def test_mappings_that_change_while_it_starts_are_taken_up(tmp_path: Path) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    track = tmp_path / "mappings" / "natero" / "track.yaml"
    spoilt = track.read_text().replace("accepts: track", "accepts: trak")
    with (
        running_sandbox() as sandbox,
        serving(tmp_path, sandbox.base_url, once_loaded=lambda: track.write_text(spoilt)) as server,
    ):
        server.wait_for("mappings changed, and the old ones stay in force")


@contextlib.contextmanager
def touching(path: Path) -> Iterator[None]:
    """Have a file change all the time."""
    over = threading.Event()

    def touch() -> None:
        while not over.wait(0.02):
            path.touch()

    thread = threading.Thread(target=touch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.long
def test_files_that_come_one_by_one_are_waited_for(tmp_path: Path) -> None:
    """Neither is a file missed that is away for a moment, nor are others taken where all are away for good."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    track = tmp_path / "mappings" / "natero" / "track.yaml"
    text = track.read_text()
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url) as server:
        with touching(track.parent / "group.yaml"):
            track.unlink()
            for number in range(8):
                assert server.client.post("/v1/track", json=call(number)).status_code == 200
                time.sleep(0.4)
            track.write_text(text)
        server.wait_for("mappings changed, and are in force")
        assert server.settle()["delivered"] == 8
        (tmp_path / "mappings").rename(tmp_path / "elsewhere")
        said = server.wait_for("mappings changed, and the old ones stay in force")
        assert said["because"] == "the mappings folder mappings does not exist"
        assert server.client.post("/v1/track", json=call(9)).status_code == 200
        assert server.settle()["delivered"] == 9


@pytest.mark.long
def test_stopped_while_a_destination_hangs_it_keeps_what_is_pending(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        sandbox.fault({"hang": True})
        with serving(tmp_path, sandbox.base_url, "--grace", "1s") as server:
            assert server.client.post("/v1/track", json=call(1)).status_code == 200
            assert server.stop(signal.SIGINT) == 0
            assert server.wait_for("stopped")["pending"] == 1
            text = "".join(server.text)
        sandbox.client.delete("/faults")
        with serving(tmp_path, sandbox.base_url) as server:
            assert server.settle()["delivered"] == 1
    assert not [secret for secret in (KEY, SECRET, *KEYS.values()) if secret in text]


def test_stopped_while_a_destination_is_paused_it_ends_and_sends_nothing_more(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        sandbox.fault({"status": 401})
        with serving(tmp_path, sandbox.base_url, "--grace", "5s") as server:
            assert server.client.post("/v1/track", json=call(1)).status_code == 200
            paused = server.wait_for("destination paused")
            sandbox.client.delete("/faults")
            assert server.stop() == 0
            assert server.wait_for("stopped")["pending"] == 1
        assert sandbox.client.get("/received?limit=0").json()["request_count"] == 0
    assert (paused["level"], paused["destination"], paused["because"]) == ("warning", "natero", "HTTP 401")
    assert paused["help"] == "look at the settings `authKey`, `sendKey`, `endpointRegion`"


def test_a_destination_that_was_paused_is_tried_again_once_mappings_change(tmp_path: Path) -> None:
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    track = tmp_path / "mappings" / "natero" / "track.yaml"
    with running_sandbox() as sandbox:
        sandbox.fault({"status": 401, "times": 1}, {"status": 503, "times": 1})
        with serving(tmp_path, sandbox.base_url) as server:
            assert server.client.post("/v1/track", json=call(1)).status_code == 200
            server.wait_for("destination paused")
            track.write_text(track.read_text() + "# changed\n")
            server.wait_for("destination goes on")
            assert server.state()["delivered"] == 1, "a request that fails is no sign of it"
            assert server.stop() == 0


@pytest.mark.long
def test_a_ledger_that_does_not_balance_is_said_in_words(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        with serving(tmp_path, sandbox.base_url) as server:
            assert server.client.post("/v1/track", json=call(1)).status_code == 200
            server.settle()
            with contextlib.closing(apsw.Connection(str(tmp_path / "q.db"))) as connection:
                connection.set_busy_timeout(5_000)
                connection.execute("UPDATE ledger SET results = results + 1 WHERE kind = 'delivered'")
            assert server.stop() == 1
            await_(lambda: server.text[-1].startswith("  help: "), 20, lambda: server.text)
        assert "".join(server.text).endswith(
            "error: the ledger does not balance: read 1, but delivered 2 + skipped 0 + dead 0 + pending 0 = 2\n"
            "  help: this is a defect of mapper; please tell us, with this line\n"
        )


@pytest.mark.parametrize("signals", [1, 2])
@pytest.mark.long
def test_stopped_while_another_program_has_the_queue_locked(signals: int, tmp_path: Path) -> None:
    """It ends, and whoever sent a call meanwhile is told that it was not taken."""
    answers: list[int] = []
    with running_sandbox() as sandbox:
        sandbox.fault({"delay": 0.5})
        with serving(tmp_path, sandbox.base_url, "--grace", "1s" if signals == 1 else "1h") as server:
            assert server.client.post("/v1/track", json=call(1)).status_code == 200

            def post() -> None:
                with contextlib.suppress(httpx.HTTPError):
                    answers.append(server.client.post("/v1/track", json=call(2)).status_code)

            with contextlib.closing(apsw.Connection(str(tmp_path / "q.db"))) as other:
                other.set_busy_timeout(5_000)
                other.execute("BEGIN IMMEDIATE")
                posting = threading.Thread(target=post)
                posting.start()
                server.wait_for("queue waits")
                if signals == 2:
                    server.process.send_signal(signal.SIGTERM)
                    server.wait_for("stopping")
                assert server.stop() == (0 if signals == 1 else 130)  # though the disk is not free
                posting.join()
            assert "Traceback" not in "".join(server.text)
        assert 200 not in answers
        sandbox.client.delete("/faults")
        with serving(tmp_path, sandbox.base_url) as server:
            assert server.settle()["delivered"] == 1


ROUNDS: Final = 100
"""Answers to another, in any of which a server has found what came before that was asked: more than enough of them."""


@pytest.mark.long
def test_a_client_that_does_not_read_does_not_hold_up_a_second_signal(tmp_path: Path) -> None:
    count = re.compile(r'^mapper_http_requests_total{path="metrics",status="200"} (\d+)$', re.MULTILINE)
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url) as server, connected(server) as deaf:
        asked = looks = 0
        hears = True
        while hears:  # until there is no room between them any more
            deaf.sendall(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n" * 8)
            asked, hears, end = asked + 8, False, looks + ROUNDS
            while not hears and looks < end:
                (answered,) = count.findall(server.client.get("/metrics").text) or ["0"]
                hears, looks = int(answered) - looks >= asked, looks + 1
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("stopping")
        assert server.stop() == 130


def test_where_the_queue_is_full_nothing_is_taken(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        sandbox.fault({"status": 503, "retry_after": 200})
        with serving(tmp_path, sandbox.base_url, config=f"most_pending: 2\n{CONFIG}") as server:
            codes = [server.client.post("/v1/track", json=call(number)).status_code for number in range(3)]
            refused = server.client.post("/v1/track", json=call(4))
            assert codes == [200, 200, 503]
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert server.client.get("/ready").json() == {"status": "not ready", "because": "the queue is full"}
            assert server.state()["read"] == 2


def test_a_full_queue_is_logged_when_it_begins_and_when_it_ends(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        sandbox.fault({"status": 503})  # for no time that it says: the queue may note that, and the next server waits
        with serving(tmp_path, sandbox.base_url, config=f"most_pending: 1\n{CONFIG}") as server:
            assert [server.client.post("/v1/track", json=call(n)).status_code for n in range(4)] == [200, 503, 503, 503]
            assert server.stop() == 0
        sandbox.client.delete("/faults")
        with serving(tmp_path, sandbox.base_url, config=f"most_pending: 1\n{CONFIG}") as again:
            assert again.wait_for("calls are taken in again")["refused"] == 0
            assert again.client.post("/v1/track", json=call(5)).status_code == 200
            assert again.stop() == 0
    begun, ended = [[line for line in each.logged if "taken in" in line["event"]] for each in (server, again)]
    told = {
        "level": "warning",
        "event": "no calls are taken in",
        "because": "the queue is full",
        "pending": 1,
        "help": "senders get 503 and try again; `mapper status` shows what waits, and for what",
    }
    assert [{key: line[key] for key in line if key != "at"} for line in begun] == [told]
    assert [line["event"] for line in ended][:2] == ["no calls are taken in", "calls are taken in again"]
    assert {line["level"] for line in again.logged if line not in ended} == {"info"}


def test_a_log_that_nobody_reads_any_more_stops_nothing(tmp_path: Path) -> None:
    with running_sandbox() as sandbox, serving(tmp_path, sandbox.base_url, "--verbose") as server:
        server.stop_reading()
        assert [server.client.post("/v1/track", json=call(n)).status_code for n in range(3)] == [200] * 3
        assert server.settle()["delivered"] == 3
        assert server.stop() == 0


def test_room_for_a_moment_is_not_the_end_of_it() -> None:
    told: list[str] = []
    spell = Spell(told.append, lambda refused: told.append(f"over, {refused} refused"))
    spell.look()
    for _ in range(3):
        spell.begin("full")
        spell.refuse()
        spell.look()  # it has room, and something was refused since the look before
    spell.look()
    spell.look()
    spell.begin("full again")
    assert told == ["full", "over, 3 refused", "full again"]
