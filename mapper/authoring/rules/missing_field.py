"""MAP402: a required field that nothing supplies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.example_schema import TRACK, USER, with_schema
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.output import Piece, checkable, pieces
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import ListOf


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for mapping, schema in checkable(subject):
        for piece in pieces(subject, mapping):
            for name in _missing(piece):
                where = f" of {piece.title}" if piece.path else ""
                message = f"no field supplies {word(name)}{where}, which the schema requires"
                help_ = f"add `{name}:`, or merge a name that has it"
                yield RULE.at(piece.place, message, help=help_, related=(schema,))


def _missing(piece: Piece) -> list[str]:
    is_object = piece.fields or not isinstance(piece.node, ListOf)
    if piece.is_open or not is_object or (not piece.fields and piece.path):
        return []  # an object without any field is left out
    supplied = {field.name for field in piece.fields}
    return [name for name in piece.schema.get("required", ()) if name not in supplied]


RULE: Final = Rule(
    code="MAP402",
    name="missing-field",
    severity="error",
    title="A field that the request's schema requires is supplied by nothing",
    doc=(
        "Every request of this mapping would be refused, since no field of the body, no merged name, no `$named` and "
        "no `$rest` gives the field. Which fields are required may depend on the body's constants. A field that is "
        "there but may be null is another matter: give it `$default` or `$required`."
    ),
    bad=with_schema({"track.yaml": TRACK + "  event: present_text(event)\n"}),
    good=with_schema({"track.yaml": TRACK + USER + "  event: present_text(event)\n"}),
    check=_check,
)
