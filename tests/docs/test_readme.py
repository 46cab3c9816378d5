"""The README from its first command to its last, as a newcomer types them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mapper.api import Mapped
from mapper.base.json import decode
from tests.cli.kit import AT, EXAMPLES, environment
from tests.support.pages import blocks, commands, text

PAGE = "README.md"
EVENTS = EXAMPLES / "events.ndjson"
BIN = Path(sys.executable).parent
Type = Callable[[str], subprocess.CompletedProcess[str]]


def test_the_number_of_example_calls_is_right() -> None:
    (count,) = re.findall(r"delivers (\d+) example calls", text(PAGE))
    assert len(EVENTS.read_bytes().splitlines()) == int(count)


def test_the_python_example_maps() -> None:
    (block,) = blocks(PAGE, "python")
    *lines, deliver = block.splitlines()
    assert "deliver(calls)" in deliver
    names: dict[str, Any] = {"calls": [{"type": "track", "userId": "u1", "event": "Signed In", "timestamp": AT}]}
    exec("\n".join(lines), names)
    assert [type(result) for result in names["results"]] == [Mapped]


def _edit(project: Path) -> None:
    """Put the README's line in the place it names."""
    (line,) = blocks(PAGE, "yaml")
    track = project / "mappings/natero/track.yaml"
    changed, count = re.subn(r"(?m)^  module: .*$", f"  {line.strip()}", track.read_text())
    assert count == 1
    track.write_text(changed)


def _module(done: subprocess.CompletedProcess[str]) -> Any:
    return decode(done.stdout.splitlines()[2].encode())["request"]["body"]["module"]


@pytest.mark.long
def test_the_first_edit_in_five_minutes(tmp_path: Path) -> None:
    project = tmp_path / "my-mappings"
    env = {name: value for name, value in environment().items() if name not in ("CI", "PYTHONPATH")}
    env |= {"HOME": str(tmp_path), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    env |= {f"GIT_{who}_{what}": "me@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def enter(command: str, cwd: Path = project) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, shell=True, cwd=cwd, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    activate, init, cd, git, look, validate, explain, evaluate, run, cases, events, lock, accept, diff = commands(PAGE)
    assert activate == "source .venv/bin/activate"
    assert cd == f"cd {shlex.split(init)[-1]}"
    before, after = re.findall(r'"module":"([^"]+)"', text(PAGE))

    assert enter(init, tmp_path).returncode == 0
    assert enter(git).returncode == 0
    assert _module(enter(look)) == before
    _edit(project)
    assert enter(validate).returncode == 0
    assert _module(enter(look)) == after
    assert f'module = "{after}"  <- context.page.path' in enter(explain).stdout
    assert decode(enter(evaluate).stdout.encode()) == after
    assert enter(run).returncode == 0

    for compare in (cases, events):
        assert re.match(r"natero/track: `module` changes in \d+ of \d+ track calls\n", enter(compare).stdout)

    failed = enter(lock)
    assert failed.returncode == 1
    changed = re.findall(r"^changed  (natero/track/\S+)$", failed.stdout, re.MULTILINE)
    assert changed
    assert enter(accept).returncode == 0
    assert enter(lock).returncode == 0
    shown = enter(diff).stdout
    assert "mappings/natero/track.yaml" in shown
    assert f"{len(changed) + 1} files changed" in shown
