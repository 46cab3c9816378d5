"""MAP413: operators without their sign."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.nodes import MODIFIERS, SOURCES
from mapper.authoring.rules.model import Rule
from mapper.authoring.shape_words import words
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import ObjectOf

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for found in subject.nodes():
        if not isinstance(found, ObjectOf) or found.merge or found.share or found.rest:
            continue
        names = [name for name, _ in found.fields]
        if _is_operator([f"${name}" for name in names]):
            place = subject.documents[found.place.file].place((*found.place.route, names[0]), on="key")
            message = f"{words(names)} are fields of an object here, not operators"
            yield RULE.at(place, message, help=f"did you mean {words(f'${name}' for name in names)}?")


def _is_operator(keys: list[str]) -> bool:
    """Whether keys are a whole operator; one alone, such as `from`, may well be a field."""
    source = [key for key in keys if key in SOURCES]
    others = {key for key in keys if key not in SOURCES}
    if source == ["$if"]:
        return "$then" in others and others <= {"$then", "$else", *MODIFIERS}
    return len(source) == 1 and bool(others) and others <= {*MODIFIERS}


RULE: Final = Rule(
    code="MAP413",
    name="lost-dollar",
    severity="warning",
    title="Fields that read like operators",
    doc=(
        "Operators begin with `$`, so that a destination's fields may have any name: without it, `if` and `then` are "
        "two fields of an object that is sent. If the destination really has them, allow the finding with "
        "`# mapper: allow MAP413 because ...`."
    ),
    bad={"track.yaml": _HEAD + "  label: {if: properties.paid, then: event}\n"},
    good={"track.yaml": _HEAD + "  label: {$if: properties.paid, $then: event}\n"},
    check=_check,
)
