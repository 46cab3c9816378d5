"""`mapper eval`, `mapper functions` and `mapper rules`."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kit import EXAMPLES, environment, mapper, quick, track, write
from tests.support.awaiting import PATIENCE


def terminal(*arguments: str, cwd: Path, columns: int = 80) -> str:
    """What the command shows somebody at a terminal who types nothing."""
    ours, its = pty.openpty()
    env = environment({"COLUMNS": str(columns)})
    with subprocess.Popen(
        [sys.executable, "-m", "mapper", *arguments], cwd=cwd, env=env, stdin=its, stdout=its, stderr=its
    ) as process:
        os.close(its)
        shown = b""
        while select.select([ours], [], [], PATIENCE)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # how Linux tells that the other side is closed
                break
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_an_expression_on_a_line_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path / "in.ndjson", track("u1"), track("u2"))
    done = quick("eval", "id(userId)", file, "--line", "2", "--type", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, '"u2"\n', "type: string\n")


def test_an_expression_on_what_is_piped_in(tmp_path: Path) -> None:
    assert mapper("eval", "a.b", cwd=tmp_path, stdin=b'{"a": {"b": [1, null]}}').out == "[\n  1,\n  null\n]\n"


def test_without_a_call_an_example_is_shown_and_used(tmp_path: Path) -> None:
    shown = terminal("eval", "properties.rows", cwd=tmp_path)
    assert re.fullmatch(r'no FILE given; tried on this call:\n  \{"type":"track",.*\}\n120\n', shown)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            ["id(userId", "in.json"],
            1,
            "the expression ends too early\n  help: a `)` is missing\n  id(userId\n          ^\n",
        ),
        (["idd(userId)", "in.json"], 1, "there is no function `idd`\n  help: did you mean `id`?\n"),
        (["length(nosuch)", "in.json"], 1, "In function length(), invalid type for value: None"),
        (["a", "none.json"], 2, "none.json: no such file or directory\n"),
        (["a", str(EXAMPLES / "events.ndjson"), "--line", "3000"], 2, f"{EXAMPLES / 'events.ndjson'} has no line 3000"),
        (["a", str(EXAMPLES / "awkward.ndjson"), "--line", "2"], 2, "line 2 of"),
    ],
)
def test_what_goes_wrong_is_told(arguments: list[str], code: int, error: str, tmp_path: Path) -> None:
    write(tmp_path / "in.json", {})
    done = quick("eval", *arguments, cwd=tmp_path)
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"error: {error}")


def test_names_that_do_not_exist(tmp_path: Path) -> None:
    function, rule = quick("functions", "to_epoc_ms", cwd=tmp_path), quick("rules", "MAP999", cwd=tmp_path)
    assert function.err == "error: there is no function `to_epoc_ms`\n  help: did you mean `to_epoch_ms`?\n"
    assert rule.err == "error: there is no rule `MAP999`\n  help: `mapper rules` lists them all\n"
    assert function.code == rule.code == 2


def test_a_rule_is_found_by_code_and_by_name(tmp_path: Path) -> None:
    by_code, by_name = quick("rules", "map204", cwd=tmp_path), quick("rules", "unknown-name", cwd=tmp_path)
    assert by_code == by_name
    assert by_code.out.startswith("MAP204 unknown-name (error)\n")


@pytest.mark.parametrize("arguments", [["functions"], ["functions", "id"], ["rules"], ["rules", "MAP204"]])
def test_lists_fit_a_terminal_and_are_whole_lines_in_a_pipe(arguments: list[str], tmp_path: Path) -> None:
    narrow = terminal(*arguments, cwd=tmp_path, columns=80)
    piped = quick(*arguments, cwd=tmp_path).out
    assert max(map(len, narrow.splitlines())) <= 80
    assert narrow.split() == piped.split()
