"""What the documentation says is so: pages are fresh, links lead somewhere, examples of the language are right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from docs import generate
from mapper.api import load
from mapper.authoring.load import load_set
from mapper.authoring.rules import RULES
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.expressions.functions import FUNCTIONS
from mapper.records.result import Mapped

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def _prose(path: Path) -> str:
    return re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", BLOCK.sub("", path.read_text(encoding="utf-8")))


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_pages_are_fresh() -> None:
    assert generate.problems() == []


def test_check_tells_stale_missing_and_orphaned_pages(tmp_path: Path) -> None:
    generate.write(tmp_path)
    assert generate.problems(tmp_path) == []
    (tmp_path / "functions.md").write_text("old")
    (tmp_path / "language.md").unlink()
    (tmp_path / "diagnostics/MAP000.md").write_text("a rule that is gone")
    assert generate.problems(tmp_path) == [
        "stale: functions.md",
        "missing: language.md",
        "orphaned: diagnostics/MAP000.md",
    ]
    generate.write(tmp_path)
    assert generate.problems(tmp_path) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(_prose(page)):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_page_whose_wrong_example_shows_it(rule: Rule) -> None:
    assert (ROOT / f"docs/diagnostics/{rule.code}.md").is_file()
    assert f"{rule.severity}[{rule.code}]: " in generate.output(rule)


def test_every_function_is_described() -> None:
    assert set(FUNCTIONS) <= _anchors(ROOT / "docs/functions.md")


def _triples() -> list[tuple[str, str, str]]:
    """Mapping, call and body of each example in the introduction of the language."""
    blocks = BLOCK.findall((ROOT / "docs/language-intro.md").read_text(encoding="utf-8"))
    assert [kind for kind, _ in blocks] == ["yaml", "json", "json"] * (len(blocks) // 3)
    texts = [text for _, text in blocks]
    return list(zip(texts[::3], texts[1::3], texts[2::3], strict=True))


@pytest.mark.parametrize("example", _triples())
def test_examples_of_the_language_give_what_they_claim(example: tuple[str, str, str], tmp_path: Path) -> None:
    mapping, call, body = example
    kind = json.loads(call)["type"]
    (tmp_path / "destination.yaml").write_text(MINIMAL["destination.yaml"].replace("[track]", f"[{kind}]"))
    (tmp_path / "example.yaml").write_text(mapping)
    assert load_set(tmp_path).diagnostics == ()
    assert _body(tmp_path, json.loads(call), {}) == json.loads(body)


def _body(mappings: Path, call: dict[str, Any], settings: dict[str, str]) -> Any:
    (result,) = load(mappings, settings=settings).map([call])
    assert isinstance(result, Mapped)
    return json.loads(result.request.body)
