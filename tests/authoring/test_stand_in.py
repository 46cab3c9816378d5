"""What is told of a wrong sandbox.yaml: place, message and help."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.load import load_set
from mapper.authoring.offsets import locate
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.stand_in import check_stand_in
from tests.support.documents import parse_document
from tests.support.rules import lay

RIGHT = """sandbox: 1
id: example
settings: {token: sandbox-token}
endpoints:
  things:
    path: /v1/{token}/things
    auth: {basic: {username: api, password: token}}
    body: ndjson
    key: id
    checks:
      - {schema: {required: [id]}, only: new}
    answers: {taken: {status: 201}, refused: {status: 422}}
faults:
  - {endpoint: things, status: 503}
$defs:
  text: {type: string}
"""
CHECK = "- {schema: {required: [id]}, only: new}"
FAULT = "- {endpoint: things, status: 503}"
WRONG = {
    ("sandbox: 1", "sandbox: 2"): [
        "1:10 MAP104 `sandbox`: this is version 1 of sandbox.yaml, found version 2 / "
        "a file for a later version needs a newer mapper; otherwise write `sandbox: 1`"
    ],
    ("sandbox: 1\n", ""): ["1:1 MAP102 the file lacks `sandbox` / begin the file with `sandbox: 1`"],
    ("id: example", "id: sample"): [
        "2:5 MAP501 `id`: `sample` is not the id in destination.yaml, which is `example` / write `id: example`"
    ],
    ("id: example", "id: My Set"): [
        "2:5 MAP103 `id`: an id has lower-case letters, digits and hyphens / write `my-set`"
    ],
    ("id: example", "id: example\nrequests: {}"): [
        "3:1 MAP101 unknown key `requests` / `requests` belongs in destination.yaml"
    ],
    ("sandbox-token", "live-token"): [
        "3:19 MAP103 `settings.token`: a key of a sandbox starts with sandbox-, so that it is plainly fake / None"
    ],
    ("    key: id", "    keyy: id"): ["9:5 MAP101 unknown key `keyy` in `endpoints.things` / did you mean `key`?"],
    ("    body: ndjson", "    body: jsonl"): [
        "8:11 MAP103 `endpoints.things.body`: expected a form of the body, found `jsonl` / "
        "did you mean `ndjson`? allowed: ndjson, json"
    ],
    ("    body: ndjson", "    body: {record: all}"): [
        "8:12 MAP101 unknown key `record` in `endpoints.things.body` / did you mean `records`?"
    ],
    ("/v1/{token}/things", "v1"): [
        "6:11 MAP103 `endpoints.things.path`: a path starts with / and has no blanks; {name} is a whole segment / None"
    ],
    ("/v1/{token}/things", "/v1/{tokn}/things"): [
        "6:16 MAP502 no setting of this sandbox is called `tokn` / did you mean `token`?"
    ],
    ("password: token", "password: secret"): [
        "7:45 MAP502 no setting of this sandbox is called `secret` / there is `token`"
    ],
    ("{basic: {username: api, password: token}}", "{query: {key: a, other: b}}"): [
        "7:19 MAP103 `endpoints.things.auth.query`: expected one parameter and its setting, found 2 / None"
    ],
    ("{basic: {username: api, password: token}}", "{}"): [
        "7:5 MAP102 `endpoints.things.auth` lacks `basic`, `bearer` or `query` / None"
    ],
    ("    key: id\n", ""): [
        "10:36 MAP502 `only: new` needs a `key` of `things`, by which it knows a record / "
        "add the field that tells records apart to `things`: `key: id`"
    ],
    (CHECK, "- {known: {field: a, in: thing}, message: m}"): [
        "11:32 MAP502 no endpoint is called `thing` / did you mean `things`?"
    ],
    (CHECK, "- {message: m}"): [
        "11:10 MAP102 `endpoints.things.checks[0]` lacks `schema` or `select` and `cases` or `known` and `message` / "
        "docs/sandbox.md shows each of them"
    ],
    (CHECK, "- {schema: true, select: a, cases: {b: true}}"): [
        "11:24 MAP105 `schema` and `select` exclude each other / keep one of them"
    ],
    (CHECK, "- {schema: {type: strin}}"): [
        "11:25 MAP503 `endpoints.things.checks[0].schema.type` is not what JSON Schema has there / "
        "did you mean `string`?"
    ],
    (CHECK, "- {schema: {properties: {a: {minimum: b}}}}"): [
        "11:45 MAP503 `endpoints.things.checks[0].schema.properties.a.minimum` is not what JSON Schema has there / "
        "schemas are of draft 2020-12"
    ],
    (CHECK, "- {select: a, cases: {b: {items: {$ref: '#/$defs/txt'}}}}"): [
        "11:47 MAP503 `$ref` points to `#/$defs/txt`, which is not in this file / did you mean `#/$defs/text`?"
    ],
    (CHECK, "- {schema: {$ref: 'https://example.com/a'}}"): [
        "11:25 MAP503 `$ref` points to `https://example.com/a`, which is not in this file / there are: #/$defs/text"
    ],
    ("text: {type: string}", "text: {type: txt}"): [
        "16:16 MAP503 `$defs.text.type` is not what JSON Schema has there / "
        "types are: string, number, integer, boolean, array, object, null"
    ],
    ("text: {type: string}", "text: {$ref: '10 s'}"): [
        "16:16 MAP503 `$ref` is `10 s`, which is no URI reference / there are: #/$defs/text"
    ],
    ("text: {type: string}", "text: {$id: '10 s'}"): [
        "16:15 MAP503 `$id` is `10 s`, which is no URI reference / write a URI, or leave it out"
    ],
    (CHECK, "- {schema: {properties: {a: {$ref: '#/$def s/text'}}}}"): [
        "11:42 MAP503 `$ref` is `#/$def s/text`, which is no URI reference / did you mean `#/$defs/text`?"
    ],
    (CHECK, "- {schema: {$ref: '#text'}}"): [
        "11:25 MAP503 `$ref` points to `#text`, which is not in this file / there are: #/$defs/text"
    ],
    (CHECK, "- {schema: {$ref: text.json}}"): [
        "11:25 MAP503 `$ref` points to `text.json`, which is not in this file / there are: #/$defs/text"
    ],
    ("text: {type: string}", "text: {$id: 'http://a/b', $ref: c}"): [
        "16:3 MAP503 `$ref` points to `http://a/c`, which is not in this file / there are: #/$defs/text"
    ],
    ("endpoint: things", "endpoint: thing"): ["14:16 MAP502 no endpoint is called `thing` / did you mean `things`?"],
    (FAULT, "- {endpoint: things}"): [
        "14:6 MAP102 `faults[0]` lacks `status`, `delay`, `hang`, `close`, `slow`, `truncate` or `record_failure` / "
        "docs/sandbox.md shows each of them"
    ],
    (FAULT, "- {close: before, match: {id: 1}}"): [
        "14:21 MAP105 `faults[0].match` cannot stand beside the other keys here / "
        "docs/sandbox.md says which keys go together"
    ],
    (FAULT, "- {delay: 3601}"): [
        "14:13 MAP103 `faults[0].delay`: expected a number of at most 3600, found 3601 / None"
    ],
    (FAULT, "- {status: 503, headers: {content-length: '0'}}"): [
        "14:29 MAP106 `content-length` is no legal name: a header's name has letters, digits and hyphens, and the "
        "sandbox itself says how long the body is / None"
    ],
    (FAULT, "- {delay: 1, body: x}"): ["14:6 MAP102 `faults[0]` lacks `status` / None"],
    ("    body: ndjson", "    body: json"): [],
}


def told(text: str, destination: str | None = "example", settings: list[str] | None = None) -> list[str]:
    document, problems = parse_document(text.encode(), file="sandbox.yaml")
    assert document is not None, problems
    lines = []
    for found in check_stand_in(document, destination, settings):
        place = locate(found.primary, {"sandbox.yaml": document})
        lines.append(f"{place.line}:{place.column} {found.code} {found.message} / {found.help}")
    return lines


@pytest.mark.parametrize(("change", "expected"), WRONG.items(), ids=lambda value: value[1] if len(value) == 2 else "")
def test_a_wrong_sandbox_is_told(change: tuple[str, str], expected: list[str]) -> None:
    assert RIGHT.count(change[0]) == 1
    assert told(RIGHT.replace(*change)) == expected


def test_a_right_one_is_not() -> None:
    assert told(RIGHT) == []
    assert told(RIGHT, None) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = RIGHT.replace("/v1/{token}", "/v1/{a}").replace("password: token", "password: b")
    assert [line.partition(" / ")[0] for line in told(text, "other")] == [
        "2:5 MAP501 `id`: `example` is not the id in destination.yaml, which is `other`",
        "6:16 MAP502 no setting of this sandbox is called `a`",
        "7:45 MAP502 no setting of this sandbox is called `b`",
    ]


def test_its_settings_are_those_of_the_destination() -> None:
    assert told(RIGHT, settings=["token", "other"]) == []
    near, far = told(RIGHT, settings=["tokens"]), told(RIGHT, settings=[])
    assert near == ["3:12 MAP504 destination.yaml has no setting `token` / did you mean `tokens`?"]
    assert [line.partition(" / ")[2] for line in far] == [
        "write its value into the path in place of `{token}`, or add it under `settings` in destination.yaml"
    ]
    unused = told(RIGHT.replace("{token: sandbox-token}", "{token: sandbox-token, b: sandbox-b}"), settings=["token"])
    assert [line.partition(" / ")[2] for line in unused] == [
        "delete it, or add it under `settings` in destination.yaml"
    ]


def test_settings_of_a_destination_that_is_broken_are_not_missed(tmp_path: Path) -> None:
    files = {"destination.yaml": MINIMAL["destination.yaml"] + "settings: none\n", "sandbox.yaml": RIGHT}
    assert [found.code for found in load_set(lay(tmp_path, files), sandbox=True).diagnostics] == ["MAP103"]


def test_a_key_that_looks_real_is_not_repeated() -> None:
    assert "CANARY" not in str(told(RIGHT.replace("sandbox-token", "CANARY-5up3r")))


def test_a_set_is_loaded_with_its_sandbox_only_where_that_is_asked_for(tmp_path: Path) -> None:
    settings = "settings: {token: {type: string, secret: true}}\n"
    files = {"destination.yaml": MINIMAL["destination.yaml"] + settings}
    folder = lay(tmp_path, {**files, "sandbox.yaml": RIGHT.replace("id: example", "id: other")})
    running = load_set(folder)
    assert running.spec is not None
    assert (running.diagnostics, set(running.documents)) == ((), {str(folder / name) for name in MINIMAL})
    checked = load_set(folder, sandbox=True)
    assert [found.code for found in checked.diagnostics] == ["MAP501"]
    assert str(folder / "sandbox.yaml") in checked.documents


@pytest.mark.parametrize(("text", "code"), [("# to do\n", "MAP004"), ("- sandbox: 1\n", "MAP005"), ("a\n", "MAP005")])
def test_one_without_keys_is_told_how_it_begins(text: str, code: str, tmp_path: Path) -> None:
    loaded = load_set(lay(tmp_path, {"sandbox.yaml": text}), sandbox=True)
    assert [(found.code, found.help) for found in loaded.diagnostics] == [(code, "begin with `sandbox: 1`")]


def test_a_sandbox_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = lay(tmp_path, {"sandbox.yaml": "sandbox: ["})
    assert [found.code for found in load_set(folder, sandbox=True).diagnostics] == ["MAP009"]
