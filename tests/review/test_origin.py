"""The rule behind every field of every snapshot of the shipped mappings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mapper.app.locked import Locked
from mapper.authoring.offsets import locate
from mapper.authoring.source import split_lines
from mapper.base.json import decode
from mapper.review.leaves import leaves
from mapper.review.origin import origin
from mapper.review.snapshots import read_snapshot, snapshot_of
from tests.support.language import destination, lay, load, mapping

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
    for folder, name, path in sorted(seen, key=str):
        spec = LOCKED.sets[folder]
        of = next(each for each in spec.mappings if each.name == name)
        assert origin(spec, of, path, None) != of.body.place


ARMS = """\
who: user
place:
  $if: event == 'A'
  $then: {city: properties.city, zip: properties.zip}
  $else:
    city: properties.town
    area: properties.area
thing:
  $first:
    - name: properties.name
    - size: properties.size
list:
  - a: event
  - b: userId
bag:
  $merge: [named, object(properties)]
  own: event
sure: {$from: event, $required: no event}
"""
NAMED = """\
let:
  user: {$from: userId, $as: string}
  named:
    nick: properties.nick
skip:
  - {when: event == 'B', because: it is B}
"""


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    folder = tmp_path_factory.mktemp("arms")
    found = load(lay(folder, {"destination.yaml": destination(), "track.yaml": mapping(ARMS, before=NAMED)}))
    spec = found.spec
    assert spec is not None

    def line(*path: str | int, reason: str = "") -> str:
        place = locate(origin(spec, spec.mappings[0], path, reason), found.documents)
        return split_lines(found.documents[place.file].text)[place.line - 1].strip()

    return line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("who",), "user: {$from: userId, $as: string}"),
        (("place", "city"), "$then: {city: properties.city, zip: properties.zip}"),
        (("place", "area"), "area: properties.area"),
        (("place", "none"), "$if: event == 'A'"),
        (("thing", "size"), "- size: properties.size"),
        (("list", 1, "b"), "- b: userId"),
        (("list", 7), "- a: event"),
        (("bag", "own"), "own: event"),
        (("bag", "nick"), "nick: properties.nick"),
        (("bag", "other"), "$merge: [named, object(properties)]"),
        (("none",), "body:"),
    ],
)
def test_a_field_of_arms_lists_and_what_is_merged(
    path: tuple[str | int, ...], line: str, arms: Callable[..., str]
) -> None:
    assert arms("request", "body", *path) == line


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("it is B", "- {when: event == 'B', because: it is B}"),
        ("no event", "sure: {$from: event, $required: no event}"),
        ("place.area breaks the request's schema: 'x' is not a number", "area: properties.area"),
        ("body breaks the request's schema: 'x' is missing", "who: user"),
        ("In function join(), invalid type", "who: user"),
    ],
)
def test_a_reason_has_its_rule_or_its_field(reason: str, line: str, arms: Callable[..., str]) -> None:
    assert arms("unmappable", reason=reason) == line
