"""MAP406: a value of a type that the destination refuses."""

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
        if each.refused and not each.fitting:
            message = f"{each.title} is {each.said(each.refused)}; the schema wants {each.wanted}"
            yield RULE.at(each.place, message, help=each.help, related=(each.schema,))


RULE: Final = Rule(
    code="MAP406",
    name="wrong-type",
    severity="error",
    title="An expression gives a type that the request's schema refuses",
    doc=(
        "Whatever the call, the destination would refuse the request: a number where it takes text, a date as text "
        "where it takes milliseconds. Types are known from functions, from `$as` and `$is`, from constants and from "
        "what Segment documents of calls, and are followed through names of `let`, `$first` and `$if`."
    ),
    bad=with_schema({"track.yaml": _HEAD + "  total: id(properties.total)\n"}),
    good=with_schema({"track.yaml": _HEAD + "  total: to_number(properties.total)\n"}),
    check=_check,
)
