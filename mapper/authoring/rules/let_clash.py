"""MAP302: one name for two values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Related
from mapper.records.spec import Let

_DESTINATION: Final = MINIMAL["destination.yaml"] + "let:\n  who: userId\n"
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    outer: dict[str, Let] = {}
    for let in subject.spec.lets:
        yield from _clash(outer, let)
        outer.setdefault(let.name, let)
    for mapping in subject.spec.mappings:
        for let in mapping.lets:
            yield from _clash(outer, let)


def _clash(outer: dict[str, Let], let: Let) -> Iterator[Diagnostic]:
    if let.name in outer:
        first = Related(place=outer[let.name].place, message="it is defined here before")
        help_ = "rename or delete one of the two"
        yield RULE.at(let.place, f"`{let.name}` is defined twice", help=help_, related=(first,))


RULE: Final = Rule(
    code="MAP302",
    name="let-clash",
    severity="error",
    title="Two values have the same name",
    doc=(
        "The names of the files in `use`, of destination.yaml and of a mapping are seen together. If one could hide "
        "another, what an expression means would depend on the file it stands in. Two mappings may each have a name "
        "of their own that is the same."
    ),
    bad={"destination.yaml": _DESTINATION, "track.yaml": _HEAD + "let:\n  who: anonymousId\nbody:\n  user_id: who\n"},
    good={
        "destination.yaml": _DESTINATION,
        "track.yaml": _HEAD + "let:\n  guest: anonymousId\nbody:\n  user_id: not_null(who, guest)\n",
    },
    check=_check,
)
