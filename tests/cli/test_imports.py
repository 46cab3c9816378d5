"""No command imports what it does not use: each starts as fast as its job allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mapper.cli.main import application
from tests.cli.kit import KEYS, environment, track, write
from tests.support.awaiting import PATIENCE

PROBE = """
import sys
from mapper.__main__ import main
try:
    main()
except SystemExit:
    pass
sys.stdout.flush()
sys.stderr.write("\\nmodules: " + " ".join(sorted(sys.modules)))
"""
HTTP = {"httpx", "httpcore", "h11", "asyncio", "ssl"}
YAML = {"yaml", "mapper.authoring.compose"}
SCHEMAS = {"jsonschema", "jsonschema_rs"}
SENDING = {"mapper.delivery.send", "mapper.delivery.worker"}
SANDBOX = {"mapper.sandbox"}
RUNNING = {"mapper.engine.interpret", "mapper.intake.read", "mapper.app.wiring"}
PRETTY = {"rich"}
COMMANDS = {each.name: each.callback.__module__ for each in application().registered_commands if each.callback}
FAULTS = {"jsonschema", "mapper.authoring.syntax", "mapper.authoring.quoting", "mapper.authoring.shape_messages"}
SHOWING = {"mapper.render.machine", "mapper.render.text", "mapper.cli.diagnose"}
TESTING = {"pytest", "syrupy", "mapper.testing", "mapper.review"}
RECORDS = {"msgspec", "mapper.records"}
SLOW = {"jsonschema", "mapper.compiler", "mapper.app.wiring"}
NOWHERE = ("--base-url", "http://127.0.0.1:9", "--give-up-after", "10ms")


@pytest.mark.parametrize(
    ("arguments", "unused", "used"),
    [
        (["--version"], {"typer", "typing", "re", "mapper.cli"}, {"mapper"}),
        (["validate"], HTTP | SENDING | SANDBOX | RUNNING | PRETTY | FAULTS | SHOWING, {"yaml"}),
        (["functions", "id"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING | PRETTY, {"jmespath"}),
        (["eval", "id(userId)"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | PRETTY, {"jmespath"}),
        (["rules", "MAP101"], HTTP | SENDING | SANDBOX | RUNNING | PRETTY | {"jsonschema"}, {"mapper.authoring.rules"}),
        (["snap", "test", "-h"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING, {"mapper.cli.snap"}),
        (["init", "new"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING | PRETTY, {"mapper.app.init"}),
        (["run", "in.ndjson", "-n"], HTTP | SENDING | SANDBOX | PRETTY | {"jsonschema"}, {"mapper.engine.interpret"}),
        (["explain", "in.ndjson"], HTTP | SENDING | SANDBOX | PRETTY | SLOW, {"mapper.review"}),
        (
            ["coverage", "in.ndjson"],
            HTTP | SENDING | SANDBOX | PRETTY | {"mapper.compiler.compiled"},
            {"mapper.review"},
        ),
        (["diff", "old", "new"], HTTP | SENDING | SANDBOX | PRETTY | {"mapper.compiler.compiled"}, {"mapper.review"}),
        (["run", "in.ndjson", *NOWHERE], SANDBOX | {"jsonschema"}, {"httpx", "mapper.engine.interpret"}),
        (["dead", "list", "q.db"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING | PRETTY, {"apsw"}),
        (["queue", "check", "q.db"], HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING | PRETTY, {"apsw"}),
        (["sandbox", "--fault", "x"], {"httpx", "mapper.delivery", "mapper.app.pipeline"}, {"h11", "mapper.sandbox"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_imports_what_it_uses_only(
    arguments: list[str], unused: set[str], used: set[str], tmp_path: Path
) -> None:
    write(tmp_path / "in.ndjson", track())
    modules = imported(arguments, tmp_path)
    assert modules & set(COMMANDS.values()) <= {COMMANDS.get(arguments[0])}
    assert used <= modules
    assert not modules & ((unused | TESTING) - used)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["nonsense"], ["run", "--nonsense"], ["tail"]], ids=lambda value: " ".join(value)
)
def test_help_and_refusals_of_what_is_typed_import_nothing_that_works(arguments: list[str], tmp_path: Path) -> None:
    modules = imported(arguments, tmp_path)
    assert "typer" in modules
    assert not modules & (HTTP | YAML | SCHEMAS | SENDING | SANDBOX | RUNNING | TESTING | RECORDS)


def imported(arguments: list[str], folder: Path) -> set[str]:
    """The modules that a command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=folder,
        env=environment(KEYS),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    return set(done.stderr.rpartition("modules: ")[2].split())
