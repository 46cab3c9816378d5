"""MAP212: a trait or property that is nearly a documented one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.paths import call_paths, name_at, nearly, open_names, stray
from mapper.authoring.rules.places import on_tree
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, walk
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import MappingSpec, ObjectOf, Share, Take

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use, tree, path in call_paths(subject):
        found = stray(use.mapping, path)
        if found is not None and found.is_open:
            yield RULE.at(on_tree(use.expression, name_at(tree, found.at)), found.message, help=found.help)
    for mapping in subject.spec.mappings:
        for body, _ in walk(mapping.body):
            if isinstance(body, ObjectOf) and body.share:
                yield from _taken(mapping, body, body.share)


def _taken(mapping: MappingSpec, body: ObjectOf, share: Share) -> Iterator[Diagnostic]:
    """Names in ``$take`` that are nearly documented, or nearly the field's own."""
    source = "properties" if "properties" in share.source.text else "traits"
    documented = open_names(mapping.accepts, source)
    for field, node in body.fields:
        for take in (found for found, _ in walk(node) if isinstance(found, Take)):
            for at, name in enumerate(take.keys):
                near = None if name in documented | {field} else nearly(name, (*documented, field))
                if near is not None:
                    message = f"{word(name)} differs by one letter from {word(near)}"
                    yield RULE.at(_key(take, at), message, help=f"did you mean `{near}`?")


def _key(take: Take, at: int) -> Place:
    route = take.place.route
    return replace(take.place, route=(*route, at)) if len(take.keys) > 1 else take.place


RULE: Final = Rule(
    code="MAP212",
    name="misspelt-trait",
    severity="warning",
    title="A trait or property is nearly one that Segment documents",
    doc=(
        "Traits and properties may bear any name, but Segment documents some, and their names mean the same with "
        "every source. A name that differs from one of these by a letter or two is likely a slip, and always null. "
        "Where it is really meant, say so: `# mapper: allow MAP212 because ...` at the end of the line."
    ),
    bad={"track.yaml": _HEAD + "  revenue: properties.revenu\n"},
    good={"track.yaml": _HEAD + "  revenue: properties.revenue\n"},
    check=_check,
)
