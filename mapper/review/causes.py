"""Which line of a mapping makes a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mapper.records.diagnostic import Place
from mapper.records.spec import DestinationSpec, Guard, RequestSpec
from mapper.review.meaning import meaning
from mapper.review.reasons import breach, place_of, rule
from mapper.review.sides import Side, differing
from mapper.review.tally import Sort
from mapper.review.trail import trail


class Both(NamedTuple):
    """A mapping set before and after, each as seen from one mapping, where that is there."""

    old: Side
    new: Side


def cause(sort: Sort, old: DestinationSpec, new: DestinationSpec) -> Place:
    """Where to look first: in the new files, or in the old ones where it is gone from the new.

    For a field its own line, where that changed; else what it uses; else what stands around it.
    """
    both = Both(Side.of(old, sort.mapping), Side.of(new, sort.mapping))
    if sort.kind in ("method", "url", "request", "header"):
        return _of_target(sort, both)
    if sort.kind in ("gone", "new"):
        return _of_file(both)
    if sort.kind in ("skipped", "unmappable", "sent", "reason"):
        return _of_verdict(sort, both)
    return _of_field(sort.path, both)


def _of_field(path: Sequence[str], both: Both) -> Place:
    old, new = (trail(side, path) for side in both)
    if old.whole != new.whole:
        return (old if old.whole else new).parts[-1].place
    for depth in reversed(range(max(len(old.parts), len(new.parts)))):
        one, other = (parts[depth] if depth < len(parts) else None for parts in (old.parts, new.parts))
        found = differing(one, other, both)
        if found is not None:
            return found
    parts = new.parts or old.parts
    return parts[-1].place if parts else both.new.spec.place


def _of_target(sort: Sort, both: Both) -> Place:
    old, new = (side.request for side in both)
    if sort.kind == "request" or old is None or new is None:
        return _of_mapping(both, "request")
    if sort.kind == "method":
        return Place(file=both.new.spec.file, route=("requests", new.name, "method"))
    if sort.kind == "url":
        return differing(old.base, new.base, both) or differing(old.path, new.path, both) or new.place
    return _of_header(sort.path[0], old, new, both) or new.place


def _of_header(name: str, old: RequestSpec, new: RequestSpec, both: Both) -> Place | None:
    if name in old.headers or name in new.headers:
        return differing(old.headers.get(name), new.headers.get(name), both)
    parts = dict.fromkeys((*new.auth, *old.auth))
    found = (differing(old.auth.get(part), new.auth.get(part), both) for part in parts)
    return next((place for place in found if place), None)


def _of_file(both: Both) -> Place:
    old, new = (side.mapping for side in both)
    if old is not None and new is not None and old.accepts == new.accepts:
        return _of_spec(both)
    return _of_mapping(both, "accepts")


def _of_mapping(both: Both, key: str) -> Place:
    """A key of the mapping's file: of the new one, of the old where there is no new."""
    mapping = both.new.mapping or both.old.mapping
    return _of_spec(both) if mapping is None else Place(file=mapping.file, route=(key,))


def _of_spec(both: Both) -> Place:
    for key in ("accepts", "destination"):
        name = "integration" if key == "destination" else key
        if getattr(both.old.spec, name) != getattr(both.new.spec, name):
            return Place(file=both.new.spec.file, route=(key,))
    return both.new.spec.place


def _of_verdict(sort: Sort, both: Both) -> Place:
    """Of the rule that gives the reason; of one that gave it before, where the call is sent now."""
    one, other = both if sort.kind == "sent" else (both.new, both.old)
    path = breach(sort.reason)
    if path is not None:
        return _of_breach(path, both)
    found, counterpart = rule(one, sort.reason), rule(other, sort.reason)
    if found is None:
        return _of_file(both)
    pair = (found, counterpart) if sort.kind == "sent" else (counterpart, found)
    old, new = (each.when if isinstance(each, Guard) else each for each in pair)
    return differing(old, new, both) or place_of(found)


def _of_breach(path: Sequence[str], both: Both) -> Place:
    old, new = (side.request for side in both)
    if old and new and meaning(old.schema) != meaning(new.schema):
        return Place(file=both.new.spec.file, route=("requests", new.name, "schema"))
    return _of_field(path, both)
