"""Which rule of a mapping set gives a field of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from mapper.records.diagnostic import Place
from mapper.records.spec import DestinationSpec, MappingSpec, ObjectOf
from mapper.review.leaves import Path
from mapper.review.reasons import breach, place_of, rule
from mapper.review.sides import Side
from mapper.review.trail import named, trail


def origin(spec: DestinationSpec, mapping: MappingSpec, path: Path, reason: object) -> Place:
    """The place of the rule that gives what stands at a path of a result.

    Where the mapping does not say anything of the field any more, the place is that of what would hold it.

    Args:
        spec: The mapping set.
        mapping: The mapping of the result.
        path: Within the result: ``("request", "body", "user_id")``, ``("skipped",)``.
        reason: The text at `path`, where it is a reason.
    """
    side, request = Side.of(spec, mapping.name), spec.requests[mapping.request]
    match path:
        case ("request", "body", *inner):
            return _of_field(side, inner)
        case ("request", "url", *_):
            return request.path.place
        case ("request", "headers", str(name), *_) if name in request.headers:
            return request.headers[name].place
        case ("request", *_):
            return request.place
        case ("skipped" | "unmappable", *_) if isinstance(reason, str):
            return _of_reason(side, reason)
    return mapping.body.place


def _of_reason(side: Side, reason: str) -> Place:
    found, field = rule(side, reason), breach(reason)
    return place_of(found) if found else _of_field(side, field or [])


def _of_field(side: Side, path: Sequence[str | int]) -> Place:
    found = trail(side, path)
    last = found.parts[-1]
    if found.whole:
        return named(last, side).place
    return structs.replace(last.place, on="key") if isinstance(last, ObjectOf) else last.place
