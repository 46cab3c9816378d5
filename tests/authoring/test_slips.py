"""MAP412 to MAP414: slips that the language itself allows, told where they are one and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.authoring.rules.minimal import MINIMAL
from tests.support.rules import load_laid

REQUESTS = MINIMAL["destination.yaml"].partition("requests:\n")
ONE = "  one: {base: \"'https://a'\", path: \"'/'\""
TWO = "  two: {base: \"'https://a'\", path: \"'/'\""
IN_QUOTES = "leave out the quotes within the quotes"
MAPPING = "mapper: 1\naccepts: track\nrequest: event\n"


def told(folder: Path, files: dict[str, str], code: str) -> list[str]:
    """The routes of one rule's findings, with their help."""
    found = [each for each in load_laid(folder, files).diagnostics if each.code == code]
    return [f"{'.'.join(map(str, each.primary.route))}: {each.help}" for each in found]


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        (ONE + ", batch: {max_events: 2}}\n", ["requests.one.batch.max_events"]),
        (ONE + ", body: json, batch: {max_events: 2}}\n", ["requests.one.batch.max_events"]),
        (ONE + ", body: json, batch: {max_events: 1}}\n", []),
        (ONE + ", body: json, batch: {max_bytes: 1MB}}\n", []),
        (ONE + ", body: ndjson, batch: {max_events: 2}}\n", []),
        (ONE + ", body: {records: all}, batch: {max_events: 2}}\n", []),
        (ONE + ", body: jsn, batch: {max_events: 2}}\n", []),
        (ONE + ", body: json}\n" + TWO + ", batch: {max_events: 2}}\n", ["requests.two.batch.max_events"]),
    ],
)
def test_batches_of_one(requests: str, expected: list[str], tmp_path: Path) -> None:
    found = told(tmp_path, {"destination.yaml": f"{REQUESTS[0]}requests:\n{requests}"}, "MAP412")
    assert [line.partition(":")[0] for line in found] == expected


@pytest.mark.parametrize(
    ("body", "requests", "expected"),
    [
        ("", ONE + "}\n", ["request_defaults.batch.max_events"]),
        ("", ONE + "}\n" + TWO + ", body: ndjson}\n", []),
        ("body: ndjson, ", ONE + "}\n", []),
        ("body: ndjson, ", ONE + ", body: json}\n", ["request_defaults.batch.max_events"]),
    ],
)
def test_batches_of_one_by_default(body: str, requests: str, expected: list[str], tmp_path: Path) -> None:
    defaults = f"request_defaults: {{{body}batch: {{max_events: 2}}}}\n"
    found = told(tmp_path, {"destination.yaml": f"{REQUESTS[0]}{defaults}requests:\n{requests}"}, "MAP412")
    assert [line.partition(":")[0] for line in found] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{if: event, then: userId}", ["body.x.if: did you mean `$if` and `$then`?"]),
        ("{then: event, if: userId, else: userId}", ["body.x.then: did you mean `$then`, `$if` and `$else`?"]),
        ("{from: event, default: userId}", ["body.x.from: did you mean `$from` and `$default`?"]),
        ("[{if: event, then: {if: event, then: userId}}]", [
            "body.x.0.if: did you mean `$if` and `$then`?", "body.x.0.then.if: did you mean `$if` and `$then`?",
        ]),
        ("{if: event}", []),
        ("{from: event}", []),
        ("{from: event, to: userId}", []),
        ("{if: event, then: userId, at: timestamp}", []),
        ("{from: event, first: userId}", []),
        ("{$const: {if: a, then: b}}", []),
        ("{$if: event, $then: userId}", []),
    ],
)  # fmt: skip
def test_operators_without_their_sign(value: str, expected: list[str], tmp_path: Path) -> None:
    assert told(tmp_path, {"track.yaml": f"{MAPPING}body:\n  user_id: userId\n  x: {value}\n"}, "MAP413") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("""skip: [{when: '!userId', because: "'no user'"}]""", ["skip.0.because: write `because: no user`"]),
        ("""reject: [{when: '!userId', because: '"no user"'}]""", ["reject.0.because: write `because: no user`"]),
        ("""let: {a: {$from: event, $required: '`none`'}}""", ["let.a.$required: write `$required: none`"]),
        (
            """skip: [{when: '!userId', because: "'a: b'"}]""",
            ["skip.0.because: " + IN_QUOTES],
        ),
        *(
            (f"""skip: [{{when: '!userId', because: "'{text}'"}}]""", ["skip.0.because: " + IN_QUOTES])
            for text in ("null", "Null", "true", "FALSE", "~", "12", "1e3", "2026-01-02", "- a", "&a", "@a", "no # a")
        ),
        ("""skip: [{when: '!userId', because: "'no'"}]""", ["skip.0.because: write `because: no`"]),
        ("""let: {a: {$from: event, $required: "'null'"}}""", ["let.a.$required: " + IN_QUOTES]),
        ("""skip: [{when: '!userId', because: "no 'user'"}]""", []),
        ("""skip: [{when: '!userId', because: "'a' and 'b'"}]""", []),
        ("""skip: [{when: '!userId', because: 'no user'}]""", []),
        ("""let: {a: {because: "'x'"}}""", []),
        ("""let: {a: {$const: {$required: "'x'"}}}""", []),
        ("""let: {a: {$const: "'x'"}}""", ["let.a.$const: write `$const: x`"]),
        ("""let: {a: {$from: event, $default: {$const: '`x`'}}}""", ["let.a.$default.$const: write `$const: x`"]),
        ("""let: {a: [{$const: '`5`'}]}""", ["let.a.0.$const: " + IN_QUOTES]),
        ("""let: {a: {$const: '"x"'}}""", []),
        ("""let: {a: {$const: "rock 'n' roll"}}""", []),
        ("""let: {a: {$const: {$const: "'x'"}}}""", []),
    ],
)
def test_texts_in_quotes(text: str, expected: list[str], tmp_path: Path) -> None:
    files = {"track.yaml": f"{MAPPING}{text}\nbody:\n  user_id: userId\n  event: event\n"}
    assert told(tmp_path, files, "MAP414") == expected


def test_the_reason_of_an_outcome_is_an_expression(tmp_path: Path) -> None:
    outcome = "    outcomes: [{when: 'status == `409`', is: delivered, because: \"'known already'\"}]\n"
    assert told(tmp_path, {"destination.yaml": MINIMAL["destination.yaml"] + outcome}, "MAP414") == []
