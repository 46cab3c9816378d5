"""Standard streams that are closed, or on a disk that is full."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kit import environment, mapper, quick, track, write
from tests.cli.test_queue import KEYS
from tests.support.awaiting import PATIENCE
from tests.support.disk import fill_up, small_disk
from tests.support.sandbox import sandbox_process

COMMANDS = ["run in.ndjson --dry-run --quiet", "functions", "eval userId in.ndjson", "--help", "--version"]


def shell(command: str, cwd: Path) -> tuple[int, str, str]:
    """What a shell gets of ``mapper COMMAND``: code, stdout, stderr."""
    write(cwd / "in.ndjson", track("u1"))
    line = f"{shlex.quote(sys.executable)} -m mapper {command}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_a_full_disk_does_not_take(command: str, tmp_path: Path) -> None:
    code, _, err = shell(f"{command} >/dev/full", tmp_path)
    assert (code, err) == (1, "error: the output can't be written: No space left on device\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_nobody_wants(command: str, tmp_path: Path) -> None:
    assert shell(f"{command} >&-", tmp_path) == (0, "", "")


NO_ROOM = (
    "error: --dead-letters: can't write /dev/full: No space left on device\n  help: make room, and go on; requests "
)
LEDGER = (
    "read      1\ndelivered 0\nskipped   0\n"
    "dead      1\n          1  unmappable: not a call: a number, where an object is expected\npending   0\n"
)


@pytest.mark.parametrize("options", ["", " --workers 2"])
def test_dead_letters_that_a_full_disk_does_not_take(options: str, tmp_path: Path) -> None:
    write(tmp_path / "dead.ndjson", "7")
    code, out, err = shell(f"run dead.ndjson --sandbox --dead-letters /dev/full{options}", tmp_path)
    assert (code, out) == (1, "")
    assert err.split("\n", 2)[2] == (
        f"{NO_ROOM}in flight are finished first, and it is said then where to go on\n"
        f"{LEDGER}"
        "dead letters that are not in /dev/full: 1\n"
        "first line whose letter is missing, or that is not settled: dead.ndjson:1\n"
        f"  go on with: mapper run dead.ndjson --from-line 1 --dead-letters /dev/full --sandbox{options}\n"
        "the sandbox natero received 0 events\n"
    )


def test_dead_letters_that_a_full_disk_does_not_take_and_the_queue_has(tmp_path: Path) -> None:
    write(tmp_path / "dead.ndjson", "7")
    code, out, err = shell("run dead.ndjson --sandbox --dead-letters /dev/full --queue q.db", tmp_path)
    assert (code, out) == (1, "")
    assert err.split("\n", 2)[2] == (
        f"{NO_ROOM}in flight are finished first, and what is pending stays in the queue\n"
        f"{LEDGER}"
        "dead letters that are not in /dev/full: 1; the queue has them: mapper dead list q.db\n"
        "the sandbox natero received 0 events\n"
    )


@pytest.mark.parametrize("queue", [(), ("--queue", "q.db")])
def test_nothing_is_lost_where_a_disk_fills_up_with_dead_letters(queue: tuple[str, ...], tmp_path: Path) -> None:
    """What a run says on how to go on accounts for the rest: refused by the destination, and no calls."""
    bad = set(range(0, 700, 7))
    write(
        tmp_path / "in.ndjson",
        *("{" if n % 2 and n in bad else track(f"{'bad' * (n in bad)}u{n}") for n in range(700)),
    )
    options = ("--concurrency", "2", *queue)
    with sandbox_process() as sandbox, small_disk(tmp_path / "disk") as disk:
        sandbox.fault(*({"match": {"user_id": f"badu{n}"}, "status": 400} for n in bad if not n % 2))
        fill_up(disk, leave=4_096)
        first = mapper(
            "run",
            "in.ndjson",
            "--base-url",
            sandbox.base_url,
            "--dead-letters",
            "disk/dead",
            *options,
            cwd=tmp_path,
            env=KEYS,
        )
        assert (first.code, "error: --dead-letters: can't write disk/dead: No space left on device\n" in first.err) == (
            1,
            True,
        )
        assert 0 < first.ledger["dead"] < len(bad)
        assert sum(first.ledger[name] for name in ("delivered", "skipped", "dead", "pending")) == first.ledger["read"]
        (disk / "ballast").unlink()
        (again,) = re.findall(r"^  go on with: mapper (.*)$", first.err, re.MULTILINE)
        last = mapper(*shlex.split(again), cwd=tmp_path, env=KEYS)
        assert (last.code, "error" in last.err) == (1, False)
        lines = {json.loads(line)["line"] - 1 for line in (disk / "dead").read_text().splitlines() if line}
        users = {event["user_id"] for event in sandbox.events}
    if queue:
        assert last.ledger == {
            "read": 700,
            "delivered": 700 - len(bad),
            "skipped": 0,
            "dead": len(bad),
            "pending": 0,
        }
        lines |= {each["line"] - 1 for each in quick("dead", "list", "q.db", "-f", "json", cwd=tmp_path).results}
    assert lines == bad
    assert users >= {f"u{n}" for n in range(700) if n not in bad}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_has_gone(command: str, tmp_path: Path) -> None:
    _, _, err = shell(f"{command} | true", tmp_path)
    assert err == ""


def test_messages_that_nobody_wants(tmp_path: Path) -> None:
    code, out, _ = shell("run in.ndjson --dry-run 2>&-", tmp_path)
    assert (code, out.count("\n")) == (0, 1)


def test_no_input(tmp_path: Path) -> None:
    code, out, err = shell("run - --dry-run --quiet <&-", tmp_path)
    assert (code, out, err) == (0, "", "")
