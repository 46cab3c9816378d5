"""MAP202: a function that does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import between
from mapper.authoring.subject import Subject, tree_nodes
from mapper.base.suggest import did_you_mean
from mapper.expressions.functions import FUNCTIONS
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            if node.kind == "function_expression" and node.value not in FUNCTIONS:
                place = between(use.expression, node.start, node.start + len(node.value))
                help_ = did_you_mean(node.value, FUNCTIONS) or "`mapper functions` lists all there are"
                yield RULE.at(place, f"there is no function `{node.value}`", help=help_)


RULE: Final = Rule(
    code="MAP202",
    name="unknown-function",
    severity="error",
    title="An expression calls a function that does not exist",
    doc=(
        "Expressions may call the functions of standard JMESPath and those this product adds; a mapping can't bring "
        "its own. `mapper functions` lists them all, with examples."
    ),
    bad={"track.yaml": _HEAD + "  event: trimm(event)\n"},
    good={"track.yaml": _HEAD + "  event: trim(event)\n"},
    check=_check,
)
