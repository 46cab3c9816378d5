"""MAP306: a mapping that waits for something that never comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.circles import circles
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.shape_words import word, words
from mapper.authoring.subject import Subject
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Diagnostic, Related
from mapper.records.spec import MappingSpec

_REVENUE: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  revenue: properties.revenue\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    mappings = {mapping.name: mapping for mapping in subject.spec.mappings}
    for mapping in mappings.values():
        if mapping.after is not None:
            yield from _finding(subject, mapping, mappings.get(mapping.after))
    waits = {name: (mapping.after,) if mapping.after else () for name, mapping in mappings.items()}
    for circle in circles(waits):
        place = subject.documents[mappings[circle[0]].file].place(("after",))
        if len(circle) == 1:
            yield RULE.at(place, "the mapping waits for itself", help="delete `after`, or name another mapping")
            continue
        shown = " -> ".join(f"`{name}`" for name in (*circle, circle[0]))
        yield RULE.at(place, f"{shown}: each waits for the next, so none ever starts", help="delete one `after`")


def _finding(subject: Subject, mapping: MappingSpec, awaited: MappingSpec | None) -> Iterator[Diagnostic]:
    place = subject.documents[mapping.file].place(("after",))
    name = mapping.after or ""
    if name not in subject.files:
        others = [other for other in subject.files if other != mapping.name]
        help_ = did_you_mean(name, others) or (f"there is {words(others)}" if others else "delete `after`")
        yield RULE.at(place, f"there is no mapping {word(name)} in this folder", help=help_)
    elif awaited and mapping.accepts and awaited.accepts and not set(mapping.accepts) & set(awaited.accepts):
        related = Related(
            place=subject.documents[awaited.file].place(("accepts",)),
            message=f"`{name}` accepts {words(awaited.accepts)}",
        )
        message = f"`{name}` accepts none of the calls that this mapping accepts, so there is nothing to wait for"
        yield RULE.at(place, message, help="delete `after`, or accept the same calls", related=(related,))


RULE: Final = Rule(
    code="MAP306",
    name="unknown-after",
    severity="error",
    title="A mapping waits for one that can't come first",
    doc=(
        "`after` names another mapping file of the folder, without `.yaml`. Its request of the same call is delivered "
        "before this one is sent. So both must accept that call, and they can't wait for each other."
    ),
    bad={"revenue.yaml": _REVENUE + "after: trakc\n", "track.yaml": MINIMAL["track.yaml"]},
    good={"revenue.yaml": _REVENUE + "after: track\n", "track.yaml": MINIMAL["track.yaml"]},
    check=_check,
)
