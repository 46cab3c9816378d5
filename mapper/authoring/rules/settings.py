"""How expressions read ``settings``."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mapper.authoring.subject import Subject, Use, root_nodes
from mapper.expressions.parse import Node as Tree


class Read(msgspec.Struct, frozen=True):
    """One mention of ``settings`` at the root of an expression.

    Attributes:
        tree: The word ``settings``.
        name_tree: The setting's name after it; the word itself where all settings are read at once.
        name: The setting, or None for all of them.
    """

    tree: Tree
    name_tree: Tree
    name: str | None


def read_settings(subject: Subject, use: Use) -> Iterator[Read]:
    """Every mention of ``settings`` at the root; none in an expression that does not see them."""
    tree = subject.trees.get(use.expression.text)
    if tree is None or use.sees == "answer":
        return
    nodes = list(root_nodes(tree))
    named = {id(node.children[0]): node.children[1] for node in nodes if is_setting(node)}
    for node in nodes:
        if node.kind == "field" and node.value == "settings":
            name = named.get(id(node))
            yield Read(node, name or node, str(name.value) if name else None)


def is_setting(tree: Tree) -> bool:
    """Whether a part of an expression is ``settings.NAME``."""
    if tree.kind != "subexpression":
        return False
    first, second = tree.children[:2]
    return first.kind == "field" and first.value == "settings" and second.kind == "field"
