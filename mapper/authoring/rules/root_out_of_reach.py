"""MAP208: a name of the root where only an item can be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.rules.settings import is_setting
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic

_DESTINATION: Final = MINIMAL["destination.yaml"] + "settings:\n  region: {enum: [US, EU], default: US}\n"
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"

Where = Literal["root", "step", "filter", "item", "pipe"]
"""What a part of an expression is applied to: the root; the value before a dot, as the next step of a path; each item
of a filter; a value or item taken apart by what follows it; what a pipe brings."""

_HELP: Final = {
    "filter": "a filter sees each item only: choose outside it, `if(NAME == 'a', list[?b == 'a'], list[?b == 'c'])`",
    "item": "names here are read from the value before: read this one outside, beside the list or object",
    "pipe": "after `|` only what stands before it can be read: bring this along, `{value: ..., name: NAME} | ...`",
}


class _Part(msgspec.Struct, frozen=True):
    tree: Tree
    where: Where


def _check(subject: Subject) -> Iterator[Diagnostic]:
    settings = {setting.name for setting in subject.spec.settings}
    parts = {text: list(_parts(tree, "root")) for text, tree in subject.trees.items()}
    own = {str(part.tree.value) for found in parts.values() for part in found if _is_step(part)}
    for use in subject.uses():
        if use.sees == "answer":
            continue
        lets = subject.lets(use.mapping).keys() - own if use.sees == "call" else set()
        for part in parts.get(use.expression.text, ()):
            if part.where not in _HELP:
                continue
            tree = part.tree
            setting = is_setting(tree) and tree.children[1].value in settings
            if setting or (tree.kind == "field" and tree.value in lets):
                name = source(use.expression, tree)
                message = f"{word(name)} is out of reach here, and always null"
                help_ = _HELP[part.where].replace("NAME", name)
                yield RULE.at(on_tree(use.expression, tree), message, help=help_)


def _is_step(part: _Part) -> bool:
    return part.where == "step" and part.tree.kind == "field"


def _parts(tree: Tree, where: Where) -> Iterator[_Part]:
    """The tree and all parts of it, each with what it is applied to."""
    yield _Part(tree, where)
    for child, inside in _children(tree, where):
        yield from _parts(child, inside)


def _children(tree: Tree, where: Where) -> Iterator[tuple[Tree, Where]]:
    children = tree.children
    match tree.kind:
        case "subexpression" | "index_expression" | "projection" | "value_projection" | "flatten":
            yield children[0], where
            yield from ((child, "step") for child in children[1:])
        case "filter_projection":
            yield from ((children[0], where), (children[1], "step"), (children[2], "filter"))
        case "pipe":
            yield from ((children[0], where), (children[1], "pipe"))
        case "expref":
            yield children[0], "step"
        case _:
            yield from ((child, "item" if where == "step" else where) for child in children)


RULE: Final = Rule(
    code="MAP208",
    name="root-out-of-reach",
    severity="error",
    title="A name of `let` or a setting stands where only an item can be read",
    doc=(
        "Inside a filter `[?...]`, inside `.{...}` or `.[...]`, inside a function's `&expression` and after a pipe, "
        "JMESPath reads every name from the item or value before it; the call, the names of `let` and `settings` are "
        "out of reach, so the name is null. Choose between whole filters with `if`, read the name outside, or carry "
        "it along: `{list: properties.items, limit: limit} | ...`. A name of `let` counts only if no expression of "
        "the set reads a field of the same name from inside an object, since items may well have such a field."
    ),
    bad={
        "destination.yaml": _DESTINATION,
        "track.yaml": _HEAD + "  shops: properties.shops[?region == settings.region].name\n",
    },
    good={
        "destination.yaml": _DESTINATION,
        "track.yaml": _HEAD
        + "  shops: >-\n    if(settings.region == 'EU',\n       properties.shops[?region == 'EU'].name,\n"
        + "       properties.shops[?region == 'US'].name)\n",
    },
    check=_check,
)
