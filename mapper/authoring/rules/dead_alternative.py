"""MAP216: an alternative is never used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    return findings(RULE, subject, "reach")


RULE: Final = Rule(
    code="MAP216",
    name="dead-alternative",
    severity="warning",
    title="An alternative is never used",
    doc=(
        "`a || b` gives `a` where that is true, and `b` only where it is not; `not_null(a, b)` gives the first that "
        "is not null. Where the first always is, the rest is never looked at. A constant belongs last."
    ),
    bad={"track.yaml": _HEAD + "  event: not_null('none', event)\n"},
    good={"track.yaml": _HEAD + "  event: not_null(event, 'none')\n"},
    check=_check,
)
