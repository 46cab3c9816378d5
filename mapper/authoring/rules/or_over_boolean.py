"""MAP217: `||` takes a `false` for missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.doubts import findings
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    return findings(RULE, subject, "boolean")


RULE: Final = Rule(
    code="MAP217",
    name="or-over-boolean",
    severity="warning",
    title="`||` takes a `false` for missing",
    doc=(
        "`a || b` gives `b` where `a` is `false`, not only where it is null: with a truth value on the left that is "
        "hardly what was meant. `not_null(a, b)` keeps a `false`."
    ),
    bad={"track.yaml": _HEAD + "  active: to_boolean(properties.active) || 'unknown'\n"},
    good={"track.yaml": _HEAD + "  active: not_null(to_boolean(properties.active), 'unknown')\n"},
    check=_check,
)
