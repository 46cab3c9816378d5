"""The GitHub Action and the pre-commit hooks: what they run exists and works in a project of one's own."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.diffing import change, commit, git, project
from tests.cli.kit import environment, quick, write
from tests.support.awaiting import PATIENCE
from tests.support.pages import ROOT

ACTION = ROOT / ".github" / "actions" / "mapper" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
WORKFLOW = ROOT / "docs" / "examples" / "github-workflow.yml"
GH = """\
import json, os, sys
from pathlib import Path
calls = Path(os.environ["GH_CALLS"])
with calls.open("a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if "--jq" in sys.argv:
    print(os.environ.get("KNOWN", ""), end="")
"""


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.fixture
def tools(tmp_path: Path) -> dict[str, str]:
    """A PATH with this very mapper, and a `gh` that notes what it is asked."""
    folder = tmp_path / "bin"
    folder.mkdir()
    write(folder / "gh.py", GH)
    for name, arguments in {"mapper": ["-m", "mapper"], "gh": [str(folder / "gh.py")]}.items():
        command = shlex.join([sys.executable, *arguments])
        write(folder / name, "#!/bin/sh", f'exec {command} "$@"').chmod(0o755)
    runner = tmp_path / "runner"
    runner.mkdir()
    return environment() | {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
        "GH_CALLS": str(runner / "gh.ndjson"),
        "CI": "true",
    }


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A branch with a change that a case shows."""
    folder = project(tmp_path / "acme")
    write(folder / "test_mappings.py", "from mapper.testing import lock", 'test = lock("cases", minimum=0)')
    case = folder / "cases" / "acme" / "track" / "opened.json"
    case.parent.mkdir(parents=True)
    write(case, {"about": "A door.", "call": {"type": "track", "userId": "u1", "event": "Opened"}})
    free = {"CI": ""}
    assert quick("snap", "test", cwd=folder, env=free).code == 1
    assert quick("snap", "accept", "--all", cwd=folder, env=free).code == 0
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "feature")
    change(folder, "track", "did: event", "did: lower(event)")
    commit(folder)
    return folder


def run_step(
    name: str, inputs: Mapping[str, str], *, cwd: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A step of the action as a runner runs it, expressions of its `env` replaced."""
    action = read(ACTION)
    [step] = [step for step in action["runs"]["steps"] if step["name"] == name]
    given = {key: each.get("default", "") for key, each in action["inputs"].items()} | dict(inputs)
    values = {f"inputs.{key}": value for key, value in given.items()}
    values |= {"github.repository": "acme/mappings", "github.event.pull_request.number": "7"}
    filled = {
        key: re.sub(r"\$\{\{ (\S+) \}\}", lambda match: values[match[1]], value)
        for key, value in step.get("env", {}).items()
    }
    assert "${{" not in step["run"], "what comes from outside reaches a script by its environment alone"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=cwd,
        env={**env, **filled},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_the_action_is_one_that_github_takes() -> None:
    action = read(ACTION)
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        used = set(re.findall(r"inputs\.(\w+)", json.dumps(step)))
        assert used <= action["inputs"].keys()
    assert {"name", "description", "inputs", "runs"} == action.keys()
    assert all(each["description"] for each in action["inputs"].values())


def test_the_example_uses_the_action_as_it_is() -> None:
    [job] = read(WORKFLOW)["jobs"].values()
    [step] = [step for step in job["steps"] if step["uses"].startswith("./")]
    assert ROOT / step["uses"] / "action.yml" == ACTION
    assert step["with"].keys() <= read(ACTION)["inputs"].keys()
    [checkout] = [step for step in job["steps"] if step["uses"].startswith("actions/checkout@")]
    assert checkout["with"]["fetch-depth"] == 0


def test_what_the_action_installs_is_this(tools: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "bin" / "python3", "#!/bin/sh", 'echo "$@"').chmod(0o755)
    here = tools | {"GITHUB_ACTION_PATH": str(ACTION.parent)}
    done = run_step("Install mapper", {}, cwd=tmp_path, env=here)
    *_, clone = done.stdout.split()
    assert done.stdout == f"-m pip install --quiet --disable-pip-version-check {clone}\n"
    assert clone.endswith("[test]")
    assert Path(clone.removesuffix("[test]")).resolve() == ROOT
    [job] = read(WORKFLOW)["jobs"].values()
    named = job["steps"][-1]["with"]["package"]
    done = run_step("Install mapper", {"package": named}, cwd=tmp_path, env=here)
    assert done.stdout == f"-m pip install --quiet --disable-pip-version-check {named}\n"


@pytest.mark.long
def test_the_steps_check_and_show(acme: Path, tools: dict[str, str], tmp_path: Path) -> None:
    done = run_step("Validate", {}, cwd=acme, env=tools)
    assert (done.returncode, done.stdout) == (0, "")
    done = run_step("Snapshots", {}, cwd=acme, env=tools)
    assert (done.returncode, "changed  acme/track/opened" in done.stdout) == (1, True)
    done = run_step("Differences", {"base": "main"}, cwd=acme, env=tools)
    assert (done.returncode, done.stderr) == (0, "")
    summary = (tmp_path / "runner" / "summary.md").read_text()
    assert summary.startswith(
        "### What changes from `main...HEAD` to `HEAD`\n\n**1 call of the cases in cases: all differ in 1 way**"
    )
    done = run_step("Differences", {"base": "main", "events": "events.ndjson"}, cwd=acme, env=tools)
    assert "**5 calls of events.ndjson: 2 differ" in (tmp_path / "runner" / "summary.md").read_text()


def test_a_base_that_is_not_there_fails_the_step(acme: Path, tools: dict[str, str]) -> None:
    done = run_step("Differences", {"base": "gone"}, cwd=acme, env=tools)
    assert (done.returncode, done.stdout) == (2, "")
    assert "git knows no revision `gone` here" in done.stderr


@pytest.mark.parametrize(
    ("known", "method", "target"),
    [("", "POST", "repos/acme/mappings/issues/7/comments"), ("91", "PATCH", "repos/acme/mappings/issues/comments/91")],
)
def test_one_comment_is_made_and_then_kept_up_to_date(
    known: str, method: str, target: str, acme: Path, tools: dict[str, str], tmp_path: Path
) -> None:
    run_step("Differences", {"base": "main"}, cwd=acme, env=tools)
    done = run_step("Comment", {"token": "t"}, cwd=acme, env=tools | {"KNOWN": known})
    assert (done.returncode, done.stderr) == (0, "")
    comment = tmp_path / "runner" / "comment.md"
    assert comment.read_text().startswith("<!-- mapper -->\n### What changes")
    _, last = map(json.loads, (tmp_path / "runner" / "gh.ndjson").read_text().splitlines())
    assert last == ["api", "--silent", "--method", method, target, "--field", f"body=@{comment}"]


@pytest.mark.long
def test_the_hooks_run(acme: Path, tools: dict[str, str]) -> None:
    codes = {}
    for hook in read(HOOKS):
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        assert re.search(hook["files"], "mappings/acme/track.yaml")
        done = subprocess.run(
            shlex.split(hook["entry"]), cwd=acme, env=tools, capture_output=True, text=True, check=False
        )
        codes[hook["id"]] = done.returncode, done.stderr
    assert codes == {"mapper-validate": (0, ""), "mapper-snap": (1, ""), "mapper-diff": (0, "")}
