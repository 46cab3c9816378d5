"""Finds the part of a request's schema that a mapping's fields must fit."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mapper.authoring.schemas import Schema, narrowed
from mapper.records.spec import Const, DestinationSpec, Eval, First, If, ListOf, MappingSpec, Node, ObjectOf, Refine


def constants(spec: DestinationSpec, mapping: MappingSpec) -> dict[str, Any]:
    """Fields of the body whose value is a constant; they choose the branch of a schema such as one by ``action``."""
    lets = {let.name: let.node for let in (*spec.lets, *mapping.lets)}
    return {name: node.value for name, node in _fields(mapping.body, lets, {}).items() if isinstance(node, Const)}


def _fields(node: Node, lets: dict[str, Node], found: dict[str, dict[str, Node]]) -> dict[str, Node]:
    """The fields of an object with those it merges in by name; later ones win. `found` has those of names."""
    if isinstance(node, Eval):
        name = node.expression.text.strip()
        if name in lets and name not in found:
            found[name] = {}
            found[name] = _fields(lets[name], lets, found)
        return found.get(name, {})
    if not isinstance(node, ObjectOf):
        return {}
    fields: dict[str, Node] = {}
    for part in (*node.merge, *((node.rest,) if node.rest else ())):
        fields |= _fields(part, lets, found)
    return fields | dict(node.share.named if node.share else ()) | dict(node.fields)


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
