"""Which line of a mapping makes a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from mapper.authoring.subject import walk
from mapper.records.diagnostic import Place
from mapper.records.spec import DestinationSpec, Guard, MappingSpec, Refine, RequestSpec
from mapper.review.meaning import meaning
from mapper.review.sides import Side, differing
from mapper.review.tally import Sort
from mapper.review.trail import trail
from mapper.review.values import ITEM

_BREAKS: Final = " breaks the request's schema"


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
    if sort.reason.endswith(_BREAKS):
        return _of_breach(sort.reason.removesuffix(_BREAKS), both)
    rule, counterpart = _rule(one, sort.reason), _rule(other, sort.reason)
    if rule is None:
        return _of_file(both)
    pair = (rule, counterpart) if sort.kind == "sent" else (counterpart, rule)
    old, new = (each.when if isinstance(each, Guard) else each for each in pair)
    return differing(old, new, both) or (rule.when if isinstance(rule, Guard) else rule).place


def _of_breach(path: str, both: Both) -> Place:
    old, new = (side.request for side in both)
    if old and new and meaning(old.schema) != meaning(new.schema):
        return Place(file=both.new.spec.file, route=("requests", new.name, "schema"))
    steps = path.replace(ITEM, f".{ITEM}").split(".")
    return _of_field([] if steps == ["body"] else steps, both)


def _rule(side: Side, reason: str) -> Guard | Refine | None:
    return next((rule for rule, text in _rules(side) if text == reason), None)


def _rules(side: Side) -> Iterator[tuple[Guard | Refine, str]]:
    mapping: MappingSpec | None = side.mapping
    for guard in (*side.spec.guards, *(mapping.guards if mapping else ())):
        yield guard, guard.because
    roots = [let.node for let in side.lets.values()] + ([mapping.body] if mapping else [])
    for root in roots:
        for node, _ in walk(root):
            if isinstance(node, Refine) and node.required is not None:
                yield node, node.required
