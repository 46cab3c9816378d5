"""The words that a mapping set uses: the keys of what it makes, and why it sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import msgspec

from mapper.authoring.subject import node_expressions, tree_nodes, walk
from mapper.expressions.parse import parse
from mapper.records.spec import DestinationSpec, Node, ObjectOf, Refine, Take


class Vocabulary(msgspec.Struct, frozen=True):
    """The words of one or several mapping sets.

    Attributes:
        keys: Of objects, as nodes, expressions or schemas name them. What has none of these has a key that varies.
        reasons: Why a call is skipped or can't be mapped.
    """

    keys: Set[str]
    reasons: Set[str]


def vocabulary(specs: Iterable[DestinationSpec]) -> Vocabulary:
    """The words of these mapping sets together."""
    keys: set[str] = set()
    reasons: set[str] = set()
    for spec in specs:
        for root in _roots(spec):
            for node, _ in walk(root):
                keys.update(_fields(node))
                if isinstance(node, Refine) and node.required is not None:
                    reasons.add(node.required)
            for expression, _ in node_expressions(root):
                trees = tree_nodes(parse(expression.text))
                keys.update(tree.value for tree in trees if isinstance(tree.value, str))  # names and texts
        for request in spec.requests.values():
            keys.update(_properties(request.schema))
        for guards in (spec.guards, *(mapping.guards for mapping in spec.mappings)):
            reasons.update(guard.because for guard in guards)
    return Vocabulary(frozenset(keys), frozenset(reasons))


def _roots(spec: DestinationSpec) -> Iterator[Node]:
    yield from (let.node for let in spec.lets)
    for mapping in spec.mappings:
        yield from (let.node for let in mapping.lets)
        yield mapping.body


def _fields(node: Node) -> Iterator[str]:
    if isinstance(node, ObjectOf):
        yield from (name for name, _ in node.fields)
        yield from (name for name, _ in (node.share.named if node.share else ()))
    elif isinstance(node, Take):
        yield from (step for key in node.keys for step in key.split("."))


def _properties(schema: Any) -> Iterator[str]:
    """The properties that a schema describes, at any depth."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, Mapping) else ()
        for part in schema.values():
            yield from _properties(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _properties(part)
