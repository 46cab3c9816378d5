"""What a mapping's body is known to give, beside the part of the schema that each piece must fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from mapper.authoring.narrow import field_schema, mapping_schema
from mapper.authoring.rules.certain import is_certain, literal
from mapper.authoring.schemas import Schema
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Place, Related, Route
from mapper.records.spec import Const, Eval, First, If, ListOf, MappingSpec, Node, ObjectOf, Refine

_MAX_DEPTH = 40
_MAX_STEPS = 20_000


class Field(msgspec.Struct, frozen=True):
    """One field of an object: its name, what gives it, and where the name stands."""

    name: str
    node: Node
    place: Place


class Piece(msgspec.Struct, frozen=True):
    """A constant, list or object somewhere in a body.

    Attributes:
        path: The keys that lead to it in the body; ``()`` is the body itself.
        node: What gives it.
        place: Where it stands; an object's is its key.
        schema: The part of the request's schema that it must fit, flat.
        fields: An object's fields, merged ones included; empty for others.
        is_open: Whether an object may have more fields than those known.
    """

    path: Route
    node: Const | ListOf | ObjectOf
    place: Place
    schema: Schema
    fields: tuple[Field, ...] = ()
    is_open: bool = False

    @property
    def title(self) -> str:
        """The path as people write it."""
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return f"`{text[1:]}`" if text else "the body"


def checkable(subject: Subject) -> Iterator[tuple[MappingSpec, Related]]:
    """The mappings whose output can be judged, each with the place that names its request's schema.

    Those that lack parts because a file could not be read are left out.
    """
    spec = subject.spec
    shared = {spec.file, *(let.place.file for let in spec.lets)}
    if not subject.complete or shared & subject.broken:
        return
    for mapping in spec.mappings:
        request = spec.requests.get(mapping.request)
        if request and request.schema is not None and mapping.file not in subject.broken:
            place = Place(file=spec.file, route=("requests", request.name, "schema"))
            yield mapping, Related(place=place, message="this schema says so")


def pieces(subject: Subject, mapping: MappingSpec) -> tuple[Piece, ...]:
    """Everything in a mapping's body that is known before a call comes, outer pieces first."""
    return subject.once(("pieces", mapping.name), lambda: _pieces(subject, mapping))


def _pieces(subject: Subject, mapping: MappingSpec) -> Iterator[Piece]:
    schema = mapping_schema(subject.spec, mapping)
    request = subject.spec.requests.get(mapping.request)
    if schema is None or request is None or request.schema is None:
        return
    walker = _Walker(subject, mapping)
    kind = {"type": request.schema["type"]} if "type" in request.schema else {}
    place = Place(file=mapping.file, route=("body",), on="key")
    for piece in walker.walk(mapping.body, {**schema, **kind}, (), 0):
        yield piece if piece.path else replace(piece, place=place)


