"""Finds the part of a request's schema that a mapping's fields must fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from mapper.authoring.schemas import Schema, narrowed
from mapper.records.spec import Const, DestinationSpec, Eval, First, If, ListOf, MappingSpec, Node, ObjectOf, Refine


def constants(spec: DestinationSpec, mapping: MappingSpec) -> dict[str, Any]:
    """Fields of the body whose value is a constant; they choose the branch of a schema such as one by ``action``."""
    return {name: node.value for name, node in body_fields(spec, mapping) if isinstance(node, Const)}


def body_fields(spec: DestinationSpec, mapping: MappingSpec) -> Iterator[tuple[str, Node]]:
    """The top-level fields of a mapping's body with those it merges in by name; later ones win."""
    lets = {let.name: let.node for let in (*spec.lets, *mapping.lets)}
    yield from _fields(mapping.body, lets, 0)


def _fields(node: Node, lets: dict[str, Node], depth: int) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Eval) and depth < 20:
        named = lets.get(node.expression.text.strip())
        if named is not None:
            yield from _fields(named, lets, depth + 1)
    if isinstance(node, ObjectOf):
        for part in node.merge:
            yield from _fields(part, lets, depth + 1)
        if node.rest is not None:
            yield from _fields(node.rest, lets, depth + 1)
        if node.share is not None:
            yield from node.share.named
        yield from node.fields


def mapping_schema(spec: DestinationSpec, mapping: MappingSpec) -> Schema | None:
    """The request's schema, flat, with the branches chosen that this mapping's constants decide; None without one."""
    request = spec.requests.get(mapping.request)
    if request is None or request.schema is None:
        return None
    return narrowed(request.schema, constants(spec, mapping))


def with_field_schemas(spec: DestinationSpec) -> DestinationSpec:
    """Give every ``$is: schema`` the schema of the field it stands at."""
    mappings = []
    for mapping in spec.mappings:
        schema = mapping_schema(spec, mapping)
        mappings.append(mapping if schema is None else replace(mapping, body=_placed(mapping.body, schema)))
    return replace(spec, mappings=tuple(mappings))


def field_schema(schema: Schema, name: str) -> Schema:
    """The schema of one field of an object schema, flat where it is an object itself."""
    field = schema.get("properties", {}).get(name, {})
    if not isinstance(field, dict):
        return {}
    return {**field, **narrowed(field, {})} if "properties" in field or "allOf" in field else field


def _placed(node: Node, schema: Schema) -> Node:
    match node:
        case Refine(kind="schema"):
            return replace(node, schema=_original(schema))
        case Refine():
            return replace(node, node=_placed(node.node, schema))
        case First(nodes):
            return replace(node, nodes=tuple(_placed(inner, schema) for inner in nodes))
        case If():
            other = _placed(node.otherwise, schema) if node.otherwise else None
            return replace(node, then=_placed(node.then, schema), otherwise=other)
        case ListOf(items):
            each = schema.get("items", {})
            return replace(node, items=tuple(_placed(item, each) for item in items))
        case ObjectOf():
            share = node.share and replace(node.share, named=_placed_fields(node.share.named, schema))
            return replace(node, fields=_placed_fields(node.fields, schema), share=share)
        case _:
            return node


def _placed_fields(fields: tuple[tuple[str, Node], ...], schema: Schema) -> tuple[tuple[str, Node], ...]:
    return tuple((name, _placed(node, field_schema(schema, name))) for name, node in fields)


def _original(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "closed"}
