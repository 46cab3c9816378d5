"""MAP212: a trait or property that is nearly a documented one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.paths import call_paths, name_at, stray
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use, tree, path in call_paths(subject):
        found = stray(use.mapping, path)
        if found is not None and found.is_open:
            yield RULE.at(on_tree(use.expression, name_at(tree, found.at)), found.message, help=found.help)


RULE: Final = Rule(
    code="MAP212",
    name="misspelt-trait",
    severity="warning",
    title="A trait or property is nearly one that Segment documents",
    doc=(
        "Traits and properties may bear any name, but Segment documents some, and their names mean the same with "
        "every source. A name that differs from one of these by a letter or two is likely a slip, and always null. "
        "Where it is really meant, say so: `# mapper: allow MAP212 because ...` at the end of the line."
    ),
    bad={"track.yaml": _HEAD + "  revenue: properties.revenu\n"},
    good={"track.yaml": _HEAD + "  revenue: properties.revenue\n"},
    check=_check,
)
