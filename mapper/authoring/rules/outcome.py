"""What a body's computed fields give, beside what the schema takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeGuard

import msgspec

from mapper.authoring.narrow import field_schema
from mapper.authoring.rules.expected import accepts_kind, wanted
from mapper.authoring.rules.known import Nodes
from mapper.authoring.rules.output import Field, Piece, checkable, pieces
from mapper.authoring.schemas import Schema
from mapper.authoring.subject import Subject
from mapper.expressions.code.value import JSON, NULL, Kinds
from mapper.records.diagnostic import Place, Related
from mapper.records.spec import ListOf, Node, Refine

_SAID: Final = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_HELP: Final = {
    "string": "`$as: string`, or a function such as `id()` or `present_text()`, gives text or null",
    "number": "`$as: number` or `to_number()` gives a number or null, `to_epoch_ms()` a date as milliseconds",
    "boolean": "`$as: boolean` or `to_boolean()` gives true, false or null",
    "array": "`$as: array` or `only(value, 'array')` gives a list or null",
    "object": "`$as: object` or `object()` gives an object or null",
}


class Outcome(msgspec.Struct, frozen=True):
    """What computes a field, or a part of it.

    Attributes:
        title: The field as people write it, in backticks.
        place: What computes it.
        fitting: Types it may have that the schema takes.
        refused: Types it may have that the schema does not take.
        wanted: What the schema takes, in words.
        schema: The place that names the schema.
    """

    title: str
    place: Place
    fitting: Kinds
    refused: Kinds
    wanted: str
    schema: Related

    def said(self, kinds: Kinds) -> str:
        """Types in words."""
        if kinds == NULL:
            return "null"
        if kinds | self.fitting >= JSON - NULL:
            return "of any type"
        return " or ".join(_SAID[kind] for kind in _SAID if kind in kinds)

    @property
    def help(self) -> str | None:
        """What converts to the type that is wanted, where it is but one."""
        found = [kind for kind in _HELP if _SAID[kind] in self.wanted or (kind == "number" and "number" in self.wanted)]
        return _HELP[found[0]] if len(found) == 1 else None


def outcomes(subject: Subject) -> tuple[Outcome, ...]:
    """All of a mapping set, computed once."""
    return subject.once("outcomes", lambda: dict.fromkeys(_outcomes(subject)))


def _outcomes(subject: Subject) -> Iterator[Outcome]:
    for mapping, related in checkable(subject):
        nodes = Nodes(subject, mapping)
        for piece in pieces(subject, mapping):
            for name, field in _fields(piece):
                schema = field_schema(piece.schema, name) if isinstance(name, str) else _items(piece)
                title = Piece((*piece.path, name), piece.node, field.place, schema).title
                says = wanted(schema, lambda _: False)
                if _keeps_null(nodes, field.node) and not accepts_kind(schema, "null"):
                    yield Outcome(title, field.node.place, JSON - NULL, NULL, says, related)
                for leaf in nodes.leaves(field.node):
                    kinds = leaf.known.kinds & (JSON - NULL)
                    fitting = frozenset(kind for kind in kinds if _takes(schema, kind))
                    if kinds - fitting and not (fitting and _is_made_up(schema)):
                        yield Outcome(title, leaf.place, fitting, kinds - fitting, says, related)


def _keeps_null(nodes: Nodes, node: Node) -> TypeGuard[Refine]:
    return isinstance(node, Refine) and node.keep_null and bool(nodes.known(node).kinds & NULL)


def _fields(piece: Piece) -> Iterator[tuple[str | int, Field]]:
    for field in piece.fields:
        yield field.name, field
    if isinstance(piece.node, ListOf):
        for at, item in enumerate(piece.node.items):
            yield at, Field(str(at), item, item.place)


def _items(piece: Piece) -> Schema:
    return field_schema({"properties": {"item": piece.schema.get("items", {})}}, "item")


def _is_made_up(schema: Schema) -> bool:
    """Whether the schema takes lists or objects, of which an expression's type says too little to doubt it."""
    return any(accepts_kind(schema, kind) for kind in ("array", "object"))


def _takes(schema: Schema, kind: str) -> bool:
    return accepts_kind(schema, kind) or (kind == "number" and accepts_kind(schema, "integer"))
