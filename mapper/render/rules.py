"""Rules as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mapper.authoring.rules.model import Rule
from mapper.render.fold import folded


def rule_index(rules: Iterable[Rule], *, width: int | None = None) -> str:
    """All rules, one line each; titles broken at `width` columns."""
    lines: list[str] = []
    for rule in rules:
        first, *more = folded(rule.title, width, indent=" " * 17)
        lines += [f"{rule.code}  {rule.severity:<7}  {first.strip()}", *more]
    return "\n".join(lines) + "\n"


def rule_page(rule: Rule, *, width: int | None = None) -> str:
    """One rule: what it finds, why that matters, a bad and a good example; prose broken at `width` columns."""
    prose = "\n".join(line for text in rule.doc.strip().split("\n") for line in folded(text, width))
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.title, prose]
    for title, files in (("wrong", rule.bad), ("right", rule.good)):
        parts += _files(title, files)
    return "\n\n".join(parts) + "\n"


def _files(title: str, files: Mapping[str, str]) -> list[str]:
    return [
        f"{title}, in {name}:\n\n" + "\n".join(f"  {line}" for line in text.rstrip("\n").splitlines())
        for name, text in files.items()
    ]
