"""The text of files to begin with: a destination, its schema, its sandbox, a mapping, a call to try it on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
_SORTING: Final = {
    "track": ("event",),
    "page": ("name",),
    "screen": ("name",),
    "identify": ("traits", "kind"),
    "group": ("traits", "kind"),
    "alias": ("context", "app", "name"),
    "delete": ("context", "app", "name"),
}
"""By type, the path of a text that tells one sort of calls from others."""
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
    description: Key of {name}'s API.  # shown where {variable} is not set: say where people find it
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
SANDBOX: Final = """\
#
# A pretend {name}, for `mapper run --sandbox` and `mapper sandbox`.
# Write it from the documentation of the destination, not from destination.yaml: a mistake there shows here then.
sandbox: 1
id: {id}

settings:
  apiKey: sandbox-api-key

endpoints:
  event:
    path: /v1/events
    auth: {{bearer: apiKey}}
    body: json
    checks:
      - schema:
          type: object
          required: [user_id, created_at]
          properties:
            user_id: {{type: string, minLength: 1}}
            created_at: {{type: integer}}
    answers:
      taken: {{status: 200}}
      refused: {{status: 400, body: {{error: $message}}}}
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


def sample_call(call_type: str, sort: str | None = None) -> dict[str, Any]:
    """A usual call of a type; no two values in it are equal.

    Args:
        call_type: The type.
        sort: What sort of call it is, where a mapping takes only one; as for :func:`mapping_text`.
    """
    call = {"type": call_type, **_USER, **CALLS[call_type]}
    return call if sort is None else _with(call, _SORTING[call_type], _title(sort))


def mapping_text(spec: DestinationSpec, call_type: str, request: str, sort: str | None = None) -> str:
    """A mapping file, with a field for all that the request's schema requires of a body.

    Args:
        spec: The mapping set.
        call_type: The calls it accepts.
        request: What it makes.
        sort: The one sort of calls that it takes of them, in a word; None: it takes all.
    """
    body = dict(_body(spec, call_type, spec.requests[request].schema))
    fields = "".join(f"  {_key(name)}: {value}\n" for name, value in body.items())
    about = f"description: Say what becomes of {call_type} calls.\n"
    skip = "" if sort is None else _skip(call_type, sort)
    return f"mapper: 1\naccepts: {call_type}\n{about}\n{skip}request: {request}\nbody:\n{fields}"


def schema_text() -> str:
    """The schema of a body."""
    return json.dumps(SCHEMA, indent=2) + "\n"


def header(schema: str) -> str:
    """The first line of a file, by which editors check it."""
    return f"# yaml-language-server: $schema={schema}\n"


def _skip(call_type: str, sort: str) -> str:
    return f"""\
skip:
  # Other mappings take {call_type} calls too: say here which are for this one.
  - when: {".".join(_SORTING[call_type])} != '{_title(sort)}'
    because: another kind of {call_type} call

"""


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").title()


def _with(value: Mapping[str, Any], path: Sequence[str], new: str) -> dict[str, Any]:
    """A copy that has a text at a path."""
    step, *rest = path
    return {**value, step: _with(value.get(step, {}), rest, new) if rest else new}


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
