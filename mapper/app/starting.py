"""The text of files to begin with: a destination, its schema, a mapping, a call to try it on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mapper.authoring.schemas import Schema, narrowed
from mapper.records.spec import DestinationSpec

_USER: Final = {"userId": "u_88213", "timestamp": "2024-07-01T10:40:05.891Z"}
CALLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "track": {"event": "Report Exported", "properties": {"format": "pdf", "pages": 12}},
    "page": {"name": "Pricing", "category": "Marketing", "properties": {"path": "/pricing"}},
    "screen": {"name": "Route Planner", "category": "Planning", "properties": {"build": 4711}},
    "identify": {"traits": {"email": "ines@acme.example", "name": "Ines Vogt", "plan": "enterprise"}},
    "group": {"groupId": "acct_77", "traits": {"name": "Acme GmbH", "employees": 240}},
    "alias": {"previousId": "anon-31"},
    "delete": {},
}
"""By type, what a usual call of it has besides its user and its time."""
_TELLING: Final = {
    "track": ("event", "event"),
    "page": ("page", "present_text(name)"),
    "screen": ("screen", "present_text(name)"),
    "identify": ("email", "present_text(traits.email)"),
    "group": ("group_id", "id(groupId)"),
    "alias": ("previous_id", "id(previousId)"),
}
"""By type, a field that a body may have, and what gives it."""
_MOST_CHOICES: Final = 4

DESTINATION: Final = """\
mapper: 1
id: {id}
destination: {name}  # its name in Segment's integrations object
enabled: false  # until it is finished: `--destination {id}` runs it all the same
accepts: [{types}]

settings:
  apiKey:
    type: string
    description: Say where people find it; it comes from {variable}.
    required: true
    secret: true

let:
  user_id: id(userId)

skip:
  - {{when: '!user_id', because: no usable user id}}

requests:
  event:
    method: POST
    base: "'https://api.{id}.example'"
    path: "'/v1/events'"
    auth: {{bearer: settings.apiKey}}
    headers:
      content-type: {{$const: application/json}}
    body: json
    schema: {schema}
    order_by: user_id
"""
SCHEMA: Final[Schema] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Event",
    "description": "One event, as the destination takes it.",
    "type": "object",
    "required": ["user_id", "created_at"],
    "additionalProperties": False,
    "properties": {
        "user_id": {"type": "string", "minLength": 1},
        "created_at": {"description": "Milliseconds since the epoch.", "type": "integer"},
        **{field: {"type": "string"} for field, _ in dict.fromkeys(_TELLING.values())},
    },
}


def sample_call(call_type: str) -> dict[str, Any]:
    """A usual call of a type; no two values in it are equal."""
    return {"type": call_type, **_USER, **CALLS[call_type]}


def mapping_text(spec: DestinationSpec, call_type: str, request: str) -> str:
    """A mapping file, with a field for all that the request's schema requires of a body."""
    body = dict(_body(spec, call_type, spec.requests[request].schema))
    fields = "".join(f"  {_key(name)}: {value}\n" for name, value in body.items())
    about = f"description: Say what becomes of {call_type} calls.\n"
    return f"mapper: 1\naccepts: {call_type}\n{about}\nrequest: {request}\nbody:\n{fields}"


def schema_text() -> str:
    """The schema of a body."""
    return json.dumps(SCHEMA, indent=2) + "\n"


def header(schema: str) -> str:
    """The first line of a file, by which editors check it."""
    return f"# yaml-language-server: $schema={schema}\n"


def _body(spec: DestinationSpec, call_type: str, schema: Schema | None) -> Iterator[tuple[str, str]]:
    if schema is None:
        yield "user_id", "userId"
        yield _TELLING.get(call_type, ("sent_at", "timestamp"))
        return
    flat, constants = _chosen(schema)
    lets = {let.name for let in spec.lets}
    properties = flat["properties"]
    for name in flat["required"]:
        constant = constants.get(name)
        yield name, f"{{$const: {json.dumps(constant)}}}" if name in constants else _value(name, properties[name], lets)
    field, expression = _TELLING.get(call_type, ("", ""))
    if field and field not in flat["required"] and (field in properties or not flat["closed"]):
        yield field, expression


def _chosen(schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """A flat schema, and the constants that choose its branches: of several the first."""
    constants: dict[str, Any] = {}
    for _ in range(_MOST_CHOICES):
        flat = narrowed(schema, constants)
        found = {name: _constant(flat["properties"].get(name)) for name in flat["required"]}
        chosen = {name: value for name, value in found.items() if value is not None}
        if chosen.keys() <= constants.keys():
            break
        constants |= chosen
    return flat, constants


def _constant(field: Any) -> Any:
    if not isinstance(field, Mapping):
        return None
    return field["const"] if "const" in field else next(iter(field.get("enum", ())), None)


def _value(name: str, field: Any, lets: set[str]) -> str:
    """What may give a required field: a name of the destination, else something of its type."""
    kind = field.get("type", "string") if isinstance(field, Mapping) else "string"
    if kind in ("number", "boolean", "array", "object"):
        return {"number": "1", "boolean": "true", "array": "[userId]", "object": "{id: userId}"}[kind]
    source = name if name in lets else "to_epoch_ms(timestamp)" if kind == "integer" else "id(userId)"
    return f"{{$from: {source}, $required: no {name}}}"


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)
