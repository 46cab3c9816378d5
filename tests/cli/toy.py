"""A small project whose mapping uses every way of choosing a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.kit import write

DESTINATION = """\
mapper: 1
id: acme
destination: Acme
accepts: [track, identify, alias]
settings:
  token: {type: string, secret: true, required: true}
  region: {enum: [US, EU], default: US}
let:
  user: id(userId, anonymousId)
skip:
  - {when: '!user', because: no user}
requests:
  event:
    method: POST
    base: if(settings.region == 'EU', 'https://eu.acme.example', 'https://acme.example')
    path: format('/v1/{}', settings.token)
    headers: {authorization: "format('Key {}', settings.token)"}
    body: ndjson
    schema: event.schema.json
"""
TRACK = """\
mapper: 1
accepts: track
reject:
  - {when: "event == 'Bad' && type(properties) != 'object'", because: no properties}
request: event
body:
  user: user
  did: {$from: trim(event), $required: no event}
  when: not_null(to_epoch_ms(timestamp), to_epoch_ms(sentAt))
  label: properties.label || properties.name || 'none'
  count: {$from: properties.count, $as: number, $default: 1}
  region: settings.region
  zone:
    $if: settings.region == 'EU'
    $then: {$const: west}
    $else: properties.zone
"""
IDENTIFY = """\
mapper: 1
accepts: identify
request: event
body:
  user: user
  person:
    $share: merge(object(context.traits), object(traits))
    $spell: [camelCase, snake_case]
    $named: {string: [phone]}
    first_name:
      $first:
        - {$take: first_name, $as: string}
        - {$take: name, $as: first_word}
    $rest: {$from: rest, $null: keep}
"""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"count": {"type": "number", "maximum": 10}, "person": {"type": ["object", "null"]}},
}
CALLS: list[dict[str, Any]] = [
    {
        "type": "track",
        "messageId": "m-1",
        "userId": "",
        "anonymousId": "a-1",
        "event": " Opened ",
        "sentAt": "2024-01-02T03:04:05Z",
        "properties": {"label": "", "name": "Door", "count": "7"},
    },
    {"type": "identify", "messageId": "m-2", "userId": 5, "traits": {"firstName": " ", "name": "Ada King", "age": 36}},
    {"type": "track", "messageId": "m-3", "userId": True, "event": "x"},
    {"type": "track", "messageId": "m-4", "userId": "u4", "event": " "},
    {"type": "track", "messageId": "m-5", "userId": "u5", "event": "Bad", "properties": [1]},
    {"type": "page", "messageId": "m-6", "userId": "u6"},
    {"type": "alias", "messageId": "m-7", "userId": "u7"},
    {"type": "track", "messageId": "m-8", "userId": "u8", "event": "x", "integrations": {"Acme": False}},
    {"type": "track", "messageId": "m-9", "userId": "u9", "event": 9},
    {"type": "track", "messageId": "m-10", "userId": "u10", "event": "x", "properties": {"count": 11}},
]


def project(folder: Path) -> Path:
    """Lay it, with its calls."""
    acme = folder / "mappings" / "acme"
    acme.mkdir(parents=True)
    for name, text in {"destination": DESTINATION, "track": TRACK, "identify": IDENTIFY}.items():
        (acme / f"{name}.yaml").write_text(text)
    (acme / "event.schema.json").write_text(json.dumps(SCHEMA))
    write(folder / "calls.ndjson", *CALLS)
    return folder
