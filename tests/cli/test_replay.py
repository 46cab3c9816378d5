"""``mapper dead replay`` cut off at any moment: a call is a letter or on its way, never both and never neither."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.base.json import encode
from mapper.delivery.durable.view import view
from tests.cli.kit import ROOT, environment, quick
from tests.cli.kit import mapper as run_mapper
from tests.cli.test_dead import dead, ledger, numbers, run
from tests.cli.test_queue import KEYS, calls, sessions
from tests.support.awaiting import PATIENCE
from tests.support.sandbox import RunningSandbox, running_sandbox

COUNT = 12
ENDING = str(Path(__file__).with_name("ending.py"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Path:
    path = tmp_path_factory.mktemp("made")
    sandbox.fault({"status": 400})
    (path / "calls.ndjson").write_bytes(calls(0, COUNT))
    run(path, sandbox, "run", "calls.ndjson", "--queue", "q.db", "--quiet")
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path, sandbox: RunningSandbox) -> Path:
    """A folder whose ``q.db`` has dead letters only; the destination takes everything by now."""
    sandbox.reset()
    shutil.copy(made / "q.db", tmp_path)
    assert ledger(tmp_path)["dead_letters"] == COUNT
    return tmp_path


def stands(folder: Path) -> tuple[int, int]:
    """Letters and pending requests of a queue that is sound; together they are all calls not delivered yet."""
    found = ledger(folder)
    assert quick("queue", "check", "q.db", cwd=folder).out == "q.db: sound\n"
    assert found["dead"] == found["dead_letters"]
    assert found["read"] == COUNT
    return int(str(found["dead_letters"])), int(str(found["pending"]))


@pytest.mark.long
@pytest.mark.parametrize(
    ("moment", "nth", "taken"),
    [
        ("requests written", 1, 0),
        ("letters gone", 1, 0),
        ("letters gone", 3, 2),
        ("committed", 1, 1),
        ("committed", 4, 4),
    ],
)
def test_a_crash_while_requests_take_the_place_of_letters(
    moment: str, nth: int, taken: int, folder: Path, sandbox: RunningSandbox
) -> None:
    """At this rate each step takes one letter."""
    ended = run_mapper(
        moment, str(nth), "dead", "replay", "q.db", "--rate", "30/s", "--base-url", "http://127.0.0.1:9",
        cwd=folder, env=KEYS, program=(ENDING,),
    )  # fmt: skip
    assert ended.code == -signal.SIGKILL
    assert stands(folder) == (COUNT - taken, taken)
    assert run(folder, sandbox, "dead", "replay", "q.db", "--rate", "1000/s").code == 0
    assert stands(folder) == (0, 0)
    assert sessions(sandbox) == {f"s{number}": 1 for number in range(COUNT)}


def test_a_kill_with_all_of_it_in_flight(folder: Path, sandbox: RunningSandbox) -> None:
    sandbox.fault({"hang": True})
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", "dead", "replay", "q.db", "--rate", "1000/s", "--base-url", sandbox.base_url],
        cwd=folder, env=environment(KEYS), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while view(folder / "q.db").letters and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert stands(folder) == (0, COUNT)
    sandbox.reset()
    assert run(folder, sandbox, "run", "--queue", "q.db").code == 0
    assert sessions(sandbox) == {f"s{number}": 1 for number in range(COUNT)}


def test_interrupted_it_says_what_is_left_and_how_to_go_on(folder: Path, sandbox: RunningSandbox) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", "dead", "replay", "q.db", "--rate", "2/s", "--base-url", sandbox.base_url],
        cwd=folder, env=environment(KEYS), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not sessions(sandbox) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    letters, pending = stands(folder)
    delivered = COUNT - letters - pending
    assert letters and delivered
    later = ["what is pending is sent by the next run or replay: mapper run --queue q.db"] if pending else []
    said = err.splitlines()
    assert said[said.index(f"pending   {pending:>2}") + 1 :] == [
        f"this replay: {delivered} delivered, 0 skipped, 0 dead",
        *later,
        f"q.db: {letters} of these dead letters were not replayed; the same command goes on with them",
    ]


def test_what_could_not_be_sent_is_pending_and_no_letter(folder: Path) -> None:
    ended = quick(
        "dead", "replay", "q.db", "1", "2", "--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms",
        cwd=folder, env=KEYS,
    )  # fmt: skip
    letters, pending = stands(folder)
    assert (ended.code, letters + pending) == (1, COUNT)
    assert pending
    assert "\nwhat is pending is sent by the next run or replay: mapper run --queue q.db\n" in ended.err


def test_keeps_the_order_and_the_rate(folder: Path, sandbox: RunningSandbox) -> None:
    began = time.monotonic()
    assert run(folder, sandbox, "dead", "replay", "q.db", "--rate", "10/s", "--quiet").code == 0
    assert time.monotonic() - began >= (COUNT - 1) / 10
    order = [event["session_id"] for event in sandbox.events]
    assert order == [f"s{number}" for number in range(COUNT)]


def test_a_replayed_call_is_no_duplicate_but_the_same_call_from_a_file_is(
    folder: Path, sandbox: RunningSandbox
) -> None:
    assert run(folder, sandbox, "dead", "replay", "q.db", "1", "--quiet").code == 0
    (folder / "again.ndjson").write_bytes(calls(0, 1))
    ended = run(folder, sandbox, "run", "again.ndjson", "--queue", "q.db")
    assert "1  duplicate: a call with this messageId came within the last 24 hours" in ended.err
    assert sessions(sandbox) == {"s0": 1}


@pytest.mark.long
def test_a_number_never_stands_for_another_letter(folder: Path, sandbox: RunningSandbox) -> None:
    sandbox.fault({"status": 400})
    dead(folder, "drop", "q.db", *map(str, range(2, COUNT + 1)))
    assert run(folder, sandbox, "dead", "replay", "q.db", "1").code == 1
    assert numbers(dead(folder, "list", "q.db", "-f", "json")) == [COUNT + 1]
    dead(folder, "drop", "q.db", "--all")
    (folder / "more.ndjson").write_text("no JSON\n")
    run(folder, sandbox, "run", "more.ndjson", "--queue", "q.db")
    assert numbers(dead(folder, "list", "q.db", "-f", "json")) == [COUNT + 2]


def test_a_call_that_a_whole_destination_refused_goes_to_no_other(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """No mapping had it; the other destination has had it already."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    natero = tmp_path / "mappings" / "natero" / "destination.yaml"
    accounts = tmp_path / "mappings" / "natero-accounts" / "destination.yaml"
    sound = natero.read_text()
    natero.write_text(sound + "\nreject:\n  - {when: \"userId == 'u1'\", because: not this one}\n")
    assert "enabled: false" in accounts.read_text()
    call = {"type": "identify", "userId": "u1", "messageId": "m1", "timestamp": "2026-01-02", "traits": {"name": "A B"}}
    (tmp_path / "calls.ndjson").write_bytes(encode(call) + b"\n")
    both = ("--destination", "natero", "--destination", "natero-accounts")
    nowhere = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms")
    keys = {**KEYS, "NATERO_ACCOUNTS_API_KEY": "k"}
    quick("run", "calls.ndjson", "--queue", "q.db", *both, *nowhere, cwd=tmp_path, env=keys)
    (letter,) = map(json.loads, dead(tmp_path, "list", "q.db", "-f", "json").out.splitlines())
    assert (letter["destination"], letter["mapping"], letter["because"]) == ("natero", None, "not this one")
    natero.write_text(sound)
    shown = dead(tmp_path, "replay", "q.db", "--dry-run", "-f", "json", *both)
    assert [now["request"] for now in json.loads(shown.out)["now"]] == ["natero/event"]
    letters = write_letters(tmp_path, letter)
    again = quick("run", letters, "--dry-run", *both, cwd=tmp_path)
    assert [result["destination"] for result in again.results] == ["natero"]


