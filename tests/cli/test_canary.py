"""Two keys that must show nowhere, however a run goes, and a search that finds them where redaction is off."""

from __future__ import annotations

import base64
import signal
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from tests.cli.echo import Echo
from tests.cli.kit import environment, track, write
from tests.support.awaiting import PATIENCE

AUTH, SEND = "CANARYauth_7f3a", "CANARYsend_9b1c"
KEYS = {"NATERO_AUTH_KEY": AUTH, "NATERO_SEND_KEY": SEND}
SCRIPT = str(Path(__file__).with_name("canary.py"))


@dataclass(frozen=True)
class Traces:
    """All that a run left: what it said, and its files."""

    code: int
    text: str

    @property
    def leaks(self) -> list[str]:
        return [form for key in (AUTH, SEND) for form in forms(key) if form in self.text]


def forms(key: str) -> list[str]:
    """A key in plain, percent-encoded (of every character), and base64 at each alignment."""
    plain = key.encode()
    inner = [base64.b64encode(b"-" * skip + plain).decode().rstrip("=")[2 * skip :][:-2] for skip in range(3)]
    return [key, "".join(f"%{byte:02X}" for byte in plain), "".join(f"%{byte:02x}" for byte in plain), *inner]


def run(folder: Path, url: str, *options: str, changes: str = "", interrupt: Echo | None = None) -> Traces:
    letters = folder / "dead.ndjson"
    calls = write(folder / "in.ndjson", track("u1"), track("u2"))
    arguments = ["run", str(calls), "-v", "--base-url", url]
    arguments += ["--dead-letters", str(letters), "--give-up-after", "200ms"]
    process = subprocess.Popen(
        [sys.executable, SCRIPT, changes, *arguments, *options],
        cwd=folder,
        env=environment(KEYS),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if interrupt:
        assert interrupt.asked.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
    return Traces(process.returncode, b"\n".join([out, err, *files]).decode(errors="replace"))


def test_delivered(tmp_path: Path) -> None:
    echo = Echo(200)
    with echo.serving() as url:
        traces = run(tmp_path, url)
    assert echo.paths == [f"/v1/{AUTH}/{SEND}"]  # on the wire they are
    assert (traces.code, traces.leaks) == (0, [])


def test_rejected_by_an_answer_that_repeats_the_keys(tmp_path: Path) -> None:
    with Echo(400).serving() as url:
        traces = run(tmp_path, url)
    assert (traces.code, traces.leaks) == (1, [])
    assert "no /v1/***/***" in traces.text


@pytest.mark.long
def test_a_queue_of_letters_whose_answers_repeat_the_keys(tmp_path: Path) -> None:
    calls = write(tmp_path / "in.ndjson", track("u1"), track("u2"))

    def ended(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, SCRIPT, "", *arguments],
            cwd=tmp_path,
            env=environment(KEYS),
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return (done.stdout + done.stderr).decode()

    echo = Echo(400)
    with echo.serving() as url:
        said = ended("run", str(calls), "-v", "--base-url", url, "--queue", "q.db")
        said += ended("dead", "list", "q.db") + ended("dead", "list", "q.db", "-f", "json")
        shown = ended("dead", "show", "q.db", "1")
        said += ended("dead", "replay", "q.db", "-n") + ended("dead", "replay", "q.db", "-n", "-f", "json")
        said += ended("dead", "replay", "q.db", "-v", "--base-url", url) + ended("status", "q.db", "-f", "json")
        said += ended("queue", "check", "q.db")
    assert len(echo.paths) > 2  # once more for what was replayed
    files = [file.read_bytes().decode(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    assert Traces(0, "\n".join([said, shown, *files])).leaks == []
    assert "no /v1/***/***" in shown


def test_keys_refused(tmp_path: Path) -> None:
    with Echo(401).serving() as url:
        traces = run(tmp_path, url)
    assert (traces.code, traces.leaks) == (1, [])
    assert f"natero: HTTP 401 from {url}/v1/***/***" in traces.text
    assert "look at the settings `authKey`, `sendKey`" in traces.text


def test_connection_refused(tmp_path: Path) -> None:
    with Echo(200).serving() as url:
        pass
    traces = run(tmp_path, url)
    assert (traces.code, traces.leaks) == (1, [])
    assert "connection refused" in traces.text


def test_certificate_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Echo(200).serving(context) as url:
        traces = run(tmp_path, url)
    assert (traces.code, traces.leaks) == (1, [])
    assert "certificate not accepted" in traces.text


def test_interrupted(tmp_path: Path) -> None:
    echo = Echo(0)
    with echo.serving() as url:
        traces = run(tmp_path, url, "--grace", "100ms", interrupt=echo)
    assert (traces.code, traces.leaks) == (130, [])
    assert "first line not settled" in traces.text
    assert "--from-line 1" in traces.text


def test_a_crash_of_ours(tmp_path: Path) -> None:
    traces = run(tmp_path, "http://127.0.0.1:9", changes="crash")
    assert traces.code == 1
    assert "RuntimeError: injected: Target(" in traces.text
    assert traces.leaks == []


@pytest.mark.parametrize(("changes", "status"), [("shown", 401), ("unmasked", 400), ("logged", 200)])
def test_the_search_finds_the_keys_where_redaction_is_off(tmp_path: Path, changes: str, status: int) -> None:
    with Echo(status).serving() as url:
        traces = run(tmp_path, url, changes=changes)
    assert {AUTH, SEND} <= set(traces.leaks)


def test_every_form_of_a_key_is_searched_for() -> None:
    path = f"/v1/{AUTH}/{SEND}"
    for skip in range(3):
        assert Traces(0, base64.b64encode(b"." * skip + path.encode()).decode()).leaks
    assert Traces(0, "".join(f"%{byte:02X}" for byte in path.encode())).leaks
