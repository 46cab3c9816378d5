"""Where the extra `nats` is not installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.kit import ROOT, mapper, track, write

QUEUE = "nats://u:geheim@127.0.0.1:4222/q"


@pytest.mark.long
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "in", "--queue", QUEUE],
        ["work", QUEUE],
        ["serve", "--queue", QUEUE, "--listen", "127.0.0.1:0"],
        ["status", QUEUE],
        ["tail", QUEUE],
        ["dead", "list", QUEUE],
        ["dead", "replay", QUEUE],
        ["nats", "init", QUEUE],
    ],
    ids=lambda each: each[0] if each[0] != "dead" else each[1],
)
def test_every_command_says_what_to_install(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "without" / "nats").mkdir(parents=True)
    (tmp_path / "without" / "nats" / "__init__.py").write_text("raise ModuleNotFoundError('none', name='nats')\n")
    write(tmp_path / "in", track())
    path = os.pathsep.join([str(tmp_path / "without"), str(ROOT)])
    done = mapper(*arguments, cwd=tmp_path, env={"PYTHONPATH": path, "MAPPER_WRITE_KEYS": "web=some-key-of-ours"})
    assert (done.code, done.out) == (2, "")
    assert "error: a queue in NATS needs the extra `nats`\n  help: `pip install '.[nats]'`" in done.err
    assert "geheim" not in done.err
