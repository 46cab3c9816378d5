"""MAP215: a condition is always true, or never."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    return findings(RULE, subject, "condition")


RULE: Final = Rule(
    code="MAP215",
    name="constant-condition",
    severity="warning",
    title="A condition is always true, or never",
    doc=(
        "A condition that no call can change decides nothing. In JMESPath any number is true, 0 too, and so is any "
        "text but the empty one: `if('no', a, b)` is always `a`. Delete what is never reached, or compare with the "
        "value that was meant."
    ),
    bad={"track.yaml": _HEAD + "  event: if(length(keys(object(properties))), event)\n"},
    good={"track.yaml": _HEAD + "  event: if(length(keys(object(properties))) > `0`, event)\n"},
    check=_check,
)
