"""Which rule of a mapping set gives a field of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from mapper.authoring.subject import walk
from mapper.records.diagnostic import Place
from mapper.records.spec import DestinationSpec, Eval, First, If, ListOf, MappingSpec, Node, ObjectOf, Refine
from mapper.review.leaves import Path


def origin(spec: DestinationSpec, mapping: MappingSpec, path: Path, reason: object) -> Place:
    """The place of the rule that gives what stands at a path of a result.

    Where the mapping does not say anything of the field any more, the place is that of what would hold it.

    Args:
        spec: The mapping set.
        mapping: The mapping of the result.
        path: Within the result: ``("request", "body", "user_id")``, ``("skipped",)``.
        reason: The text at `path`, where it is a reason.
    """
    request = spec.requests[mapping.request]
    match path:
        case ("request", "body", *inner):
            return _Finder(spec, mapping).find(mapping.body, tuple(inner))
        case ("request", "url", *_):
            return request.path.place
        case ("request", "headers", str(name), *_) if name in request.headers:
            return request.headers[name].place
        case ("request", *_):
            return request.place
        case ("skipped" | "unmappable", *_):
            return _of_reason(spec, mapping, reason) or mapping.body.place
    return mapping.body.place


def _of_reason(spec: DestinationSpec, mapping: MappingSpec, reason: object) -> Place | None:
    for guard in (*mapping.guards, *spec.guards):
        if guard.because == reason:
            return guard.when.place
    for top in (mapping.body, *(let.node for let in (*mapping.lets, *spec.lets))):
        for node, _ in walk(top):
            if isinstance(node, Refine) and node.required == reason:
                return node.place
    return None


class _Finder:
    """Follows fields through the nodes of a mapping, and through the names of ``let``."""

    def __init__(self, spec: DestinationSpec, mapping: MappingSpec) -> None:
        self._lets: Mapping[str, Node] = {let.name: let.node for let in (*spec.lets, *mapping.lets)}

    def find(self, node: Node, path: Path) -> Place:
        """The place of the field, or else of the key that holds the whole."""
        return self._find(node, path, frozenset()) or structs.replace(node.place, on="key")

    def _find(self, node: Node, path: Path, followed: frozenset[str]) -> Place | None:
        if isinstance(node, Eval):
            name = node.expression.text.strip()
            if name in self._lets and name not in followed:
                return self._find(self._lets[name], path, followed | {name})
            return node.place
        if isinstance(node, ObjectOf) and path:
            return self._in_object(node, path, followed)
        if isinstance(node, ListOf) and path and isinstance(path[0], int) and path[0] < len(node.items):
            return self._find(node.items[path[0]], path[1:], followed)
        if path and isinstance(node, First | If | Refine):
            found = (self._find(inner, path, followed) for inner in _arms(node))
            return next((place for place in found if place), node.place)
        return node.place

    def _in_object(self, node: ObjectOf, path: Path, followed: frozenset[str]) -> Place | None:
        """A field of the object itself wins over what is merged; ``$rest`` comes last."""
        own = dict((*node.fields, *(node.share.named if node.share else ())))
        if path[0] in own:
            inner = own[str(path[0])]
            return self._find(inner, path[1:], followed) or inner.place
        for part in reversed(node.merge):
            if place := self._find(part, path, followed):
                return place
        return node.rest.place if node.rest else None


def _arms(node: First | If | Refine) -> Iterator[Node]:
    match node:
        case First(nodes):
            yield from nodes
        case If(_, then, otherwise):
            yield from (then, *([otherwise] if otherwise else []))
        case Refine(inner):
            yield inner
