"""The oldest version that pyproject.toml allows of each dependency works, with all others at their oldest too."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.cli.kit import EXAMPLES, environment
from tests.packaging.kit import ROOT, Built, run
from tests.server.kit import KEY, Server, serving
from tests.server.raw import connected, post
from tests.server.test_attacks import BASIC, TRACK
from tests.support.nats import one_server
from tests.support.sandbox import running_sandbox

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("packaging")]

EXTRAS = ("nats", "server", "test")
EVENTS = str(EXAMPLES / "events.ndjson")
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", "--timeout", "10")


def _declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(each) for each in [*project["dependencies"], *(one for name in EXTRAS for one in extras[name])]]


def _floors() -> dict[str, Version]:
    """The oldest version allowed, by the name of the package."""
    found: dict[str, Version] = {}
    for each in _declared():
        (oldest,) = (bound.version for bound in each.specifier if bound.operator == ">=")
        found[canonicalize_name(each.name)] = Version(oldest)
    return found


@pytest.fixture(scope="module")
def python(built: Built, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment with the wheel, its extras, and the oldest of all that they name."""
    folder = tmp_path_factory.mktemp("floors")
    known = run(*_PIP, "download", "--quiet", "--no-deps", "--dest", "probe", "sniffio", cwd=folder)
    if known.returncode:
        pytest.skip("no package index can be reached")
    done = run(sys.executable, "-m", "venv", "--without-pip", "venv", cwd=folder)
    assert done.returncode == 0, done.stderr
    found = str(folder / "venv/bin/python")
    wanted = [f"{name}=={version}" for name, version in _floors().items()]
    wheel = f"{built.wheel}[{','.join(EXTRAS)}]"
    done = run(*_PIP, "--python", found, "install", "--quiet", wheel, *wanted, cwd=folder)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def project(python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "project"
    _mapper(python, "init", str(folder), cwd=folder.parent)
    return folder


@pytest.fixture(scope="module")
def server(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    with (
        running_sandbox() as sandbox,
        serving(folder, sandbox.base_url, env={"PYTHONPATH": ""}, python=python) as found,
    ):
        yield found


def _mapper(python: str, *arguments: str, cwd: Path) -> str:
    """Run the command to its good end; gives what it prints."""
    keys = {"NATERO_AUTH_KEY": "sandbox-auth-key", "NATERO_SEND_KEY": "sandbox-send-key"}
    done = run(python, "-m", "mapper", *arguments, cwd=cwd, more=keys)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_they_are_what_is_installed(python: str, tmp_path: Path) -> None:
    done = run(*_PIP, "--python", python, "list", "--format", "json", cwd=tmp_path)
    found: dict[str, Version] = {
        canonicalize_name(each["name"]): Version(each["version"]) for each in json.loads(done.stdout)
    }
    assert {name: found.get(name) for name in _floors()} == _floors()
    assert "segment-mapper" in found


def test_what_authors_do(python: str, project: Path) -> None:
    assert "Commands" in _mapper(python, "--help", cwd=project)
    assert "--sandbox" in _mapper(python, "run", "--help", cwd=project)
    assert _mapper(python, "validate", "--strict", cwd=project).startswith("no problems")
    assert _mapper(python, "eval", "upper(context.page.title)", EVENTS, "--line", "3", cwd=project).startswith('"FUEL ')
    assert "context.page.title" in _mapper(python, "explain", EVENTS, "--line", "3", "--field", "module", cwd=project)
    assert _mapper(python, "snap", "test", cwd=project).endswith("all fit\n")
    assert "def " in _mapper(python, "compile", "--show", cwd=project)
    done = run(python, "-m", "pytest", "-q", cwd=project)
    assert done.returncode == 0, done.stdout


def test_what_is_delivered(python: str, project: Path) -> None:
    _mapper(python, "run", EVENTS, "--sandbox", cwd=project)
    _mapper(python, "run", EVENTS, "--sandbox", "--queue", "q.db", cwd=project)
    state = json.loads(_mapper(python, "status", "q.db", "-f", "json", cwd=project))
    assert state["pending"] == 0
    _mapper(python, "queue", "check", "q.db", cwd=project)


def test_requests_of_one_connection(server: Server) -> None:
    wanted = post("/v1/track", TRACK, BASIC)
    with connected(server) as connection:
        connection.sendall(wanted + wanted + post("/v1/track", TRACK, BASIC, b"connection: close"))
        connection.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert server.complaints == []


def test_who_watches(python: str, server: Server) -> None:
    tail = [python, "-m", "mapper", "tail", "q.db", "--limit", "1", "--format", "json"]
    env = environment({"PYTHONPATH": ""})
    with subprocess.Popen(tail, cwd=server.folder, env=env, stdout=subprocess.PIPE, text=True) as watching:
        end = time.monotonic() + 20
        while watching.poll() is None and time.monotonic() < end:
            server.client.post("/v1/track", content=TRACK, auth=(KEY, "")).raise_for_status()
            time.sleep(0.2)
        watching.kill()
        assert watching.stdout is not None
        assert json.loads(watching.stdout.read())["type"] == "track"


def test_a_queue_in_a_cluster(python: str, project: Path, tmp_path: Path) -> None:
    with one_server(tmp_path) as nats, running_sandbox() as sandbox:
        queue = f"{nats.url}/floors"
        _mapper(python, "nats", "init", queue, "--allow-one-replica", "--allow-sync-interval", cwd=project)
        done = run(python, "-m", "mapper", "run", EVENTS, "--queue", queue, cwd=project)
        _mapper(python, "work", queue, "--until-empty", "--base-url", sandbox.base_url, cwd=project)
        assert len(sandbox.events) > 100, done.stderr
        assert json.loads(_mapper(python, "status", queue, "-f", "json", cwd=project))["pending"] == 0
