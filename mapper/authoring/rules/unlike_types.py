"""MAP222: a field of the call beside a value of a type that Segment never gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.paths import documented
from mapper.authoring.rules.places import on_tree
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, Use, root_nodes
from mapper.expressions.code.value import JSON, NULL, Known, known_of
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import path_of
from mapper.expressions.results import TYPES
from mapper.expressions.words import kinds
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"
_JSON: Final = frozenset({"null", "true", "false", "[]", "{}"})
"""Texts that are hardly meant as texts: a rule of its own."""
_SIGNS: Final = {"eq": "==", "ne": "!="}


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        if tree is None or use.sees != "call":
            continue
        for node in root_nodes(tree):
            if node.kind == "comparator":
                for one, other in (node.children, node.children[::-1]):
                    yield from _compared(subject, use, node, one, other)


def _compared(subject: Subject, use: Use, node: Tree, one: Tree, other: Tree) -> Iterator[Diagnostic]:
    path = path_of(one)
    if path is None or other.kind != "literal" or not _tells(other) or path[0] in _own(subject, use):
        return
    types = use.mapping.accepts if use.mapping else subject.spec.accepts
    found = documented(types, path) - NULL
    given = known_of(other.value)
    if found and found != JSON - NULL and not found & given.kinds:
        name = ".".join(path)
        message = f"{word(name)} is {kinds(Known(found))} in Segment's calls, and the other side {kinds(given)}"
        yield RULE.at(on_tree(use.expression, node), message, help=_help(name, node, other))


def _tells(literal: Tree) -> bool:
    """Whether a literal is more than an empty value: libraries send such in place of nothing."""
    return literal.value not in (None, "", [], {}) and not (isinstance(literal.value, str) and literal.value in _JSON)


def _own(subject: Subject, use: Use) -> set[str]:
    return {*subject.lets(use.mapping), "settings", "rest", "type"}


def _help(name: str, node: Tree, other: Tree) -> str | None:
    if other.value in TYPES and node.value in _SIGNS:
        return f"did you mean `type({name}) {_SIGNS[node.value]} '{other.value}'`?"
    return f"a text is written `'{other.value}'`" if isinstance(other.value, int | float) else None


RULE: Final = Rule(
    code="MAP222",
    name="unlike-types",
    severity="warning",
    title="A field is compared with a type that Segment never gives it",
    doc=(
        "Segment documents the types of the call's own fields, and this one is of another type than what it is "
        "compared with, so that the two are never equal; `<` and `>` between a number and a text even fail. Where a "
        "source of yours really sends another type, say so: `# mapper: allow MAP222 because ...` at the end of the "
        "line."
    ),
    bad={"track.yaml": _HEAD + "  event: if(properties == 'object', event)\n"},
    good={"track.yaml": _HEAD + "  event: if(type(properties) == 'object', event)\n"},
    check=_check,
)
