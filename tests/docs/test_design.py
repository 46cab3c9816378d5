"""The tables of docs/DESIGN.md name every module of the packages that they tell of, and none that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    "Serving": ("server",),
    "Compiled mappings": ("compiler", "expressions.code"),
    "Delivery": ("delivery",),
    "The queue in a file": ("delivery.durable",),
    "The queue in a cluster": ("delivery.jetstream",),
    "Traces": ("review.explain",),
    "Differences": (),
}
"""For each section that has a table of modules the packages that it tells all of; bare names are of the first."""
NAME = re.compile(r"`([a-z_.]+)`")


def _rows(section: str) -> Iterator[tuple[str, str]]:
    text = (ROOT / "docs/DESIGN.md").read_text(encoding="utf-8")
    _, _, after = text.partition(f"# {section}\n")
    for line in re.split("^#", after, maxsplit=1, flags=re.MULTILINE)[0].splitlines():
        if line.startswith("| `"):
            _, modules, does, _ = line.split("|")
            yield modules, does


def _full(names: list[str], package: str) -> Iterator[str]:
    """The whole names: a bare one is of the package of the one before."""
    for name in names:
        if "." in name:
            package = name if (ROOT / "mapper" / name.replace(".", "/")).is_dir() else name.rpartition(".")[0]
        yield name if "." in name else f"{package}.{name}"


def _modules(package: str) -> set[str]:
    folder = ROOT / "mapper" / package.replace(".", "/")
    return {f"{package}.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}


@pytest.mark.parametrize("section", TABLES)
def test_tables_name_every_module(section: str) -> None:
    package, *_ = *TABLES[section], ""
    named = {full for row in _rows(section) for full in _full(NAME.findall("|".join(row)), package)}
    assert {module for package in TABLES[section] for module in _modules(package)} - named == set()


@pytest.mark.parametrize("section", TABLES)
def test_tables_name_no_module_that_is_not_there(section: str) -> None:
    package, *_ = *TABLES[section], ""
    named = [full for modules, _ in _rows(section) for full in _full(NAME.findall(modules), package)]
    assert named
    paths = {name: ROOT / "mapper" / name.replace(".", "/") for name in named}
    assert [name for name, path in paths.items() if not path.is_dir() and not path.with_suffix(".py").exists()] == []


def test_every_table_of_modules_is_looked_at() -> None:
    text = (ROOT / "docs/DESIGN.md").read_text(encoding="utf-8")
    sections = re.findall(r"^#+ (.+)\n(?:(?!#).*\n)*?\| module\b", text, re.MULTILINE)
    assert sections == list(TABLES)
