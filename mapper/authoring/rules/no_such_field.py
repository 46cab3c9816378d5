"""MAP211: a path into a field of the call that has no such field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.paths import call_paths, name_at, stray
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use, tree, path in call_paths(subject):
        found = stray(use.mapping, path)
        if found is not None and not found.is_open:
            yield RULE.at(on_tree(use.expression, name_at(tree, found.at)), found.message, help=found.help)
    yield from findings(RULE, subject, "field")


RULE: Final = Rule(
    code="MAP211",
    name="no-such-field",
    severity="error",
    title="A path leads where nothing can be",
    doc=(
        "`context` and what is in it have names that Segment documents; a name that is nearly one of them is a "
        "slip, and the path always null. A text, a number or a truth value has no fields at all; what an expression "
        "or `let` makes, such as the items of `entries()`, has those it was made with. Where a source of yours really "
        "sends such a name, say so: `# mapper: allow MAP211 because ...` at the end of the line."
    ),
    bad={"track.yaml": _HEAD + "  page: context.pages.url\n"},
    good={"track.yaml": _HEAD + "  page: context.page.url\n"},
    check=_check,
)
