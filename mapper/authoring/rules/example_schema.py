"""The schema in the examples of rules about what a request may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mapper.authoring.rules.minimal import MINIMAL

TRACK: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n"
USER: Final = "  user_id: {$from: id(userId), $required: no user id}\n"
"""The beginning of a mapping that fits the schema, and the field it requires."""

_DESTINATION: Final = MINIMAL["destination.yaml"] + "    schema: event.schema.json\n"
_SCHEMA: Final = """\
{
  "type": "object",
  "additionalProperties": false,
  "required": ["user_id"],
  "properties": {
    "user_id": {"type": "string", "minLength": 1},
    "event": {"type": "string"},
    "total": {"type": "number"}
  }
}
"""


def with_schema(files: Mapping[str, str]) -> dict[str, str]:
    """Example files beside a destination whose request has a schema."""
    return {"destination.yaml": _DESTINATION, "event.schema.json": _SCHEMA, **files}
