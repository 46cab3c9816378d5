"""``--workers``: the same results in the same order, whatever becomes of the processes that map."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mapper.base.json import encode
from tests.support.calls import random_calls

ROOT = Path(__file__).parents[2]
EXAMPLES = [str(path) for path in sorted((ROOT / "docs/examples").glob("*.ndjson"))]


def mapper(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mapper", "run", *arguments],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=60,
    )


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Calls of every kind, with what is none among them."""
    file = tmp_path_factory.mktemp("workers") / "calls.ndjson"
    lines = [encode(call) for call in random_calls(3, 1_700)]
    lines[700:700] = [b"{", b"[]", b'{"type": 5}', b"\xff{}", b'{"type":"track","userId":"u","event":7}']
    file.write_bytes(b"\n".join(lines) + b"\n")
    return str(file)


def test_the_same_bytes_and_the_same_ledger(calls: str) -> None:
    alone = mapper(calls, *EXAMPLES, "--dry-run")
    for count in ("2", "3"):
        together = mapper(calls, *EXAMPLES, "--dry-run", "--workers", count)
        assert together.stdout == alone.stdout
        assert together.stderr == alone.stderr
        assert together.returncode == alone.returncode == 1


def test_what_is_delivered_balances_as_with_one(calls: str) -> None:
    ledgers = []
    for count in ("1", "2"):
        ended = mapper(calls, "--sandbox", "--workers", count, "--mappings", str(ROOT / "mappings"))
        ledgers.append([line for line in ended.stderr.decode().splitlines() if line[:9].strip().isalpha()])
        assert ended.returncode == 1
    assert ledgers[0][:12] == ledgers[1][:12]
    assert any(line.startswith("pending   ") and line.endswith(" 0") for line in ledgers[1])


@pytest.mark.parametrize("count", ["0", "-1", "many"])
def test_a_count_that_makes_no_sense(count: str, calls: str) -> None:
    ended = mapper(calls, "--dry-run", "--workers", count)
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr


def children(pid: int) -> list[int]:
    """Workers of a process; not the one that tracks its resources."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A run of two workers that reads from a pipe which stays open."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", "run", "-", "--sandbox", "--workers", "2", "--quiet"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    process.stdin.write(Path(EXAMPLES[-1]).read_bytes())
    process.stdin.flush()
    deadline = time.monotonic() + 20
    while len(children(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # until they map
    yield process
    process.kill()
    process.communicate()


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.long
def test_a_worker_that_is_killed_ends_the_run_in_words(endless: subprocess.Popen[bytes]) -> None:
    workers = children(endless.pid)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    assert endless.stdin is not None
    endless.stdin.write(Path(EXAMPLES[-1]).read_bytes())
    endless.stdin.close()
    endless.stdin = None
    _, told = endless.communicate(timeout=30)
    assert endless.returncode == 1
    assert b"error: a worker process ended unexpectedly: not all lines were read" in told
    assert b"first line not settled: -:" in told
    assert b"Traceback" not in told
    assert gone(workers)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_run(endless: subprocess.Popen[bytes], number: signal.Signals) -> None:
    workers = children(endless.pid)
    assert len(workers) == 2
    os.kill(endless.pid, number)
    _, told = endless.communicate(timeout=40)
    assert b"Traceback" not in told
    assert gone(workers)


def test_no_secret_reaches_a_worker(calls: str) -> None:
    """What goes to a worker is pickled; the run's settings hold the canary, and it does not."""
    program = (
        "import pickle, mapper.app.workers as w\n"
        "plain = w.Workers.__init__\n"
        "def init(self, count, apply, show=None):\n"
        "    assert b'canary' not in pickle.dumps((apply, show)), 'a secret'\n"
        "    print('looked', flush=True)\n"
        "    plain(self, count, apply, show)\n"
        "w.Workers.__init__ = init\n"
        "import sys; sys.argv[0] = 'mapper'\n"
        "from mapper.__main__ import main\n"
        "if __name__ == '__main__': main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, "run", calls, "--workers", "2", "--base-url", "http://127.0.0.1:9",
         "--give-up-after", "1s", "--limit", "3"],
        capture_output=True, cwd=ROOT, timeout=60,
        env={**os.environ, "NATERO_AUTH_KEY": "canary-auth", "NATERO_SEND_KEY": "canary-send"},
    )  # fmt: skip
    assert b"looked" in ended.stdout
    assert b"canary" not in ended.stdout + ended.stderr
