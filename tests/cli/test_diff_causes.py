"""The line that ``mapper diff`` names for each kind of change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.diffing import change, commit, project
from tests.cli.kit import quick

NEW = "mappings/acme/"
OLD = f"HEAD:{NEW}"
MORE = "mapper: 1\naccepts: track\nrequest: event\nbody:\n  user: user\n  more: event\n"
TEXTS = '"user": {"type": "string"}, "what": {"type": "string"}'


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return project(tmp_path)


def told(acme: Path) -> list[tuple[str, str]]:
    """What changes, and where that is."""
    found = json.loads(quick("diff", "--format", "json", cwd=acme).out)["changes"]
    return [(each["message"], f"{each['place']['file']}:{each['place']['line']}") for each in found]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param(
            [("track", "did: event", "did: join('-', properties.what)")],
            [
                (
                    "2 of 3 track calls can't be mapped any more: In function join(), invalid type for value",
                    f"{NEW}track.yaml:6",
                )
            ],
            id="an expression that fails",
        ),
        pytest.param(
            [("track", "did: event", "did: event\n  sure: {$from: properties.sure, $required: not sure}")],
            [("2 of 3 track calls can't be mapped any more: not sure", f"{NEW}track.yaml:7")],
            id="a required field",
        ),
        pytest.param(
            [("track", "user: user", "user: properties.what")],
            [
                (
                    "1 of 3 track calls can't be mapped any more: user breaks the request's schema",
                    f"{NEW}track.yaml:5",
                ),
                ('`user` changes in 1 of 3 track calls, always from "u1" to "Door"', f"{NEW}track.yaml:5"),
            ],
            id="a body that breaks its schema",
        ),
        pytest.param(
            [("track", "request: event", "request: event\nskip:\n  - {when: event == 'Closed', because: closed}")],
            [("1 of 3 track calls is skipped now: closed", f"{NEW}track.yaml:5")],
            id="a rule of the mapping",
        ),
        pytest.param(
            [("destination", "user: id(userId)", "user: id(messageId && `null`)")],
            [
                ("2 of 2 identify calls are skipped now: no user", f"{NEW}destination.yaml:9"),
                ("2 of 3 track calls are skipped now: no user", f"{NEW}destination.yaml:9"),
            ],
            id="a name that a rule uses",
        ),
        pytest.param(
            [("destination", "destination: Acme", "destination: Acme Inc")], [], id="another name, and nobody minds"
        ),
        pytest.param(
            [("destination", "method: POST", "method: PUT")],
            [
                (
                    'the method changes in 2 of 2 identify calls, always from "POST" to "PUT"',
                    f"{NEW}destination.yaml:14",
                ),
                ('the method changes in 2 of 3 track calls, always from "POST" to "PUT"', f"{NEW}destination.yaml:14"),
            ],
            id="a method",
        ),
        pytest.param(
            [("destination", "body: ndjson", "body: ndjson\n    headers: {x-it: \"'1'\"}")],
            [
                ("the header `x-it` changes in 2 of 2 identify calls", f"{NEW}destination.yaml:19"),
                ("the header `x-it` changes in 2 of 3 track calls", f"{NEW}destination.yaml:19"),
            ],
            id="a header",
        ),
        pytest.param(
            [("destination", "default: US", "default: EU")],
            [
                (
                    "the URL changes in 2 of 2 identify calls",
                    f"{NEW}destination.yaml:7",
                ),
                ("the URL changes in 2 of 3 track calls", f"{NEW}destination.yaml:7"),
            ],
            id="a setting's default",
        ),
        pytest.param(
            [("identify", "$share: object(traits)", "$share: omit(object(traits), 'plan')")],
            [("`person.plan` is gone from 1 of 2 identify calls", f"{NEW}identify.yaml:9")],
            id="what is shared out",
        ),
    ],
)
def test_it_is_the_line_that_was_changed(
    edits: list[tuple[str, str, str]], expected: list[tuple[str, str]], acme: Path
) -> None:
    for file, old, new in edits:
        change(acme, file, old, new)
    found = told(acme)
    if edits[0][2] == "default: EU":
        found = [(message.partition(", always")[0], place) for message, place in found]
    assert found == expected


def test_a_mapping_that_comes_and_goes(acme: Path) -> None:
    more = acme / "mappings" / "acme" / "more.yaml"
    more.write_text(MORE)
    assert told(acme) == [("2 of 3 track calls are taken here now, and were not", f"{NEW}more.yaml:2")]
    commit(acme)
    more.unlink()
    assert told(acme) == [("nothing is made of 2 of 3 track calls here any more", f"{OLD}more.yaml:2")]
    (acme / "mappings" / "acme" / "track.yaml").unlink()
    assert told(acme) == [
        ("2 of 3 track calls are skipped now: no mapping accepts track calls", f"{OLD}more.yaml:2"),
        ("2 of 3 track calls are skipped now: no mapping accepts track calls", f"{OLD}track.yaml:2"),
    ]


def test_a_schema_that_asks_for_more(acme: Path) -> None:
    schema = acme / "schemas" / "event.schema.json"
    schema.write_text(schema.read_text().replace('"user": {"type": "string"}', TEXTS))
    assert told(acme) == [
        ("1 of 3 track calls can't be mapped any more: what breaks the request's schema", f"{NEW}destination.yaml:17")
    ]


def test_what_was_unmappable_and_is_sent_stands_where_it_was_refused(acme: Path) -> None:
    change(acme, "track", "did: event", "did: {$from: properties.sure, $required: not sure}")
    commit(acme)
    change(acme, "track", ", $required: not sure", "")
    assert told(acme) == [("2 of 3 track calls are sent now, and were not: not sure", f"{OLD}track.yaml:6")]


def test_a_field_of_either_arm_stands_in_its_own(acme: Path) -> None:
    arms = "what:\n    $if: event == 'Opened'\n    $then:\n      door: properties.what\n    $else:\n      room: event"
    change(acme, "track", "what: properties.what", arms)
    commit(acme)
    change(acme, "track", "room: event", "room: lower(event)")
    change(acme, "track", "door: properties.what", "door: event")
    assert told(acme) == [
        ('`what.door` changes in 1 of 3 track calls, always from "Door" to "Opened"', f"{NEW}track.yaml:11"),
        ('`what.room` changes in 1 of 3 track calls, always from "Closed" to "closed"', f"{NEW}track.yaml:13"),
    ]
