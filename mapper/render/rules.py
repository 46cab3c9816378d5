"""Rules as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mapper.authoring.rules.model import Rule


def rule_index(rules: Iterable[Rule]) -> str:
    """All rules, one line each."""
    return "".join(f"{rule.code}  {rule.severity:<7}  {rule.title}\n" for rule in rules)


def rule_page(rule: Rule) -> str:
    """One rule: what it finds, why that matters, a bad and a good example."""
    parts = [f"{rule.code} {rule.name} ({rule.severity})", rule.title, rule.doc.strip()]
    for title, files in (("wrong", rule.bad), ("right", rule.good)):
        parts += _files(title, files)
    return "\n\n".join(parts) + "\n"


def _files(title: str, files: Mapping[str, str]) -> list[str]:
    return [
        f"{title}, in {name}:\n\n" + "\n".join(f"  {line}" for line in text.rstrip("\n").splitlines())
        for name, text in files.items()
    ]
