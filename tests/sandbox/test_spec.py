"""sandbox.yaml: what ships, and what is told of a wrong one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from mapper.authoring.language import schema_of
from mapper.sandbox import SandboxError, load_spec, running
from mapper.sandbox.judge import judge
from tests.support.sandbox import MAPPINGS

RIGHT = """
sandbox: 1
id: other
settings: {token: sandbox-token, other: sandbox-other}
endpoints:
  things:
    path: /things
    body: json
    key: id
    auth: {bearer: token}
    checks:
      - schema: {required: [id]}
    answers: {taken: {status: 201}, refused: {status: 422}}
"""


@pytest.mark.parametrize("file", sorted(MAPPINGS.glob("*/sandbox.yaml")), ids=lambda file: file.parent.name)
def test_every_shipped_sandbox_loads_and_stands_for_its_folder(file: Path) -> None:
    spec = load_spec(file)
    assert spec.id == file.parent.name
    destination = yaml.safe_load((file.parent / "destination.yaml").read_text("utf-8"))
    secret = {name for name, one in destination["settings"].items() if one.get("secret")}
    assert set(spec.settings) == secret, "the keys it brings are those the mapping set asks for"
    header = f"# yaml-language-server: $schema=../../schemas/{'sandbox.schema.json'}\n"
    assert file.read_text("utf-8").startswith(header)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema_of("sandbox"))


def test_another_destination_needs_no_code(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(RIGHT, "utf-8")
    endpoint = load_spec(file).endpoints["things"]
    assert (endpoint.method, endpoint.form, endpoint.max_bytes) == ("POST", "json", 10_000_000)
    assert (endpoint.taken.status, endpoint.refused.status) == (201, 422)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sandbox: 1", "sandbox: 2", ":2:10: `sandbox`: this is version 1 of sandbox.yaml, found version 2"),
        ("body: json", "body: xml", ":8:11: `endpoints.things.body`: expected a form of the body, found `xml`"),
        (
            "sandbox-token",
            "live-token",
            "4:19: `settings.token`: a key of a sandbox starts with sandbox-, so that it is plainly fake",
        ),
        ("bearer: token", "bearer: tokens", ":10:20: no setting of this sandbox is called `tokens`"),
        ("path: /things", "path: '/{tokn}'", ":7:14: no setting of this sandbox is called `tokn`"),
        (
            "- schema: {required: [id]}",
            "- {known: {field: a, in: thing}, message: m}",
            ":12:32: no endpoint is called `thing`",
        ),
        (
            "- schema: {required: [id]}",
            "- schema: {type: strin}",
            ":12:24: `endpoints.things.checks[0].schema.type` is not",
        ),
        (
            "- schema: {required: [id]}",
            "- schema: {$ref: '#/$defs/none'}",
            ":12:24: `$ref` points to `#/$defs/none`, which",
        ),
        ("key: id\n", "description: x\n", None),
        ("sandbox: 1", "sandbox: [", ":2:10: this `[` is never closed"),
        ("sandbox: 1", "\tsandbox: 1", ":2:1: tab used for indentation"),
        (RIGHT, "", ":1:1: "),
        (RIGHT, "[" * 100_000, ": nested deeper than 64 levels"),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, old: str, new: str, message: str | None) -> None:
    file = tmp_path / "sandbox.yaml"
    assert old in RIGHT
    file.write_text(RIGHT.replace(old, new), "utf-8")
    if message is None:
        load_spec(file)
        return
    with pytest.raises(SandboxError) as caught:
        load_spec(file)
    assert str(caught.value).startswith(f"{file}:")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_one_object_a_request_behind_a_bearer_token(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(RIGHT, "utf-8")

    async def scenario() -> list[tuple[int, str]]:
        async with running(load_spec(file)) as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as client:
            sent = [("sandbox-token", {"id": 1}), ("canary", {"id": 2}), ("sandbox-token", {}), ("sandbox-token", [])]
            answers = [
                await client.post("/things", json=body, headers={"authorization": f"Bearer {token}"})
                for token, body in sent
            ]
            assert sandbox.received.events == [{"id": 1}]
            return [(answer.status_code, answer.text) for answer in answers]

    assert asyncio.run(scenario()) == [
        (201, ""),
        (401, '{"error":"the token is not this sandbox\'s token"}\n'),
        (422, ""),
        (400, '{"error":"expected one JSON object, got an array"}\n'),
    ]


def test_an_empty_file_is_told_how_it_begins(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text("# to do\n", "utf-8")
    with pytest.raises(SandboxError, match="the file is empty") as caught:
        load_spec(file)
    assert caught.value.help == "begin with `sandbox: 1`"


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="this is a folder"):
        load_spec(tmp_path)


def test_it_stands_in_for_no_other_destination(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(RIGHT, "utf-8")
    assert load_spec(file, "other").id == "other"
    with pytest.raises(SandboxError) as caught:
        load_spec(file, "mine")
    message = f"{file}:3:5: `id`: `other` is not the id in destination.yaml, which is `mine`"
    assert (str(caught.value), caught.value.help) == (message, "write `id: mine`")


@pytest.mark.parametrize(("form", "may"), [("ndjson", True), ("{records: all}", True), ("json", False)])
def test_single_records_of_several_may_fail(form: str, may: bool, tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    taken = "{status: 207, body: {taken: $count, failed: $failures}}"
    text = RIGHT.replace("[id]}\n", "[id]}\n        refuses: record\n").replace("{status: 201}", taken)
    file.write_text(text.replace("body: json", f"body: {form}"), "utf-8")
    if not may:
        with pytest.raises(SandboxError, match="`: a body of the form json is one event"):
            load_spec(file)
        return
    events = [{"id": 1}, {"no": 2}, {"id": 3}]
    judgment = judge(load_spec(file).endpoints["things"], events, {}, {})
    assert judgment.taken == [{"id": 1}, {"id": 3}]
    answer = json.loads(judgment.answer.body)
    assert (judgment.answer.status, answer["taken"], [one["index"] for one in answer["failed"]]) == (207, 2, [1])


@pytest.mark.parametrize(
    ("old", "new", "help_"),
    [
        ("    key: id\n", "    keyy: id\n", "did you mean `key`?"),
        ("body: json", "body: xml", "allowed: ndjson, json"),
    ],
)
def test_what_to_do_about_a_wrong_key(old: str, new: str, help_: str, tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(RIGHT.replace(old, new), "utf-8")
    with pytest.raises(SandboxError) as caught:
        load_spec(file)
    assert caught.value.help == help_


def test_a_near_name_is_offered(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.yaml"
    file.write_text(RIGHT.replace("bearer: token", "bearer: tokens"), "utf-8")
    with pytest.raises(SandboxError) as caught:
        load_spec(file)
    assert caught.value.help == "did you mean `token`?"
