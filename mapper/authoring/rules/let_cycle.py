"""MAP303: names that need each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mapper.authoring.rules.circles import circles
from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.names import call_fields, called
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Let, MappingSpec

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    """Each circle once, at the name in it that stands first."""
    for mapping in (None, *subject.spec.mappings):
        lets = subject.lets(mapping)
        needs = {name: tuple(called(subject, let, lets)) for name, let in lets.items()}
        for circle in circles(needs):
            if _reported(mapping, circle, lets) or set(circle) & call_fields(mapping):
                continue  # a name that a call field has is a rule of its own, and often the cause
            shown = " -> ".join(f"`{name}`" for name in (*circle, circle[0]))
            message = f"{shown}: the value needs itself"
            yield RULE.at(lets[circle[0]].place, message, help="let one of them read the call instead")


def _reported(mapping: MappingSpec | None, circle: tuple[str, ...], lets: Mapping[str, Let]) -> bool:
    """Whether a mapping's circle consists of the destination's names only, which have been looked at."""
    return mapping is not None and all(lets[name] not in mapping.lets for name in circle)


RULE: Final = Rule(
    code="MAP303",
    name="let-cycle",
    severity="error",
    title="A name needs its own value",
    doc=(
        "The names of `let` may use each other in any order, but not in a circle: such a value could never be "
        "computed. The message shows the way round. Often two names were swapped, or one bears the name of the "
        "field it was meant to read."
    ),
    bad={"track.yaml": _HEAD + "let:\n  who: trim(person)\n  person: lower(who)\nbody:\n  user_id: who\n"},
    good={"track.yaml": _HEAD + "let:\n  who: trim(person)\n  person: lower(userId)\nbody:\n  user_id: who\n"},
    check=_check,
)
