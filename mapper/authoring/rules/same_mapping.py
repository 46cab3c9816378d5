"""MAP314: a mapping that does what another one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.subject import Subject
from mapper.base.json import encode
from mapper.records.diagnostic import Diagnostic, Place, Related
from mapper.records.spec import MappingSpec

_TRACK: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    first: dict[bytes, MappingSpec] = {}
    for mapping in subject.spec.mappings:
        document = subject.documents.get(mapping.file)
        if document is None or mapping.file in subject.broken or not isinstance(document.data, dict):
            continue
        told = {key: value for key, value in document.data.items() if key != "description"}
        same = first.setdefault(encode(told), mapping)
        if same is not mapping:
            yield RULE.at(
                Place(file=mapping.file, route=("accepts",)),
                f"this mapping is the same as `{same.name}`: every call is sent twice",
                help="delete one of them, or change what it accepts and sends",
                related=(Related(place=Place(file=same.file, route=("accepts",)), message="the other one"),),
            )


RULE: Final = Rule(
    code="MAP314",
    name="same-mapping",
    severity="warning",
    title="Two mappings of a set are the same",
    doc=(
        "Every mapping that accepts a call makes a request of it, so two that are the same send everything twice. "
        "A file that was copied to begin a new mapping, and not yet changed, is the usual reason."
    ),
    bad={"track.yaml": _TRACK, "copy.yaml": _TRACK},
    good={"track.yaml": _TRACK, "copy.yaml": _TRACK.replace("userId", "anonymousId")},
    check=_check,
)
