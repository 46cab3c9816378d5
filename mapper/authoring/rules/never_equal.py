"""MAP213: two things are compared that can never be equal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    return findings(RULE, subject, "equality", "order")


RULE: Final = Rule(
    code="MAP213",
    name="never-equal",
    severity="error",
    title="Two things are compared that can never be equal",
    doc=(
        "A comparison of two types is always false (`!=` always true), and so is one with a text that the other "
        "side never is: `type` is the lower-case type of the calls that the mapping accepts, and a setting with an "
        "`enum` is one of its values. In JMESPath `true` in backticks is a truth value, and `'true'` in quotes a "
        "text; the same goes for numbers."
    ),
    bad={"track.yaml": _HEAD + "  event: if(type == 'Track', event)\n"},
    good={"track.yaml": _HEAD + "  event: if(type == 'track' && event, event)\n"},
    check=_check,
)