class _Walker:
    """Follows names and choices, which stand for the values behind them."""

    def __init__(self, subject: Subject, mapping: MappingSpec) -> None:
        self.subject = subject
        self.lets = subject.lets(mapping)
        self.steps = 0

    def _goes_on(self, depth: int) -> bool:
        """Whether to look deeper: names that hold names twice and more have no end."""
        self.steps += 1
        return depth <= _MAX_DEPTH and self.steps <= _MAX_STEPS

    def walk(self, node: Node, schema: Schema, path: Route, depth: int) -> Iterator[Piece]:
        if not self._goes_on(depth):
            return
        for found in self._resolved(node, depth):
            match found:
                case ObjectOf():
                    yield from self._object(found, schema, path, depth)
                case ListOf(items):
                    yield Piece(path, found, found.place, schema)
                    for at, item in enumerate(items):
                        yield from self.walk(item, _item_schema(schema), (*path, at), depth + 1)
                case Const():
                    yield from self._constant(found, schema, path, depth)

    def _resolved(self, node: Node, depth: int) -> Iterator[Const | ListOf | ObjectOf]:
        """The constants, lists and objects that a node may give."""
        if not self._goes_on(depth):
            return
        for inner in self._choices(node):
            if isinstance(inner, Const | ListOf | ObjectOf):
                yield inner
            else:
                yield from self._resolved(inner, depth + 1)

    def _choices(self, node: Node) -> tuple[Node, ...]:
        match node:
            case Const() | ListOf() | ObjectOf():
                return (node,)
            case Eval(expression):
                constant = literal(self.subject, expression)
                named = self.lets.get(expression.text.strip())
                return (constant,) if constant else (named.node,) if named else ()
            case First(nodes):
                return nodes
            case If(_, then, otherwise):
                return (then, otherwise) if otherwise else (then,)
            case Refine(inner, convert=convert, kind=kind, default=default):
                known = () if convert or kind else (inner,)
                return (*known, default) if default else known
            case _:
                return ()

    def _object(self, node: ObjectOf, schema: Schema, path: Route, depth: int) -> Iterator[Piece]:
        fields, is_open = self._fields(node, depth)
        yield Piece(path, node, replace(node.place, on="key"), schema, fields, is_open)
        for field in fields:
            yield from self.walk(field.node, field_schema(schema, field.name), (*path, field.name), depth + 1)

    def _constant(self, node: Const, schema: Schema, path: Route, depth: int) -> Iterator[Piece]:
        if isinstance(node.value, list):
            yield Piece(path, node, node.place, schema)
            for at, value in enumerate(node.value):
                item = Const(value, _below(node.place, at))
                yield from self.walk(item, _item_schema(schema), (*path, at), depth + 1)
        elif isinstance(node.value, dict):
            fields = _constant_fields(node)
            yield Piece(path, node, replace(node.place, on="key"), schema, fields)
            for field in fields:
                yield from self.walk(field.node, field_schema(schema, field.name), (*path, field.name), depth + 1)
        else:
            yield Piece(path, node, node.place, schema)

    def _fields(self, node: ObjectOf, depth: int) -> tuple[tuple[Field, ...], bool]:
        """The fields of an object, without those another always replaces, and whether there may be more."""
        found: list[Field] = []
        is_open = False
        parts = (*node.merge, *((node.rest,) if node.rest else ()))
        for part in parts:
            fields, more = self._merged(part, depth + 1)
            found += fields
            is_open = is_open or more
        found += [Field(name, inner, inner.place) for name, inner in (node.share.named if node.share else ())]
        found += [Field(name, inner, _key(node.place, name)) for name, inner in node.fields]
        sure = {field.name: at for at, field in enumerate(found) if is_certain(self.subject, field.node, self.lets)}
        return tuple(field for at, field in enumerate(found) if at >= sure.get(field.name, 0)), is_open

    def _merged(self, part: Node, depth: int) -> tuple[list[Field], bool]:
        """The fields of a merged node. One that is neither an object nor a name for one may bring any field."""
        if not self._goes_on(depth):
            return [], True
        choices = self._choices(part)
        found: list[Field] = []
        is_open = not choices or isinstance(part, Refine)
        for inner in choices:
            if isinstance(inner, ObjectOf):
                fields, more = self._fields(inner, depth)
                found += fields
            elif isinstance(inner, Const):
                fields, more = _constant_fields(inner), False
                found += fields
            elif isinstance(inner, ListOf):
                more = False
            else:
                merged, more = self._merged(inner, depth + 1)
                found += merged
            is_open = is_open or more
        return found, is_open


def _constant_fields(node: Const) -> tuple[Field, ...]:
    fields: Mapping[str, Any] = node.value if isinstance(node.value, dict) else {}
    return tuple(
        Field(name, Const(value, _below(node.place, name)), _key(node.place, name)) for name, value in fields.items()
    )


def _item_schema(schema: Schema) -> Schema:
    return field_schema({"properties": {"item": schema.get("items", {})}}, "item")


def _key(place: Place, name: str) -> Place:
    return replace(place, route=(*place.route, name), on="key", start=0, length=0)


def _below(place: Place, step: str | int) -> Place:
    return replace(place, route=(*place.route, step), on="value", start=0, length=0)
