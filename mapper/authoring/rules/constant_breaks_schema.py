"""MAP401: a value, known beforehand, that the destination would refuse."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from mapper.authoring.rules.example_schema import TRACK, USER, with_schema
from mapper.authoring.rules.expected import accepts, accepts_kind, shown, wanted
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.output import Piece, checkable, pieces
from mapper.authoring.schemas import Schema
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import Const, ListOf

_HEAD: Final = TRACK + USER


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for mapping, schema in checkable(subject):
        for piece in pieces(subject, mapping):
            message = _refusal(piece)
            if message:
                place = piece.place if piece.path else Place(file=mapping.file, route=("body",))
                yield RULE.at(place, message, related=(schema,))


def _refusal(piece: Piece) -> str | None:
    """What is wrong with a piece as such; its fields and items are pieces of their own."""
    node, schema = piece.node, piece.schema
    if isinstance(node, Const) and not isinstance(node.value, list | dict):
        if node.value is None or accepts(schema, node.value):
            return None  # null leaves the field out
        return f"{piece.title} is {shown(node.value)}; the schema wants {wanted(schema, partial(_fits, node))}"
    kind = "array" if isinstance(node, ListOf) or _is_list(node) else "object"
    if accepts_kind(schema, kind):
        return None
    what = "a list" if kind == "array" else "an object"
    return f"{piece.title} is {what}; the schema wants {wanted(schema, lambda part: accepts_kind(part, kind))}"


def _is_list(node: object) -> bool:
    return isinstance(node, Const) and isinstance(node.value, list)


def _fits(node: Const, schema: Schema) -> bool:
    return accepts(schema, node.value)


RULE: Final = Rule(
    code="MAP401",
    name="constant-breaks-schema",
    severity="error",
    title="A value that is known beforehand does not fit the request's schema",
    doc=(
        "The destination would refuse every request with this value, or take it for something else. Checked are "
        "constants, wherever they stand (`$const`, numbers, texts in an expression's quotes, `$default`, a name of "
        "`let`), and objects and lists where the schema wants another type. Where the schema has branches, that one "
        "counts which the body's own constants choose."
    ),
    bad=with_schema({"track.yaml": _HEAD + "  total: {$const: one}\n"}),
    good=with_schema({"track.yaml": _HEAD + "  total: {$const: 1}\n"}),
    check=_check,
)
