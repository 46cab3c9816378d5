"""Every rule: its bad example shows it alone, its good one shows nothing, and its text reads as written down."""

from __future__ import annotations

import ast
import os
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

from mapper.authoring import rules
from mapper.authoring.rules import CHECKS, RULES
from mapper.authoring.rules.model import Rule
from tests.support.rules import load_laid, shown

GOLDEN = Path(__file__).parent / "golden"
BY_CODE = pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
UPDATE = "UPDATE_GOLDEN"
"""Set this variable to write the golden texts anew; never heeded where CI is set."""


def test_the_minimal_set_is_right(tmp_path: Path) -> None:
    loaded = load_laid(tmp_path, {})
    assert loaded.diagnostics == ()
    assert loaded.spec is not None


@BY_CODE
def test_the_bad_example_shows_this_rule_alone(rule: Rule, tmp_path: Path) -> None:
    found = load_laid(tmp_path, rule.bad).diagnostics
    assert {diagnostic.code for diagnostic in found} == {rule.code}, shown(load_laid(tmp_path, rule.bad), tmp_path)
    assert {diagnostic.severity for diagnostic in found} == {rule.severity}


@BY_CODE
def test_the_good_example_shows_nothing(rule: Rule, tmp_path: Path) -> None:
    loaded = load_laid(tmp_path, rule.good)
    assert shown(loaded, tmp_path) == ""
    assert loaded.spec is not None


@BY_CODE
def test_the_text_reads_as_written_down(rule: Rule, tmp_path: Path) -> None:
    text = shown(load_laid(tmp_path, rule.bad), tmp_path)
    golden = GOLDEN / f"{rule.code}.txt"
    if os.environ.get(UPDATE) and not os.environ.get("CI"):
        golden.write_text(text, encoding="utf-8")
    assert golden.is_file(), f"no {golden.name}: run with {UPDATE}=1 to write it"
    assert text == golden.read_text(encoding="utf-8"), f"run with {UPDATE}=1 to accept this text"


def test_there_is_no_golden_text_without_a_rule() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {rule.code for rule in RULES}


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"MAP\d{3}", code) for code in codes)


def test_a_rule_file_bears_its_rule_s_name_and_is_gathered() -> None:
    modules = [import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)]
    own = {module.__name__.rpartition(".")[2]: module.RULE for module in modules if hasattr(module, "RULE")}
    assert {name.replace("_", "-") for name in own} == {rule.name for rule in own.values()}
    assert {rule.code for rule in own.values()} == {rule.code for rule in RULES if rule.check}
    assert len(CHECKS) == len(own)


def test_no_rule_builds_on_another() -> None:
    """Adding or removing a check touches no other check."""
    files = [path for path in Path(next(iter(rules.__path__))).glob("*.py") if path.stem != "__init__"]
    checks = {path.stem for path in files if "\nRULE: Final" in path.read_text(encoding="utf-8")}
    assert len(checks) == len(CHECKS)
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        assert not {name.rpartition(".")[2] for name in imported} & checks, path.name


@BY_CODE
def test_the_doc_is_short_and_the_title_one_line(rule: Rule) -> None:
    assert "\n" not in rule.title
    assert not rule.title.endswith(".")
    sentences = re.findall(r"[.!?](?=\s|$)", re.sub(r"`[^`]*`", "", rule.doc))
    assert 1 <= len(sentences) <= 6, rule.doc
    assert rule.bad.keys() == rule.good.keys() or rule.code in {"MAP001", "MAP311"}
    assert rule.bad != rule.good
