"""MAP210: the whole call as a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree
from mapper.authoring.subject import Subject, root_nodes
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None or use.sees == "answer":
            continue
        what = "all settings at once" if use.sees == "settings" else "the whole call"
        for node in root_nodes(tree):
            if node.kind in ("current", "identity"):
                sign = "`@`" if node.kind == "current" else "a step without a name before it"
                message = f"{sign} stands for {what}, which is no value"
                help_ = "name a setting: `settings.NAME`" if use.sees == "settings" else _HELP
                yield RULE.at(on_tree(use.expression, node), message, help=help_)


_HELP: Final = "name a field, such as `properties` or `traits`; a path needs no `@` before it"

RULE: Final = Rule(
    code="MAP210",
    name="whole-call",
    severity="error",
    title="The whole call is used as a value",
    doc=(
        "At the root `@`, `*` or a bracket without a name before it would stand for the whole call. What that holds "
        "differs by library and version, names of `let` are not in it, and a destination rarely wants it. Name the "
        "field you mean. Inside a filter, a projection or after a pipe `@` is the item, and right."
    ),
    bad={"track.yaml": _HEAD + "  all: to_string(@)\n"},
    good={"track.yaml": _HEAD + "  all: to_string(properties)\n"},
    check=_check,
)
