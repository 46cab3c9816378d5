"""Standard streams that are closed, or on a disk that is full."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kit import environment, track, write

COMMANDS = ["run in.ndjson --dry-run --quiet", "functions", "eval userId in.ndjson", "--help", "--version"]


def shell(command: str, cwd: Path) -> tuple[int, str, str]:
    """What a shell gets of ``mapper COMMAND``: code, stdout, stderr."""
    write(cwd / "in.ndjson", track("u1"))
    line = f"{shlex.quote(sys.executable)} -m mapper {command}"
    done = subprocess.run(["sh", "-c", line], cwd=cwd, env=environment(), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_a_full_disk_does_not_take(command: str, tmp_path: Path) -> None:
    code, _, err = shell(f"{command} >/dev/full", tmp_path)
    assert (code, err) == (1, "error: the output can't be written: No space left on device\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_output_that_nobody_wants(command: str, tmp_path: Path) -> None:
    assert shell(f"{command} >&-", tmp_path) == (0, "", "")


@pytest.mark.parametrize("options", ["", "--workers 2", "--queue q.db"])
def test_dead_letters_that_a_full_disk_does_not_take(options: str, tmp_path: Path) -> None:
    write(tmp_path / "dead.ndjson", track("u1"), "{")
    code, out, err = shell(f"run dead.ndjson --sandbox --dead-letters /dev/full {options}", tmp_path)
    assert (code, out) == (1, "")
    assert err.endswith(
        "\nerror: --dead-letters: can't write /dev/full: No space left on device; "
        "the first letter that is not in it is that of dead.ndjson:2\n"
        "  help: make room and run again; without --queue, what was delivered by now is delivered once more\n"
    )


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
