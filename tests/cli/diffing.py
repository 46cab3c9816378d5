"""A small project under git, whose mappings change."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from tests.cli.kit import write

DESTINATION = """\
mapper: 1
id: acme
destination: Acme
accepts: [track, identify]
settings:
  token: {type: string, secret: true}
  region: {enum: [US, EU], default: US}
let:
  user: id(userId)
skip:
  - {when: '!user', because: no user}
requests:
  event:
    method: POST
    base: if(settings.region == 'EU', 'https://eu.acme.example', 'https://acme.example')
    path: format('/v1/{}', settings.token)
    schema: ../../schemas/event.schema.json
    body: ndjson
"""
TRACK = """\
mapper: 1
accepts: track
request: event
body:
  user: user
  did: event
  at: timestamp
  what: properties.what
"""
IDENTIFY = """\
mapper: 1
accepts: identify
request: event
body:
  user: user
  traits: entries(object(traits))
  person:
    name: traits.name
    $share: object(traits)
    $rest: rest
"""
SCHEMA = '{"type": "object", "properties": {"$": {"$ref": "parts/text.json"}, "user": {"type": "string"}}}\n'
CALLS: list[dict[str, Any]] = [
    {"type": "track", "messageId": "m-1", "userId": "u1", "event": "Opened", "properties": {"what": "Door"}},
    {"type": "track", "messageId": "m-2", "userId": "u2", "event": "Closed", "properties": {"what": 7}},
    {"type": "track", "messageId": "m-3", "event": "Closed"},
    {"type": "identify", "messageId": "m-4", "userId": "u1", "traits": {"name": "Ada", "plan": "pro", "seats": 3}},
    {"type": "identify", "messageId": "m-5", "userId": "u2", "traits": {"name": "Bo", "size": "L"}},
]


def project(folder: Path) -> Path:
    """The project, with everything in its first commit."""
    for name, text in {
        "mappings/acme/destination.yaml": DESTINATION,
        "mappings/acme/track.yaml": TRACK,
        "mappings/acme/identify.yaml": IDENTIFY,
        "schemas/event.schema.json": SCHEMA,
        "schemas/parts/text.json": '{"type": "string"}\n',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    write(folder / "events.ndjson", *CALLS)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def change(folder: Path, file: str, old: str, new: str) -> None:
    """Put other text into a mapping file."""
    path = folder / "mappings" / "acme" / f"{file}.yaml"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def commit(folder: Path) -> None:
    """Commit all there is."""
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=Change")


def git(folder: Path, *arguments: str) -> None:
    """Run git there."""
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)
