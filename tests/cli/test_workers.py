"""``--workers``: the same results in the same order, whatever becomes of the processes that map."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mapper.base.json import encode
from tests.support.awaiting import PATIENCE
from tests.support.calls import random_calls

ROOT = Path(__file__).parents[2]
EXAMPLES = [str(path) for path in sorted((ROOT / "docs/examples").glob("*.ndjson"))]
MANY = b"".join(encode({"type": "track", "event": "x", "userId": f"u{at % 9}"}) + b"\n" for at in range(1_200))
"""More than a chunk, so that both workers have something to do."""


def mapper(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "mapper", "run", *arguments],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=PATIENCE,
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


@pytest.mark.long
def test_what_is_delivered_balances_as_with_one(calls: str) -> None:
    ledgers = []
    for count in ("1", "2"):
        ended = mapper(calls, "--sandbox", "--workers", count, "--mappings", str(ROOT / "mappings"))
        ledgers.append([line for line in ended.stderr.decode().splitlines() if line[:9].strip().isalpha()])
        assert ended.returncode == 1
    assert ledgers[0][:12] == ledgers[1][:12]
    assert any(line.startswith("pending   ") and line.endswith(" 0") for line in ledgers[1])


@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_count_that_makes_no_sense(count: str, calls: str) -> None:
    ended = mapper(calls, "--dry-run", "--workers", count)
    assert ended.returncode == 2
    assert b"Traceback" not in ended.stderr


def children(pid: int) -> list[int]:
    """Workers of a process."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"mapper.app.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def running(
    *options: str, patience: float = 1.0, secrets: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A run of two workers that reads from a pipe which stays open; `patience`: seconds they get to begin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mapper", "run", "-", "--workers", "2", "--quiet", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **(secrets or {})},
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(MANY)
        process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while len(children(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(patience)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers that linger too: they hold stderr open
        process.communicate()


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[bytes]]:
    with running("--sandbox") as process:
        yield process


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.mark.long
def test_a_worker_that_is_killed_ends_the_run_in_words(endless: subprocess.Popen[bytes]) -> None:
    workers = children(endless.pid)
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    assert endless.stdin is not None
    with suppress(BrokenPipeError):  # it may end before
        endless.stdin.write(Path(EXAMPLES[-1]).read_bytes())
    with suppress(BrokenPipeError):
        endless.stdin.close()
    endless.stdin = None
    _, told = endless.communicate(timeout=PATIENCE)
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
    _, told = endless.communicate(timeout=PATIENCE)
    assert b"Traceback" not in told
    assert gone(workers)


def held(pid: int, what: bytes) -> bool:
    """Whether a process has this in its memory, its environment included."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if "r" not in rights or "[v" in line:  # [vvar] and the like belong to the kernel
                continue
            first, end = (int(part, 16) for part in span.split("-"))
            memory.seek(first)
            with suppress(OSError):
                if what in (memory.read(end - first) or b""):
                    return True
    return False


def test_no_secret_is_in_the_memory_of_a_worker() -> None:
    secrets = {"NATERO_AUTH_KEY": "CANARYauth_31d0", "NATERO_SEND_KEY": "CANARYsend_77aa"}
    with running("--base-url", "http://127.0.0.1:9", secrets=secrets) as process:
        others = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(others) == 2
        try:
            assert held(process.pid, b"CANARYauth_31d0")
        except PermissionError:
            pytest.skip("the memory of other processes can't be read here")
        assert not [pid for pid in others if held(int(pid), b"CANARY")]


OUT_OF_MEMORY = """
from mapper.engine.interpret import Interpreter

def apply(self, lines):
    raise MemoryError

Interpreter.apply = apply
"""


@pytest.mark.long
@pytest.mark.parametrize("how", ["--dry-run", "--sandbox"])
def test_a_worker_that_runs_out_of_memory_ends_the_run_in_words(how: str, tmp_path: Path) -> None:
    """Python runs a module of this name before anything else, in workers too."""
    (tmp_path / "sitecustomize.py").write_text(OUT_OF_MEMORY)
    ended = mapper(EXAMPLES[0], how, "--workers", "2", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert ended.returncode == 1
    assert b"error: a worker process ended unexpectedly" in ended.stderr
    assert b"Traceback" not in ended.stderr
    if how == "--sandbox":
        assert b"--from-line 1 --sandbox --workers 2\n" in ended.stderr


@pytest.mark.long
def test_a_worker_that_is_killed_ends_a_dry_run_in_words() -> None:
    with running("--dry-run") as process:
        workers = children(process.pid)
        os.kill(workers[0], signal.SIGKILL)
        assert process.stdin is not None
        for _ in range(20):
            with suppress(BrokenPipeError):
                process.stdin.write(Path(EXAMPLES[-1]).read_bytes() * 20)
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        assert b"error: a worker process ended unexpectedly: not all lines are shown" in told
        assert b"Traceback" not in told
        assert gone(workers)


@pytest.mark.long
@pytest.mark.parametrize("how", ["--dry-run", "--sandbox"])
def test_an_interrupt_that_reaches_workers_while_they_start(how: str) -> None:
    """A terminal sends it to all processes of the run."""
    with running(how, patience=0) as process:
        workers = children(process.pid)
        assert workers
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert b"Traceback" not in told
        assert gone(workers)
