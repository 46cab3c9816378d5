"""MAP309: a mapping for calls that never come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.accepted import accepted
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Related
from mapper.records.spec import CALL_TYPES

_REST: Final = "request: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    destination = subject.documents[subject.spec.file]
    if not subject.spec.accepts:
        return
    for mapping in subject.spec.mappings:
        for kind, place in accepted(subject.documents[mapping.file]).items():
            if kind in CALL_TYPES and kind not in subject.spec.accepts:
                message = f"the destination does not accept `{kind}` calls, so this mapping never sees one"
                related = Related(place=destination.place(("accepts",)), message="this is what the destination accepts")
                help_ = f"add `{kind}` to `accepts` in destination.yaml, or delete it here"
                yield RULE.at(place, message, help=help_, related=(related,))


RULE: Final = Rule(
    code="MAP309",
    name="type-not-accepted",
    severity="error",
    title="A mapping accepts calls that the destination does not",
    doc=(
        "Calls reach a mapping only if destination.yaml lists their type under `accepts`. For this type the mapping "
        "would never run."
    ),
    bad={"track.yaml": "mapper: 1\naccepts: [track, page]\n" + _REST},
    good={"track.yaml": "mapper: 1\naccepts: [track]\n" + _REST},
    check=_check,
)
