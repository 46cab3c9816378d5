"""What the pages on running, the sandbox and snapshots say is so."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from mapper.app.init import create
from mapper.app.settings import gather, resolve, variable
from mapper.authoring.load import load_set
from mapper.cli.main import application
from mapper.records.spec import DestinationSpec
from mapper.review.cases import read_case
from mapper.sandbox import load_spec, running
from mapper.sandbox.faults import Faults, parse_fault_option
from tests.cli.kit import mapper
from tests.support.pages import ROOT, blocks, commands, rows, text

PAGES = ("README.md", "docs/running.md", "docs/sandbox-intro.md", "docs/snapshots.md", "docs/troubleshooting.md")
OF_OTHERS = {"--snapshot-update", "--quiet", "--stat"}
"""Options of pytest and git."""
GROUP: Any = typer.main.get_command(application())


def _options(command: Any) -> set[str]:
    """The options of a command, those of its own commands included."""
    own = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    return own.union(*(_options(inner) for inner in getattr(command, "commands", {}).values()))


OPTIONS = {name: _options(command) for name, command in GROUP.commands.items()}
CODE = re.compile(r"`([^`\n]+)`")


def _specs() -> list[DestinationSpec]:
    loaded = (load_set(ROOT / "mappings" / name).spec for name in ("natero", "natero-accounts"))
    return [spec for spec in loaded if spec is not None]


def test_every_command_is_named() -> None:
    assert set(re.findall(r"`mapper (\w+)", text("README.md"))) == set(GROUP.commands)


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_is_named_exists(page: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text(page)))
    assert named <= {"--version", "--help"}.union(OF_OTHERS, *OPTIONS.values())


def test_running_names_every_option_of_run() -> None:
    missing = {option for option in OPTIONS["run"] if f"`{option}" not in text("docs/running.md")}
    assert missing <= {"--help"}


@pytest.mark.parametrize("page", PAGES[1:])
def test_commands_run(page: str) -> None:
    for command in commands(page):
        words = command.split()
        assert words[0] == "mapper"
        assert mapper(*words[1:], cwd=ROOT).code == 0


def test_exit_codes_are_the_same_everywhere() -> None:
    header = "| exit code | |"
    assert rows("docs/running.md", header) == rows("README.md", header)


# -- settings ----------------------------------------------------------------------------------------------------------


def test_every_setting_stands_in_the_table() -> None:
    table = rows("docs/running.md", "| destination | setting | environment | |")
    assert [row[:3] for row in table] == [
        [f"`{spec.id}`", f"`{setting.name}`", f"`{variable(spec.id, setting.name)}`"]
        for spec in _specs()
        for setting in spec.settings
    ]
    settings = [setting for spec in _specs() for setting in spec.settings]
    for (*_, note), setting in zip(table, settings, strict=True):
        assert ("required" in note) is setting.required
        assert ("secret" in note) is setting.secret
        allowed = setting.schema.get("enum", ())
        assert [word for word in CODE.findall(note) if word in allowed] == list(allowed)
        assert setting.default is None or f"`{setting.default}` (default)" in note


def test_the_settings_file_is_one(tmp_path: Path) -> None:
    (block,) = blocks("docs/running.md", "yaml")
    file = tmp_path / "settings.yaml"
    file.write_text(block)
    for spec in _specs():
        sources = gather([], file, {})
        values, problems = resolve(spec, sources)
        assert problems == []
        assert set(values) >= set(sources.file[spec.id])


# -- the sandbox -------------------------------------------------------------------------------------------------------


def test_the_sandbox_file_is_one(tmp_path: Path) -> None:
    (block,) = blocks("docs/sandbox-intro.md", "yaml")
    (tmp_path / "sandbox.yaml").write_text(block)

    async def talk() -> list[tuple[int, Any]]:
        async with running(load_spec(tmp_path / "sandbox.yaml")) as sandbox:
            headers = {"authorization": "Bearer sandbox-token", "content-type": "application/json"}
            async with httpx.AsyncClient(base_url=sandbox.base_url, headers=headers, trust_env=False) as client:
                answers = [
                    await client.post("/events", content=line) for line in (b'{"id":"1","name":"n"}\n', b'{"id":"1"}\n')
                ]
                return [(answer.status_code, answer.json()) for answer in answers]

    taken, refused = asyncio.run(talk())
    assert taken == (202, {"taken": 1})
    assert refused[0] == 400
    assert refused[1]["line"] == 1


def test_the_sandbox_answers_what_the_table_lists() -> None:
    table = [CODE.findall(row[0])[0].split() for row in rows("docs/sandbox-intro.md", "| request | |")]

    async def talk() -> list[int]:
        spec = load_spec(ROOT / "mappings/natero/sandbox.yaml")
        async with running(spec) as sandbox, httpx.AsyncClient(base_url=sandbox.base_url, trust_env=False) as client:
            return [(await client.request(method, path, content="[]")).status_code for method, path in table]

    assert len(table) == 7
    assert set(asyncio.run(talk())) == {200, 204}


def test_faults_are_faults() -> None:
    table = rows("docs/sandbox-intro.md", "| to see what happens when | fault |")
    shell = "\n".join(blocks("docs/sandbox-intro.md", ""))
    given = [parse_fault_option(option.strip("'")) for option in re.findall(r"--fault ('[^']+'|\S+)", shell)]
    posted = [json.loads(body) for body in re.findall(r"curl -d '([^']+)'", shell)]
    assert (len(given), len(posted)) == (2, 1)
    Faults(["event"]).add([*(json.loads(row[1].strip("`")) for row in table), *given, *posted])


# -- snapshots ---------------------------------------------------------------------------------------------------------


def test_the_case_is_one_and_shows_what_it_says(tmp_path: Path) -> None:
    (block,) = blocks("docs/snapshots.md", "json")
    (tmp_path / "case.json").write_text(block)
    case = read_case(tmp_path / "case.json")
    (tmp_path / "call.json").write_text(json.dumps(case.call))
    (result,) = mapper("run", "call.json", "--dry-run", cwd=tmp_path).results
    assert result["mapping"] == "track"
    assert result["request"]["body"]["total"] == 1


def test_a_new_project_has_the_lines_that_the_page_shows(tmp_path: Path) -> None:
    (block,) = blocks("docs/snapshots.md", "python")
    create(tmp_path)
    assert (tmp_path / "tests/test_mappings.py").read_text().endswith(f"\n\n{block}")
