"""MAP407: a value that may be of a type the destination refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.example_schema import TRACK, USER, with_schema
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.outcome import outcomes
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = TRACK + USER


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for each in outcomes(subject):
        if each.refused and each.fitting:
            message = f"{each.title} may be {each.said(each.refused)}; the schema wants {each.wanted}"
            yield RULE.at(each.place, message, help=each.help, related=(each.schema,))


RULE: Final = Rule(
    code="MAP407",
    name="unsure-type",
    severity="warning",
    title="An expression may give a type that the request's schema refuses",
    doc=(
        "What Segment documents is relied on; of other traits and properties nothing is known: a plan may come as a "
        "number, and a name as an object. One event that does not fit the schema is refused at run time, with all its "
        "other fields. Convert the value, or keep only what fits: `$as: string`, `$is: number`, or a function such as "
        "`id()`, `present_text()` or `to_number()`. What can't be converted is null, and the field is left out."
    ),
    bad=with_schema({"track.yaml": _HEAD + "  event: properties.report\n"}),
    good=with_schema({"track.yaml": _HEAD + "  event: present_text(properties.report)\n"}),
    check=_check,
)
