"""``# mapper: allow MAPnnn because ...``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.offsets import locate
from tests.support.language import destination, lay

HEAD = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
BECAUSE = "# mapper: allow MAP212 because our app sends it"


def found(folder: Path, *lines: str) -> list[tuple[str, int, str]]:
    """Code, line and message of each finding in a mapping with these lines from line 6 on."""
    text = HEAD + "\n".join(lines) + "\n"
    loaded = load_set(
        lay(folder, {"destination.yaml": destination().replace(", page, identify, group, alias", ""), "t.yaml": text})
    )
    return [(each.code, locate(each.primary, loaded.documents).line, each.message) for each in loaded.diagnostics]


def test_without_a_comment(tmp_path: Path) -> None:
    assert [each[:2] for each in found(tmp_path, "  a: properties.revenu")] == [("MAP212", 6)]


@pytest.mark.parametrize(
    "line",
    [
        f"  a: properties.revenu {BECAUSE}",
        f"  a: properties.revenu   {BECAUSE.replace('# mapper', '#mapper')}",
        f"  a: 'properties.revenu' {BECAUSE}",
        f"  a: {{$from: properties.revenu, $default: 1}} {BECAUSE}",
        f"  a: >- {BECAUSE}\n    not_null(event,\n      properties.revenu)",
    ],
)
def test_a_comment_allows_the_finding_of_its_line(line: str, tmp_path: Path) -> None:
    assert found(tmp_path, line) == []


def test_it_allows_one_finding(tmp_path: Path) -> None:
    line = f"  a: not_null(properties.revenu, properties.curency) {BECAUSE}"
    assert [each[:2] for each in found(tmp_path, line)] == [("MAP212", 6)]


def test_it_allows_no_other_code_and_no_other_line(tmp_path: Path) -> None:
    lines = ["  a: context.pages.url " + BECAUSE, "  b: properties.revenu"]
    assert [each[:2] for each in found(tmp_path, *lines)] == [("MAP211", 6), ("MAP212", 7), ("MAP016", 6)]


def test_a_comment_that_allows_nothing_is_a_finding(tmp_path: Path) -> None:
    assert found(tmp_path, f"  a: properties.revenue {BECAUSE}") == [("MAP016", 6, "there is no MAP212 here to allow")]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# mapper: allow", "the comment names no rule"),
        ("# mapper: allow misspelt-trait because x", "the comment names no rule"),
        ("# mapper: allow MAP212", "the comment gives no reason"),
        ("# mapper: allow MAP212 because", "the comment gives no reason"),
        ("# mapper: allow MAP101 because x", "MAP101 can't be allowed: nothing could run"),
        ("# mapper: allow MAP202 because x", "MAP202 can't be allowed: nothing could run"),
        ("# mapper: allow MAP504 because x", "MAP504 can't be allowed: `mapper run --sandbox` could not start"),
    ],
)
def test_a_comment_that_can_allow_nothing(comment: str, message: str, tmp_path: Path) -> None:
    assert ("MAP016", 6, message) in found(tmp_path, f"  a: properties.revenu {comment}")


@pytest.mark.parametrize(
    "line", [f"  a: {{$const: 'x {BECAUSE}'}}", f"  a: {{$const: 'x{BECAUSE}'}}", "  a: 1 # mapper: fine"]
)
def test_what_only_looks_like_a_comment(line: str, tmp_path: Path) -> None:
    assert found(tmp_path, line) == []


def test_where_another_file_is_broken_no_comment_counts_as_unused(tmp_path: Path) -> None:
    lines = ("  a: event", "let:", "  b: event # mapper: allow MAP313 because it comes")
    assert found(tmp_path, *lines) == []
    (tmp_path / "b.yaml").write_text("accepts: [\n")
    assert [each[0] for each in found(tmp_path, *lines)] == ["MAP009"]
