"""MAP308: a call type that comes in and is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.accepted import accepted
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic

_MINIMAL: Final = MINIMAL["destination.yaml"]


def _check(subject: Subject) -> Iterator[Diagnostic]:
    mapped = {kind for mapping in subject.spec.mappings for kind in mapping.accepts}
    if subject.broken or len(subject.spec.mappings) < len(subject.files):
        return  # a mapping that could not be read may accept it
    for kind, place in accepted(subject.documents[subject.spec.file]).items():
        if kind not in mapped:
            message = f"no mapping accepts `{kind}` calls, so they are all skipped"
            help_ = f"add a mapping with `accepts: {kind}`, or delete it here"
            yield RULE.at(place, message, help=help_)


RULE: Final = Rule(
    code="MAP308",
    name="unused-type",
    severity="warning",
    title="The destination accepts calls that no mapping takes",
    doc=(
        "`accepts` in destination.yaml says which calls this destination is for. Calls of a type that no mapping "
        "accepts are skipped one by one and counted as such. Add the mapping, or take the type out of the list so "
        "that the file says what happens."
    ),
    bad={"destination.yaml": _MINIMAL.replace("[track]", "[track, page]")},
    good={"destination.yaml": _MINIMAL},
    check=_check,
)
