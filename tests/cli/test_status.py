"""``mapper status``: a queue while a run has it, and afterwards."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mapper.delivery.durable.errors import QueueFileError
from mapper.delivery.durable.view import view
from tests.cli.kit import environment, quick
from tests.cli.test_queue import KEYS, calls
from tests.support.awaiting import PATIENCE
from tests.support.sandbox import failing, running_sandbox


def status(folder: Path, *options: str) -> str:
    ended = quick("status", "q.db", *options, cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    return ended.out


def state(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(status(folder, "--format", "json"))
    return found


def plain(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"process \d+", "process PID", text)
    text = re.sub(r"(?:\d+ min )?\d+ s\b", "N s", text)
    return re.sub(r"(seconds(?:\{[^}]*\})?) [0-9.e+]+$", r"\1 N", text, flags=re.MULTILINE)


def test_while_a_destination_fails_and_when_the_run_has_ended(tmp_path: Path) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 300) + b"no JSON\n")
    with running_sandbox(options=failing(status=429, retry_after=200)) as sandbox:
        arguments = ("run", "calls.ndjson", "--queue", "q.db", "--base-url", sandbox.base_url, "--concurrency", "2")
        process = subprocess.Popen(
            [sys.executable, "-m", "mapper", *arguments],
            cwd=tmp_path,
            env=environment(KEYS),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            end = time.monotonic() + PATIENCE
            while not opened(tmp_path / "q.db"):
                assert time.monotonic() < end, "the breaker never opened"
                time.sleep(0.05)
            text, metrics, found = status(tmp_path), status(tmp_path, "-f", "prometheus"), state(tmp_path)
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=PATIENCE)
    assert f"go on with: mapper run calls.ndjson --queue q.db --base-url {sandbox.base_url} --concurrency 2\n" in err
    assert plain(text) == (
        "read      301\n"
        "delivered   0\n"
        "skipped     0\n"
        "dead        1\n"
        "            1  invalid: not JSON: expecting value\n"
        "pending   300\n"
        "          300  natero/event\n"
        "          the oldest for N s\n"
        "1 dead letter is kept\n"
        "last error N s ago: natero/event: HTTP 429\n"
        "natero/event: breaker open for N s; 0 in flight, at most 1 at a time\n"
        "process PID has it\n"
    )
    assert found["balances"] is True
    assert found["process"] == process.pid
    request = found["requests"]["natero/event"]
    assert (request["breaker"], request["concurrency"]) == ("open", 1)
    assert request["not_before"] > found["last_error"]["at"]
    assert (found["last_error"]["status"], found["last_error"]["ruling"]) == (429, "throttled")
    assert plain(metrics).splitlines()[-13:] == [
        'mapper_concurrency{request="natero/event"} 1',
        "# HELP mapper_in_flight HTTP requests under way.",
        "# TYPE mapper_in_flight gauge",
        'mapper_in_flight{request="natero/event"} 0',
        "# HELP mapper_breaker 1 for the state in which the circuit breaker is.",
        "# TYPE mapper_breaker gauge",
        'mapper_breaker{request="natero/event",state="closed"} 0',
        'mapper_breaker{request="natero/event",state="open"} 1',
        'mapper_breaker{request="natero/event",state="half-open"} 0',
        'mapper_breaker{request="natero/event",state="paused"} 0',
        "# HELP mapper_last_error_timestamp_seconds When a request failed last.",
        "# TYPE mapper_last_error_timestamp_seconds gauge",
        'mapper_last_error_timestamp_seconds{request="natero/event"} N',
    ]
    afterwards = state(tmp_path)
    assert (afterwards["process"], afterwards["requests"], afterwards["pending"]) == (None, {}, 300)
    assert afterwards["last_error"]["because"] == "HTTP 429"
    written = b"".join(path.read_bytes() for path in tmp_path.glob("q.db*"))
    for key in KEYS.values():
        assert key not in text + metrics + json.dumps(found)
        assert key.encode() not in written


def opened(path: Path) -> bool:
    """Whether the breaker is open now."""
    try:
        said = view(path).live.get("requests")
    except QueueFileError:  # it is being made
        return False
    return said is not None and said[1]["natero/event"]["breaker"] == "open"


def test_what_is_no_queue(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("Not a database, and far too long to be taken for an empty one.\n" * 20)
    for name in ("none.db", "text.db"):
        ended = quick("status", name, cwd=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"error: {name}: ")
        assert "help: " in ended.err
