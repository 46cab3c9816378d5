"""``--queue``: a run that may be cut off at any moment, and goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from mapper.base.json import decode, encode
from mapper.delivery.durable.view import view
from tests.cli.kit import Ended, environment, quick
from tests.cli.kit import mapper as run_mapper
from tests.support.sandbox import RunningSandbox, running_sandbox

KEYS = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}


def calls(first: int, count: int) -> bytes:
    """Track calls, each told apart by its session."""
    lines = [
        encode(
            {
                "type": "track",
                "event": "Opened",
                "userId": f"u{number % 97}",
                "anonymousId": f"s{number}",
                "messageId": f"m{number}",
                "timestamp": "2026-01-02T03:04:05.678Z",
            }
        )
        for number in range(first, first + count)
    ]
    return b"\n".join(lines) + b"\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as process:
        yield process


@pytest.fixture(autouse=True)
def _forget(request: pytest.FixtureRequest) -> None:
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").client.delete("/received")


def run(folder: Path, sandbox: RunningSandbox, *arguments: str) -> Ended:
    return quick("run", *arguments, "--queue", "q.db", "--base-url", sandbox.base_url, cwd=folder, env=KEYS)


def sessions(sandbox: RunningSandbox) -> Counter[str]:
    """How often each call arrived."""
    found: Counter[str] = Counter()
    while True:
        page = sandbox.client.get(f"/received?events=1&limit=10000&offset={found.total()}").json()["events"]
        found.update(event["session_id"] for event in page)
        if not page:
            return found


def expected(count: int) -> Counter[str]:
    return Counter(f"s{number}" for number in range(count))


def test_a_file_that_was_read_is_gone_on_with(tmp_path: Path, sandbox: RunningSandbox) -> None:
    file = tmp_path / "calls.ndjson"
    file.write_bytes(calls(0, 30))
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0
    again = run(tmp_path, sandbox, "calls.ndjson")
    assert "calls.ndjson: read up to line 30 before, going on from there" in again.err
    with file.open("ab") as out:
        out.write(calls(25, 15))
    more = run(tmp_path, sandbox, "calls.ndjson")
    assert more.code == 0
    assert "       5  duplicate: a call with this messageId came within the last 24 hours" in more.err
    assert sessions(sandbox) == expected(40)
    assert view(tmp_path / "q.db").ledger == {
        ("lines", ""): 45,
        ("read", ""): 45,
        ("delivered", ""): 40,
        ("skipped", "duplicate: a call with this messageId came within the last 24 hours"): 5,
    }


@pytest.mark.long
def test_a_file_that_changed_is_refused(tmp_path: Path, sandbox: RunningSandbox) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 3))
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0
    (tmp_path / "calls.ndjson").write_bytes(calls(7, 30))
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 2
    assert "error: calls.ndjson: not the file of which 3 lines were read before\n  help: give it another" in ended.err
    assert sessions(sandbox) == expected(3)


@pytest.mark.long
def test_a_long_file_whose_end_was_cut_off_is_refused(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Its beginning alone would not tell."""
    file = tmp_path / "calls.ndjson"
    file.write_bytes(calls(0, 900))
    assert file.stat().st_size > 80_000
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0
    file.write_bytes(calls(0, 800))
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 2
    assert "error: calls.ndjson: not the file of which 900 lines were read before\n" in ended.err


