"""Long files, which workers read themselves: the same to the byte, and nothing is lost however a run ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.base.json import encode
from mapper.delivery.durable.view import view
from mapper.intake.ranges import RANGE
from tests.cli.kit import Ended, environment, mapper
from tests.support.awaiting import PATIENCE, await_
from tests.support.calls import random_calls
from tests.support.sandbox import RunningSandbox, running_sandbox

pytestmark = pytest.mark.long
KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
JUNK = [b"{", b"", b"[]\r", b"7", b"\xff{}", b'{"batch":[{"type":"track"},7]}', b" ", b'{"reason":"x","call":{}}']


def many(seed: int, bytes_: int) -> bytes:
    """Calls of every kind with junk among them, and no line end at the end."""
    lines = [encode(call) for call in random_calls(seed, 1_500)]
    lines[700:700] = JUNK
    block = b"\n".join(lines)
    return b"\n".join([block] * (bytes_ // len(block) + 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of several ranges each, one of which begins with a byte-order mark, and a short one."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.ndjson").write_bytes(b"\xef\xbb\xbf\n" + many(3, 2 * RANGE))
    (folder / "b.ndjson").write_bytes(many(4, RANGE).replace(b"\n", b"\r\n"))
    (folder / "c.ndjson").write_bytes(many(5, 10)[:9_000])
    return folder


@pytest.mark.parametrize(
    "options",
    [["."], ["a.ndjson", "--from-line", "5000"], [".", "--only", "track"], ["b.ndjson", "--limit", "3000"]],
    ids=["all", "from a line on", "only one type", "so many"],
)
def test_a_dry_run_is_the_same_to_the_byte(folder: Path, options: list[str]) -> None:
    alone = mapper("run", *options, "--dry-run", cwd=folder)
    together = mapper("run", *options, "--dry-run", "--workers", "2", cwd=folder)
    assert alone.results
    assert together == alone


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


def queued(folder: Path, sandbox: RunningSandbox, count: str) -> tuple[str, dict[tuple[str, str], int]]:
    """Run, let the file grow, and run again; what is said of where it goes on, and the ledger."""
    (folder / count).mkdir()
    file = folder / count / "calls.ndjson"
    content = many(6, RANGE + 100_000)
    options = [file.name, "--queue", "q.db", "--base-url", sandbox.base_url, "--workers", count]
    half = content.index(b"\n", RANGE // 2) + 1
    for part in (content[:half], content[half:]):
        with file.open("ab") as out:
            out.write(part)
        ended = mapper("run", *options, cwd=folder / count, env=KEYS)
    return ended.err.splitlines()[1], dict(view(folder / count / "q.db").ledger)


def test_a_queue_goes_on_from_the_same_line(tmp_path: Path, sandbox: RunningSandbox) -> None:
    alone, together = (queued(tmp_path, sandbox, count) for count in ("1", "2"))
    assert re.fullmatch("calls.ndjson: read up to line [1-9][0-9,]+ before, going on from there", alone[0])
    assert together == alone


AT = b'"timestamp":"2026-01-02T03:04:05.678Z"'
TRACK = b'{"type":"track","event":"Opened","userId":"u%d","messageId":"m%d",' + AT + b',"properties":{"long":"%s"}}\n'


def killed(file: Path, sandbox: RunningSandbox) -> Ended:
    """A run of which a worker is killed once something has arrived."""
    sandbox.reset()
    sandbox.fault({"delay": 1.0, "after": 2})  # so that it does not end before
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", "run", file.name, "--base-url", sandbox.base_url, "--workers", "2"],
        cwd=file.parent,
        env=environment(KEYS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    await_(lambda: sandbox.received["count"])
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[-1]), signal.SIGKILL)
    sandbox.client.delete("/faults").raise_for_status()
    _, told = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, "", told)


def test_a_run_whose_worker_is_killed_says_from_which_line_to_go_on(tmp_path: Path, sandbox: RunningSandbox) -> None:
    file = tmp_path / "calls.ndjson"
    count = 60_000
    file.write_bytes(b"".join(TRACK % (at % 97, at, b"x" * 500) for at in range(count)))
    ended = killed(file, sandbox)
    assert ended.code == 1
    assert "error: a worker process ended unexpectedly: not all lines were read" in ended.err
    [line] = re.findall(r"^first line not settled: calls.ndjson:([0-9]+)$", ended.err, re.MULTILINE)
    assert f"--from-line {line} " in ended.err
    assert ended.ledger["pending"] == 0
    assert 0 < ended.ledger["delivered"] == int(line) - 1 < count
