"""``mapper compile``."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.cli.kit import mapper, quick
from tests.support.language import destination, lay, mapping


def test_says_what_came_of_each_mapping(tmp_path: Path) -> None:
    ended = quick("compile", cwd=tmp_path)
    assert ended.code == 0
    assert [line.rpartition(",")[0] for line in ended.out.splitlines()] == [
        f"natero/{kind}: {kind} calls are compiled" for kind in ("alias", "group", "identify", "page", "track")
    ]


def test_shows_python(tmp_path: Path) -> None:
    ended = mapper("compile", "natero/track", "--show", cwd=tmp_path)
    assert ended.code == 0
    (function,) = ast.parse(ended.out).body
    assert isinstance(function, ast.FunctionDef)
    assert [argument.arg for argument in function.args.args] == ["calls", "results"]
    assert "'no event name'" in ended.out


def test_takes_a_mapping_by_its_name_alone_and_of_a_destination_that_is_off(tmp_path: Path) -> None:
    assert quick("compile", "track", cwd=tmp_path).out.startswith("natero/track: ")
    ended = quick("compile", "-d", "natero-accounts", cwd=tmp_path)
    assert "natero-accounts/user: identify calls are compiled" in ended.out
    assert quick("compile", "natero-accounts/user", cwd=tmp_path).out in ended.out


def test_a_name_that_no_mapping_bears(tmp_path: Path) -> None:
    ended = quick("compile", "natero/trak", cwd=tmp_path)
    assert ended.code == 2
    assert "there is no mapping `natero/trak` among natero" in ended.err
    assert "did you mean `natero/track`?" in ended.err


def test_mappings_with_errors_are_not_compiled(tmp_path: Path) -> None:
    lay(tmp_path / "mappings" / "acme", {"destination.yaml": destination(), "t.yaml": mapping("v: 'a ||'")})
    ended = quick("compile", cwd=tmp_path)
    assert ended.code == 2
    assert "ends too early" in ended.err
    assert "can't be compiled" in ended.err


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    ended = quick("compile", cwd=tmp_path)
    assert ended.code == 2
    assert "no mapping set" in ended.err
