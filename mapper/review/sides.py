"""One mapping set as its expressions see it, and where the same part of two of them differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mapper.authoring.rules.names import root_names
from mapper.authoring.subject import node_expressions
from mapper.expressions.parse import parse
from mapper.records.diagnostic import Place
from mapper.records.spec import (
    DestinationSpec,
    Expression,
    First,
    If,
    Let,
    ListOf,
    MappingSpec,
    Node,
    ObjectOf,
    Refine,
    RequestSpec,
)
from mapper.review.meaning import meaning

Part = Node | Expression


@dataclass(frozen=True, slots=True)
class Side:
    """A mapping set as one of its mappings sees it.

    Attributes:
        spec: The set.
        mapping: None where it has no such mapping.
        lets: The names in reach.
    """

    spec: DestinationSpec
    mapping: MappingSpec | None
    lets: Mapping[str, Let]

    @classmethod
    def of(cls, spec: DestinationSpec, name: str | None) -> Side:
        """A set as the mapping of this name sees it."""
        mapping = next((each for each in spec.mappings if each.name == name), None)
        lets = {let.name: let for let in (*spec.lets, *(mapping.lets if mapping else ()))}
        return cls(spec, mapping, lets)

    @property
    def request(self) -> RequestSpec | None:
        """What the mapping's requests are."""
        return self.spec.requests.get(self.mapping.request) if self.mapping else None


def differing(
    old: Part | None, new: Part | None, sides: tuple[Side, Side], seen: set[str] | None = None
) -> Place | None:
    """Where a part of a mapping differs from what it was, or a name that it uses does; None where all is as it was."""
    if old is None or new is None:
        there = old or new
        return there.place if there is not None else None
    if meaning(old) != meaning(new):
        return _finest(old, new)
    seen = set() if seen is None else seen
    for name in _names(new):
        if name not in seen:
            seen.add(name)
            found = _of_name(name, sides, seen)
            if found is not None:
                return found
    return None


def _of_name(name: str, sides: tuple[Side, Side], seen: set[str]) -> Place | None:
    if name == "settings":
        return _of_settings(sides)
    one, other = (side.lets.get(name) for side in sides)
    if one is None or other is None:
        let = one or other
        return let.place if let is not None else None
    return differing(one.node, other.node, sides, seen)


def _of_settings(sides: tuple[Side, Side]) -> Place | None:
    old, new = ({setting.name: setting for setting in side.spec.settings} for side in sides)
    for name in (*new, *old):
        if meaning(old.get(name)) != meaning(new.get(name)):
            return (new.get(name) or old[name]).place
    return None


def _names(part: Part) -> Iterator[str]:
    """What it reads from the root, in the order it stands there."""
    expressions: Iterable[Expression] = (
        [part] if isinstance(part, Expression) else (expression for expression, _ in node_expressions(part))
    )
    for expression in expressions:
        yield from (str(node.value) for node in root_names(parse(expression.text)))


def _finest(old: Part, new: Part) -> Place:
    """The innermost part that holds all of a difference; first one that is gone, which is in the old file."""
    if type(old) is not type(new):
        return new.place
    olds, news = _inner(old), _inner(new)
    one_sided = [
        part for these, others in ((olds, news), (news, olds)) for label, part in these.items() if label not in others
    ]
    if one_sided:
        return one_sided[0].place
    for label, other in news.items():
        if meaning(olds[label]) != meaning(other):
            return _finest(olds[label], other)
    return new.place


def _inner(part: Part) -> dict[object, Part]:
    """What it is made of, each under a label that its counterpart bears too."""
    match part:
        case First(nodes) | ListOf(nodes):
            return dict(enumerate(nodes))
        case Refine():
            return _there(node=part.node, default=part.default)
        case If(condition, then, otherwise):
            return _there(condition=condition, then=then, otherwise=otherwise)
        case ObjectOf():
            named = part.share.named if part.share else ()
            found: dict[object, Part] = {("field", name): node for name, node in (*part.fields, *named)}
            found |= {("merge", at): node for at, node in enumerate(part.merge)}
            return found | _there(share=part.share.source if part.share else None, rest=part.rest)
    return {}


def _there(**parts: Part | None) -> dict[object, Part]:
    return {name: part for name, part in parts.items() if part is not None}