def write_letters(folder: Path, *letters: object) -> str:
    (folder / "dead.ndjson").write_bytes(b"\n".join(map(encode, letters)) + b"\n")
    return "dead.ndjson"


@pytest.mark.long
def test_killed_while_letters_are_replayed(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Each is a letter or on its way, at any moment; in the end all arrive, twice only what was in flight."""
    count, batch, kills = 1500, 500, 12
    sandbox.reset()
    sandbox.fault({"status": 400})
    (tmp_path / "calls.ndjson").write_bytes(calls(0, count))
    run(tmp_path, sandbox, "run", "calls.ndjson", "--queue", "q.db", "--quiet")
    assert ledger(tmp_path)["dead_letters"] == count
    sandbox.reset()
    chance, killed = random.Random(4), 0
    command = ["dead", "replay", "q.db", "--base-url", sandbox.base_url, "--rate"]
    for _ in range(kills):
        process = subprocess.Popen(
            [sys.executable, "-m", "mapper", *command, "200/s"],  # some of them end before they are done, however fast
            cwd=tmp_path,
            env=environment(KEYS),
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.4, 0.9))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        stands = ledger(tmp_path)
        assert stands["read"] == count
        assert stands["dead"] == stands["dead_letters"]
    run(tmp_path, sandbox, *command[:3], "--rate", "1000/s")
    assert ledger(tmp_path)["delivered"] == count
    arrived = sessions(sandbox)
    assert arrived.keys() == {f"s{number}" for number in range(count)}
    assert arrived.total() <= count + killed * batch
    assert killed > 1
