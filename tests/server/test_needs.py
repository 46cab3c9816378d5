"""What connections need of uvicorn beside what it promises is known, and asked for before anything is served."""

from __future__ import annotations

import ast
import inspect
import sys
import tomllib
from pathlib import Path

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mapper.server import connection
from mapper.server.needs import NEEDS, OLDEST, lacking, too_old, version
from tests.cli.kit import ROOT, quick

HTTP = "uvicorn.protocols.http.httptools_impl"


def test_the_one_that_is_installed_has_it_all() -> None:
    assert list(lacking()) == []


def test_all_that_connections_use_of_uvicorn_is_asked_for() -> None:
    """What `Connection` reads of itself and of its base, but for what it sets or defines itself."""
    tree = ast.parse(inspect.getsource(connection.Connection))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    of_self = [node for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "self"]
    own = {node.attr for node in of_self if isinstance(node.ctx, ast.Store)} - {"headers"}
    defined = {name for name, value in vars(connection.Connection).items() if inspect.isfunction(value)}
    used = {node.attr for node in of_self} - own - defined
    above = {node.attr for node in nodes if isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()"}
    asked = set(NEEDS[HTTP, "HttpToolsProtocol"].split())
    assert (used | above | {"headers"}) - {"__init__"} - asked == set()
    hooks = {name for name in defined if name.startswith("on_") or name.endswith(("_received", "_made", "_lost"))}
    assert hooks - asked == set()  # which uvicorn would not call under another name


@pytest.mark.parametrize("name", sorted(NEEDS[HTTP, "RequestResponseCycle"].split()))
def test_nothing_is_asked_of_cycles_that_nothing_uses(name: str) -> None:
    assert f".{name}" in inspect.getsource(connection)


def test_the_oldest_is_the_floor() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [each for each in declared["server"] if each.startswith("uvicorn")] == [f"uvicorn>={OLDEST}"]


def test_one_that_lacks_something_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(HttpToolsProtocol, "_start_asgi_task")
    done = quick("serve", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: uvicorn {version()} is not supported: it has no `HttpToolsProtocol._start_asgi_task`\n"
        f"  help: `pip install 'uvicorn=={OLDEST}'` has it\n"
    )


@pytest.mark.parametrize("old", ["0.45.0", "0.52.0", "0.9", "0.52.1.dev3"])
def test_an_older_one_is_refused_though_it_has_it_all(
    old: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(uvicorn, "__version__", old)
    done = quick("serve", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: uvicorn {old} is not supported: it is older than {OLDEST}\n  help: `pip install 'uvicorn>={OLDEST}'`\n"
    )


@pytest.mark.parametrize("new", [OLDEST, f"{OLDEST}.0", f"{OLDEST}.2", "0.100.0", "1.0", "1.0.0rc1"])
def test_the_oldest_and_newer_ones_are_not_too_old(new: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn, "__version__", new)
    assert not too_old()


def test_one_whose_modules_are_others_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, HTTP, None)
    done = quick("serve", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert f"is not supported: it has no `{HTTP}.HttpToolsProtocol`\n" in done.err


@pytest.mark.parametrize("name", ["uvicorn", "uvloop", "httptools"])
def test_where_the_extra_is_not_installed_it_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    if name == "httptools":
        monkeypatch.delitem(sys.modules, HTTP)
    done = quick("serve", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: `mapper serve` needs the extra `server`: {name} is missing\n"
        "  help: `pip install '.[server]'` where mapper was cloned to\n"
    )
