"""Projects with damaged files: whatever is broken, each command says so in a line with help, or does its work."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.cli.diffing import CALLS, commit, project
from tests.cli.kit import quick, write

FREE = {"CI": ""}
ROUNDS = 40
JUNK = (
    *(b"", b"\x00", b"\xff\xfe", b"{", b"}", b"[", b"]", b'"', b"'", b":", b" ", b"\n", b"- ", b"null", b"true"),
    *(b"1e999", b"`", b"$if", b"$take: ", b"&", b"*", b"!", b"||", b"<<<<<<< ours\n", b"=======\n", b"-1", b"9" * 30),
    *(b"/../", b"\\u0000", b"\\ud800", "\u202e".encode()),
)
COMMANDS = (
    ("validate",),
    ("explain", "events.ndjson", "--line", "4"),
    ("explain", "cases/acme/track/0.json"),
    ("coverage",),
    ("coverage", "events.ndjson", "--all"),
    ("coverage", "--mutants"),
    ("diff",),
    ("diff", "HEAD", "--events", "events.ndjson", "--format", "markdown"),
    ("drift", "events.ndjson", "--all"),
    ("snap", "test"),
    ("snap", "accept", "--all"),
    ("snap", "reject", "--all"),
    ("snap", "prune"),
    ("snap", "new", "--from", "events.ndjson", "--line", "1"),
    ("new", "mapping", "more", "-d", "acme", "-t", "track"),
    ("new", "destination", "other"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project under git, with a case and a snapshot of each call."""
    folder = project(tmp_path_factory.mktemp("whole"))
    write(folder / "test_mappings.py", "from mapper.testing import lock", 'test = lock("cases", minimum=0)')
    for number, call in enumerate(CALLS):
        path = folder / "cases" / "acme" / call["type"] / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, {"about": "A call.", "call": call})
    assert quick("snap", "test", "-q", cwd=folder, env=FREE).code == 1
    assert quick("snap", "accept", "--all", cwd=folder, env=FREE).code == 0
    commit(folder)
    return folder


def damaged(content: bytes, rng: random.Random) -> bytes:
    """With a few bytes less, more, twice, or others."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randint(0, len(made)), rng.randint(1, 20)
        match rng.randrange(5):
            case 0:
                made[at:at] = rng.choice(JUNK)
            case 1:
                made[at : at + length] = b""
            case 2:
                made[at:at] = made[at : at + length]
            case 3:
                made[at : at + 1] = rng.randbytes(1)
            case _:
                made[at : at + 5] = rng.choice(JUNK)
    return bytes(made)


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1])
def test_whatever_is_broken_is_told(seed: int, whole: Path, tmp_path: Path) -> None:
    rng = random.Random(seed)
    files = [path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and ".git" not in path.parts]
    for number in range(ROUNDS):
        folder = shutil.copytree(whole, tmp_path / str(number))
        for file in rng.sample(files, rng.randint(1, 2)):
            (folder / file).write_bytes(damaged((folder / file).read_bytes(), rng))
        for command in rng.sample(COMMANDS, 4):
            done = quick(*command, cwd=folder, env=FREE)
            assert done.code in (0, 1, 2), (folder, command)
            assert "Traceback" not in done.err, (folder, command)
            assert done.code < 2 or "error" in done.err, (folder, command)
        shutil.rmtree(folder)