@pytest.mark.parametrize("count", [3, pytest.param(20_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.long)])
def test_a_line_that_is_still_written_is_left_for_the_next_run(
    count: int, workers: str, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    file = tmp_path / "calls.ndjson"
    whole = calls(0, count + 1)
    file.write_bytes(whole[:-40])
    ended = run(tmp_path, sandbox, "calls.ndjson", "--workers", workers)
    assert ended.code == 1
    assert "dead" in ended.ledger
    assert (ended.ledger["read"], ended.ledger["dead"]) == (count, 0)
    assert ended.err.endswith("calls.ndjson: the last line has no end yet, and is left for the next run\n")
    file.write_bytes(whole[:-1])  # whole, though without its end
    ended = run(tmp_path, sandbox, "calls.ndjson", "--workers", workers)
    assert ended.code == 0
    file.write_bytes(whole + calls(count + 1, 2))
    assert run(tmp_path, sandbox, "calls.ndjson", "--workers", workers).code == 0
    assert sessions(sandbox) == expected(count + 3)


@pytest.mark.long
def test_an_array_that_is_still_written_is_gone_on_with(tmp_path: Path, sandbox: RunningSandbox) -> None:
    whole = b"[\n" + b",\n".join(calls(0, 9).splitlines()) + b"\n]\n"
    file = tmp_path / "calls.json"
    file.write_bytes(whole[: len(whole) // 2])
    ended = run(tmp_path, sandbox, "calls.json")
    assert (ended.code, ended.ledger["dead"]) == (1, 0)
    assert ended.err.endswith("calls.json: the JSON array has no end yet, and is left for the next run\n")
    file.write_bytes(whole)
    assert run(tmp_path, sandbox, "calls.json").code == 0
    assert sessions(sandbox) == expected(9)


@pytest.mark.long
def test_a_ledger_that_does_not_balance_is_said_in_words(tmp_path: Path, sandbox: RunningSandbox) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 3))
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0
    with closing(apsw.Connection(str(tmp_path / "q.db"))) as connection:
        connection.execute("UPDATE ledger SET results = results + 1 WHERE kind = 'delivered'")
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 1
    assert ended.err.endswith(
        "error: the ledger does not balance: read 3, but delivered 4 + skipped 0 + dead 0 + pending 0 = 4\n"
        "  help: this is a defect of mapper; please tell us, with this line\n"
    )


def envelope(first: int, count: int) -> bytes:
    """A line that holds calls without a `messageId`, so that none is known for a duplicate."""
    batch = [decode(line) for line in calls(first, count).splitlines()]
    for call in batch:
        del call["messageId"]
    return encode({"batch": batch}) + b"\n"


@pytest.mark.parametrize("before", [pytest.param(0, marks=pytest.mark.long), 2])
def test_an_envelope_is_gone_on_with_inside(before: int, tmp_path: Path, sandbox: RunningSandbox) -> None:
    lines = calls(0, before) if before else b""
    (tmp_path / "calls.ndjson").write_bytes(lines + envelope(before, 25) + calls(before + 25, 4))
    for _ in range(3):
        assert run(tmp_path, sandbox, "calls.ndjson", "--limit", "7").code == 0
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 0
    assert f"calls.ndjson: read into line {before + 1} before, going on from there\n" in ended.err
    assert ended.ledger["read"] == before + 29
    assert sessions(sandbox) == expected(before + 29)


@pytest.mark.long
def test_a_file_of_one_envelope_may_grow(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Alone in its file, an envelope has its items numbered; the lines behind it must not be taken for them."""
    file = tmp_path / "calls.ndjson"
    file.write_bytes(envelope(0, 25))
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0
    file.write_bytes(file.read_bytes() + envelope(25, 5) + calls(30, 4))
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 0
    assert "calls.ndjson: read up to line 1 before, going on from there\n" in ended.err
    assert sessions(sandbox) == expected(34)


def test_standard_input_says_that_it_can_not_be_gone_on_with(tmp_path: Path, sandbox: RunningSandbox) -> None:
    ended = run_mapper(
        "run", "-", "--queue", "q.db", "--base-url", sandbox.base_url, cwd=tmp_path, env=KEYS, stdin=calls(0, 3)
    )
    assert ended.code == 0
    assert "-: can't be gone on with; what is read of it is safe in the queue" in ended.err
    assert sessions(sandbox) == expected(3)


@pytest.mark.long
def test_what_is_dead_is_kept_with_its_call_and_without_its_write_key(tmp_path: Path, sandbox: RunningSandbox) -> None:
    bad = b'{"type":"track","event":"","userId":"u","writeKey":"canary-write","timestamp":"2026-01-02"}\nno json\n'
    (tmp_path / "calls.ndjson").write_bytes(bad + calls(0, 1))
    ended = run(tmp_path, sandbox, "calls.ndjson")
    assert ended.code == 1
    seen = view(tmp_path / "q.db")
    assert seen.letters == 2
    assert seen.ledger["unmappable", "no event name"] == 1
    for path in tmp_path.glob("q.db*"):
        assert not any(secret in path.read_bytes() for secret in (b"canary", b"sandbox-auth", b"sandbox-send"))


@pytest.mark.long
def test_a_queue_that_another_process_has(tmp_path: Path, sandbox: RunningSandbox) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 1))
    first = start(tmp_path, sandbox, "-", stdin=subprocess.PIPE)
    try:
        while view_or_none(tmp_path / "q.db") is None:
            time.sleep(0.05)
        ended = run(tmp_path, sandbox, "calls.ndjson")
        assert ended.code == 2
        assert f"error: q.db: in use by process {first.pid}" in ended.err
    finally:
        first.kill()
        first.communicate()
    assert run(tmp_path, sandbox, "calls.ndjson").code == 0


@pytest.mark.long
def test_what_waits_is_sent_without_a_file(tmp_path: Path, sandbox: RunningSandbox) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 3))
    nowhere = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms")
    ended = quick("run", "calls.ndjson", "--queue", "q.db", *nowhere, cwd=tmp_path, env=KEYS)
    assert ended.code == 1
    assert "pending   3" in ended.err
    ended = run(tmp_path, sandbox)
    assert ended.code == 0
    assert "q.db: 3 requests of earlier runs are sent too" in ended.err
    assert sessions(sandbox) == expected(3)


@pytest.mark.long
def test_a_request_that_is_not_there_any_more(tmp_path: Path) -> None:
    (tmp_path / "calls.ndjson").write_bytes(calls(0, 3))
    nowhere = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms")
    quick("run", "calls.ndjson", "--queue", "q.db", *nowhere, cwd=tmp_path, env=KEYS)
    ended = run_mapper(
        "run", "--queue", "q.db", "--destination", "natero-accounts",
        cwd=tmp_path, env={"NATERO_ACCOUNTS_API_KEY": "k"},
    )  # fmt: skip
    assert ended.code == 2
    assert "error: q.db: 3 requests wait for `natero/event`, which is not there any more\n" in ended.err


def view_or_none(path: Path) -> object:
    try:
        return view(path)
    except Exception:
        return None


def start(
    folder: Path, sandbox: RunningSandbox, *arguments: str, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mapper", "run", *arguments, "--queue", "q.db", "--base-url", sandbox.base_url]
    return subprocess.Popen(
        [*command, "--quiet", "--concurrency", "1"],
        cwd=folder, env=environment(KEYS), stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_what_waits_for_the_real_destination_is_not_used_up_in_a_sandbox(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "in.ndjson").write_bytes(calls(0, 3))
    away = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "1ms", "--queue", "q.db")
    assert quick("run", "in.ndjson", *away, cwd=tmp_path, env=KEYS).code == 1
    refused = quick("run", "--queue", "q.db", "--sandbox", cwd=tmp_path)
    assert (refused.code, refused.err.partition("\n")[2]) == (
        2,
        "error: q.db: what waits in it (3) is for the real destination, and --sandbox would use it up\n"
        "  help: name another queue for the sandbox, or leave out --sandbox\n",
    )
    assert run(tmp_path, sandbox).code == 0
    assert sessions(sandbox) == expected(3)
    assert quick("run", "--queue", "q.db", "--sandbox", cwd=tmp_path).code == 0  # nothing waits any more


def test_a_filter_that_matches_nothing_is_an_error_whatever_earlier_runs_did(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "first").write_bytes(calls(0, 1))
    (tmp_path / "second").write_bytes(calls(1, 1))
    assert run(tmp_path, sandbox, "first").code == 0
    ended = run(tmp_path, sandbox, "second", "--only", "page")
    assert (ended.code, "error: --only page: no call of this type was read" in ended.err) == (1, True)
    assert run(tmp_path, sandbox, "second", "--only", "page").code == 0, "nothing was left to read"
