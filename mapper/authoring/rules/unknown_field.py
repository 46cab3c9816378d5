"""MAP403: a field that the schema has not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.example_schema import TRACK, USER, with_schema
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.output import checkable, pieces
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = TRACK + USER


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for mapping, schema in checkable(subject):
        for piece in pieces(subject, mapping):
            known = piece.schema.get("properties", {})
            for field in piece.fields if piece.schema.get("closed") else ():
                if field.name not in known:
                    where = f" in {piece.title}" if piece.path else ""
                    message = f"the schema has no field {word(field.name)}{where}"
                    yield RULE.at(field.place, message, help=did_you_mean(field.name, known), related=(schema,))


RULE: Final = Rule(
    code="MAP403",
    name="unknown-field",
    severity="error",
    title="A field of the body is none of those the request's schema allows",
    doc=(
        "The schema lists the fields of this request and allows no others, so the destination refuses or drops this "
        "one. Most often it is misspelled, stands one level too high or too low, or belongs to another kind of event: "
        "the body's constants choose which fields there are."
    ),
    bad=with_schema({"track.yaml": _HEAD + "  evnet: event\n"}),
    good=with_schema({"track.yaml": _HEAD + "  event: present_text(event)\n"}),
    check=_check,
)
