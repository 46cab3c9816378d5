"""MAP214: a function is given what it can't take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    return findings(RULE, subject, "argument")


RULE: Final = Rule(
    code="MAP214",
    name="wrong-argument-type",
    severity="error",
    title="A function is given what it can't take",
    doc=(
        "Functions of standard JMESPath fail on an argument of another type, so that every call would be "
        "unmappable; the others give null. `mapper functions NAME` shows what a function takes. Text in quotes is "
        "text, whatever it looks like: a number is written in backticks."
    ),
    bad={"track.yaml": _HEAD + "  event: split(event, `1`)\n"},
    good={"track.yaml": _HEAD + "  event: split(event, '/')\n"},
    check=_check,
)
