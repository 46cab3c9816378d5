"""The rule behind every field of every snapshot of the shipped mappings."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.app.locked import Locked
from mapper.authoring.offsets import locate
from mapper.authoring.source import split_lines
from mapper.base.json import decode
from mapper.review.leaves import leaves
from mapper.review.origin import origin
from mapper.review.snapshots import read_snapshot, snapshot_of

ROOT = Path(__file__).parents[2]
LOCKED = Locked(folder=ROOT / "tests/snapshots/cases", mappings=ROOT / "mappings", minimum=1)


def _line(folder: str, mapping: str, *path: str | int, reason: str = "") -> tuple[str, str]:
    """The file's name, and the line of the rule."""
    spec = LOCKED.sets[folder]
    of = next(each for each in spec.mappings if each.name == mapping)
    place = locate(origin(spec, of, path, reason), LOCKED.documents)
    return Path(place.file).name, split_lines(LOCKED.documents[place.file].text)[place.line - 1].strip()


@pytest.mark.parametrize(
    ("path", "file", "line"),
    [
        (("request", "body", "action"), "identify.yaml", "action: {$const: identifyUser}"),
        (("request", "body", "account_id"), "destination.yaml", "id(if(type == 'group', groupId)"),
        (("request", "body", "created_at"), "destination.yaml", "$from: >-"),
        (
            ("request", "body", "details", "title"),
            "identify.yaml",
            "title: {$take: [title, position, job_title], $as: string}",
        ),
        (("request", "body", "details", "is_active"), "identify.yaml", "boolean: [is_active]"),
        (("request", "body", "details", "no_such_field"), "identify.yaml", "$rest: dimensions"),
        (("request", "url"), "destination.yaml", "path: format('/v1/{}/{}', settings.authKey, settings.sendKey)"),
        (("request", "headers", "content-type"), "destination.yaml", "content-type: {$const: application/json}"),
    ],
)
def test_the_line_that_gives_a_field(path: tuple[str, ...], file: str, line: str) -> None:
    found, text = _line("natero", "identify", *path)
    assert (found, text.startswith(line)) == (file, True), text


@pytest.mark.parametrize(
    ("mapping", "word", "reason", "line"),
    [
        ("track", "skipped", "no usable user id", "- {when: '!user_id', because: no usable user id}"),
        ("track", "unmappable", "properties is not an object", "- when: type(properties) != 'object'"),
        (
            "track",
            "unmappable",
            "no event name",
            "feature: {$from: trim(present_text(event)), $required: no event name}",
        ),
        ("group", "unmappable", "no account id", "account_id: {$from: account_id, $required: no account id}"),
    ],
)
def test_the_line_that_gives_a_reason(mapping: str, word: str, reason: str, line: str) -> None:
    assert _line("natero", mapping, word, reason=reason)[1].startswith(line)


def test_every_field_of_every_snapshot_has_a_rule() -> None:
    """In a file of its set, and never the head of the whole mapping: no field comes from nowhere."""
    seen = set()
    for file in LOCKED.cases:
        results = decode((read_snapshot(snapshot_of(file, LOCKED.snapshots)) or "").encode())
        for result in results:
            for path, _ in leaves(result):
                if path[:2] == ("request", "body"):
                    seen.add((file.set, result["mapping"], tuple(0 if isinstance(at, int) else at for at in path)))
    assert len(seen) > 100
    for folder, mapping, path in sorted(seen, key=str):
        spec = LOCKED.sets[folder]
        of = next(each for each in spec.mappings if each.name == mapping)
        assert origin(spec, of, path, None) != of.body.place
