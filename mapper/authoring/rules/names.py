"""Which names an expression sees at its root, and which it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import msgspec

from mapper.authoring.shipped import shipped
from mapper.authoring.subject import Subject, Use, node_expressions, root_nodes
from mapper.base.json import decode
from mapper.expressions.parse import Node as Tree
from mapper.records.spec import CALL_TYPES, Let, MappingSpec

ANSWER: Final = frozenset({"status", "headers", "body"})
"""What ``outcomes`` see."""


class Unknown(msgspec.Struct, frozen=True):
    """A name at the root of an expression that means nothing there.

    Attributes:
        use: The expression.
        tree: The name in it.
        known: The names that would mean something.
    """

    use: Use
    tree: Tree
    known: frozenset[str]

    @property
    def name(self) -> str:
        """The name itself."""
        return str(self.tree.value)


@cache
def fields_by_type() -> Mapping[str, frozenset[str]]:
    """The documented top-level fields of each call type that has a schema."""
    folder = shipped("schemas") / "segment"
    paths = {kind: folder / f"{kind}.schema.json" for kind in CALL_TYPES}
    return {kind: frozenset(decode(path.read_bytes())["properties"]) for kind, path in paths.items() if path.is_file()}


def call_fields(mapping: MappingSpec | None) -> frozenset[str]:
    """The documented fields of the calls a mapping accepts; of all calls for a destination and undocumented types."""
    by_type = fields_by_type()
    types = mapping.accepts if mapping else ()
    if not types or any(kind not in by_type for kind in types):
        types = tuple(by_type)
    return frozenset().union(*(by_type[kind] for kind in types))


def visible(subject: Subject, use: Use) -> frozenset[str]:
    """Every name that means something at the root of an expression."""
    if use.sees == "settings":
        return frozenset({"settings"})
    if use.sees == "answer":
        return ANSWER
    names = call_fields(use.mapping) | subject.lets(use.mapping).keys() | {"settings"}
    return names | {"rest"} if use.in_rest else names


def root_names(tree: Tree) -> Iterator[Tree]:
    """The names that are read from the root."""
    return (node for node in root_nodes(tree) if node.kind == "field")


def unknown_names(subject: Subject) -> Iterator[Unknown]:
    """Every name at a root that means nothing; nothing where a file with names could not be read."""
    if not subject.complete or any(_malformed(subject, file) for file in subject.broken):
        return
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        known = visible(subject, use)
        misplaced_rest = use.sees == "call"  # a rule of its own
        for node in root_names(tree) if tree else ():
            if node.value not in known and not (misplaced_rest and node.value == "rest"):
                yield Unknown(use, node, known)


def called(subject: Subject, let: Let, lets: Mapping[str, Let]) -> dict[str, None]:
    """The names among `lets` that a value needs, in the order it uses them."""
    trees = (subject.trees.get(expression.text) for expression, _ in node_expressions(let.node))
    return {node.value: None for tree in trees if tree for node in root_names(tree) if node.value in lets}


def _malformed(subject: Subject, file: str) -> bool:
    """Whether a file's names could not be told, so that unknown ones may be a consequence."""
    document = subject.documents.get(file)
    if document is None or not isinstance(document.data, dict):
        return False
    return not isinstance(document.data.get("let", {}), dict)
