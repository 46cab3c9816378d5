"""MAP219: arguments without a comma between them, or with one too many."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.operators import operator_for
from mapper.authoring.rules.places import between
from mapper.authoring.subject import Subject, tree_nodes
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        calls = [node for node in tree_nodes(tree) if node.kind == "function_expression"] if tree else []
        for call in calls:
            for one, other in pairwise(call.children):
                if "," not in use.expression.text[one.end : other.start]:
                    place = between(use.expression, other.start, other.start + 1)
                    message = f"a comma is missing between two arguments of `{call.value}`"
                    yield RULE.at(place, message, help=_help(one, other))
            if call.children and "," in use.expression.text[call.children[-1].end : call.end]:
                at = use.expression.text.index(",", call.children[-1].end)
                message = f"nothing comes after the last comma in `{call.value}`"
                yield RULE.at(between(use.expression, at, at + 1), message, help="delete it, or add the argument")


def _help(one: Tree, other: Tree) -> str:
    meant = (operator_for(str(each.value)) for each in (one, other) if each.kind == "field")
    return next(filter(None, meant), "`a b` are two arguments; a path is written `a.b`")


RULE: Final = Rule(
    code="MAP219",
    name="argument-comma",
    severity="error",
    title="A comma between arguments is missing, or one is too many",
    doc=(
        "The JMESPath parser reads `id(userId anonymousId)` and `id(userId,)` without complaint. The first is often a "
        "path that lost its dot, the second an argument that got lost, so both are refused in mappings."
    ),
    bad={"track.yaml": _HEAD + "  user_id: id(userId anonymousId)\n"},
    good={"track.yaml": _HEAD + "  user_id: id(userId, anonymousId)\n"},
    check=_check,
)
