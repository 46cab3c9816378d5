"""Runs that stop early: paused destinations and signals. What was not settled is named, and going on loses nothing."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.echo import Echo
from tests.cli.kit import Ended, environment, quick, track, write
from tests.support.awaiting import PATIENCE
from tests.support.sandbox import RunningSandbox, failing, running_sandbox

KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}


def users(sandbox: RunningSandbox) -> list[str]:
    return [event["user_id"] for event in sandbox.events]


def start(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "mapper", "run", *map(str, arguments)],
        cwd=folder,
        env=environment(KEYS),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return Ended(process.returncode, out, err)


@pytest.mark.parametrize("status", [401, 302])
def test_a_refused_key_pauses_and_going_on_sends_exactly_the_rest(status: int, tmp_path: Path) -> None:
    calls = write(tmp_path / "in.ndjson", *(track(f"u{n}") for n in range(1, 1201)))
    letters = tmp_path / "dead letters.ndjson"
    with running_sandbox(options=failing(status=status, after=1)) as sandbox:
        options = ("--base-url", sandbox.base_url, "--concurrency", "1", "--dead-letters", letters)
        first = quick("run", calls, *options, cwd=tmp_path, env=KEYS)
        taken = users(sandbox)
        assert first.code == 1
        assert f"natero: HTTP {status} from {sandbox.base_url}/v1/***/***\n" in first.err
        assert "  help: look at the settings `authKey`, `sendKey`, `endpointRegion`\n" in first.err
        assert first.ledger["read"] == first.ledger["delivered"] + first.ledger["pending"]
        assert first.ledger["delivered"] == len(taken) == 500
        assert f"first line not settled: {calls}:501\n" in first.err
        command = re.search(r"^  go on with: mapper run (.+)$", first.err, re.MULTILINE)
        assert command
        sandbox.client.delete("/faults").raise_for_status()
        again = quick("run", *shlex.split(command[1]), cwd=tmp_path, env=KEYS)
        assert again.code == 0
        assert users(sandbox) == [f"u{n}" for n in range(1, 1201)]
    assert letters.read_bytes() == b""


def test_the_files_after_the_unsettled_one_are_named_too(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.ndjson", track(name), "", track(name)) for name in ("a", "b", "c d")]
    with running_sandbox(options=failing(status=401)) as sandbox:
        given = ("--base-url", sandbox.base_url, "--only", "track", "--only", "page", "--limit", "9")
        done = quick("run", *files, *given, cwd=tmp_path, env=KEYS)
    options = f"--only track --only page --base-url {sandbox.base_url}"
    assert done.err.splitlines()[-4:] == [
        f"first line not settled: {files[0]}:1",
        f"  go on with: mapper run {files[0]} --from-line 1 {options}",
        f"  then: mapper run {files[1]} '{files[2]}' {options}",
        "  with --limit: what is left of 9, which counts over all files",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_in_flight(number: signal.Signals, tmp_path: Path) -> None:
    calls = write(tmp_path / "in.ndjson", *(track(f"u{n}") for n in range(1, 2001)))
    echo = Echo(200, delay=5)  # the signal comes before
    with echo.serving() as url:
        process = start(tmp_path, calls, "--base-url", url, "--concurrency", "1")
        assert echo.asked.wait(PATIENCE)
        process.send_signal(number)
        done = ended(process)
    assert done.code == 130
    assert "stopping: requests in flight are finished first; interrupt again to stop at once\n" in done.err
    assert done.ledger["delivered"] == echo.lines == 500
    assert done.ledger["pending"] > 0
    assert f"first line not settled: {calls}:501\n" in done.err


def test_a_second_signal_ends_at_once_and_says_what_that_means(tmp_path: Path) -> None:
    calls = write(tmp_path / "in.ndjson", track())
    echo = Echo(0)
    with echo.serving() as url:
        process = start(tmp_path, calls, "--base-url", url, "--grace", "1h")
        assert echo.asked.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = ""
        while "stopping" not in said:
            said = process.stderr.readline()
            assert said
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.code == 130
    assert "stopped at once; what was in flight may arrive, and is not accounted for" in done.err


def test_it_gives_up_after_the_time_it_was_given(tmp_path: Path) -> None:
    calls = write(tmp_path / "in.ndjson", track("u1"), track("u2"))
    with running_sandbox(options=failing(status=503)) as sandbox:
        done = quick("run", calls, "--base-url", sandbox.base_url, "--give-up-after", "300ms", cwd=tmp_path, env=KEYS)
    assert done.code == 1
    assert (done.ledger["delivered"], done.ledger["dead"], done.ledger["pending"]) == (0, 0, 2)
    assert "natero: no success for 0.3 s, at last HTTP 503 from http://127.0.0.1:" in done.err


@pytest.mark.long
def test_lines_of_a_pipe_that_stays_open_arrive_at_once(tmp_path: Path) -> None:
    """Nothing waits for more lines to come, and a signal ends the wait for them."""
    echo = Echo(200)
    with echo.serving() as url:
        process = start(tmp_path, "-", "--base-url", url)
        assert process.stdin is not None
        process.stdin.write(json.dumps(track()) + "\n")
        process.stdin.flush()
        assert echo.asked.wait(PATIENCE)
        process.send_signal(signal.SIGTERM)
        done = ended(process)
    assert done.code == 130
    assert done.ledger["read"] == done.ledger["delivered"] == 1
    assert "not settled" not in done.err
