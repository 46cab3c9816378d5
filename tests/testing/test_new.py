"""``mapper snap new``: a real call becomes a case that both doors take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mapper.app.init import create
from tests.cli.kit import EXAMPLES, Ended, mapper, quick, write
from tests.testing.kit import OwnProject

pytest_plugins = ["pytester"]

PAID: dict[str, Any] = {
    "type": "track",
    "userId": "u_4711",
    "event": "Report Exported",
    "timestamp": "2024-05-06T10:39:00.259Z",
    "writeKey": "wk_secret",
    "properties": {"email": "ada@corp.example", "format": "csv", "owner": "u_4711"},
}
IDENTIFIED = {"type": "identify", "userId": "u_9", "traits": {"name": "Ada Lovelace"}}
NOBODY = {"type": "track", "event": "Closed"}
PAGE = {"type": "page", "userId": "u_4"}


@pytest.fixture
def calls(project: OwnProject) -> OwnProject:
    """A project with a file of calls, of which the last lines are none."""
    write(project.root / "calls.ndjson", PAID, IDENTIFIED, NOBODY, PAGE, '{"type":', "[1]", "7")
    return project


def new(project: OwnProject, *arguments: str, ci: bool = False) -> Ended:
    """Run ``mapper snap new``."""
    return quick("snap", "new", *arguments, cwd=project.root, env={"CI": "true" if ci else ""})


def test_a_call_becomes_a_case(calls: OwnProject) -> None:
    done = new(calls, "--from", "calls.ndjson", "--line", "1")
    assert done == Ended(
        0,
        "made tests/cases/acme/track/report-exported.json of line 1 of calls.ndjson\n"
        "stand-ins are in place of:\n"
        "  properties.email  email\n"
        "  properties.owner  name\n"
        "  userId            id\n"
        "  writeKey          left out\n"
        "left as they came; read them before the case leaves this machine:\n"
        '  event              "Report Exported"\n'
        '  timestamp          "2024-05-06T10:39:00.259Z"\n'
        '  properties.format  "csv"\n'
        "next: `mapper snap review acme/track/report-exported`\n",
        "",
    )
    text = (calls.cases / "acme/track/report-exported.json").read_text()
    case = json.loads(text)
    user = case["call"]["userId"]
    assert case == {
        "about": "Report Exported, as it came but for who it is of.",
        "equal": [["userId", "properties.owner"]],
        "call": {
            "type": "track",
            "userId": user,
            "event": "Report Exported",
            "timestamp": PAID["timestamp"],
            "properties": {"email": case["call"]["properties"]["email"], "format": "csv", "owner": user},
        },
    }
    for told in ("4711", "ada", "corp", "secret"):
        assert told not in text + done.out
    assert "acme/track/report-exported has no snapshot yet" in calls.pytest().out
    assert quick("snap", "test", "-q", cwd=calls.root, env={"CI": ""}).out.startswith("missing  acme/track/report-exp")
    assert quick("snap", "accept", "--all", cwd=calls.root, env={"CI": ""}).code == 0
    assert calls.pytest().code == 0


def test_names_are_taken_once_and_calls_too(calls: OwnProject) -> None:
    write(calls.root / "more.ndjson", PAID, {**PAID, "properties": {"pages": 7}})
    assert new(calls, "--from", "more.ndjson", "--line", "1").code == 0
    again = Ended(
        2,
        "",
        "error: there is a case of this call already: acme/track/report-exported\n"
        "  help: --name makes another one of it\n",
    )
    assert new(calls, "--from", "more.ndjson", "--line", "1") == again
    assert new(calls, "--from", "more.ndjson", "--line", "2").out.startswith(
        "made tests/cases/acme/track/report-exported-2.json of line 2 of more.ndjson\n"
    )
    (calls.cases / "acme/track/report-exported.json").write_text("no case")
    assert "report-exported-2" in new(calls, "--from", "more.ndjson", "--line", "2").err
    named = new(calls, "--from", "more.ndjson", "--line", "2", "--name", "pages")
    assert named.out.startswith("made tests/cases/acme/track/pages.json of line 2 of more.ndjson\n")


def test_what_is_empty_is_neither_listed_nor_equal(calls: OwnProject) -> None:
    page = {"referrer": "", "search": "", "title": ""}
    write(calls.root / "more.ndjson", {**PAID, "context": {"page": page, "active": True, "direct": True}})
    done = new(calls, "--from", "more.ndjson", "--line", "1")
    assert "context" not in done.out
    case = json.loads((calls.cases / "acme/track/report-exported.json").read_text())
    assert case["equal"] == [["userId", "properties.owner"]]
    assert quick("snap", "test", "-q", cwd=calls.root, env={"CI": ""}).out.startswith("missing  acme/track/report-exp")


def test_everything_may_be_named(calls: OwnProject) -> None:
    arguments = ["--name", "mine", "--mapping", "acme/track", "--about", "Shows it.", "--keep", "event"]
    done = new(calls, "--from", "calls.ndjson", "--line", "3", *arguments)
    assert done.out.startswith(
        "made tests/cases/acme/track/mine.json of line 3 of calls.ndjson\n"
        "left as they came; read them before the case leaves this machine:\n"
        '  event  "Closed"\n'
    )
    case = json.loads((calls.cases / "acme/track/mine.json").read_text())
    assert case == {"about": "Shows it.", "call": NOBODY}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["--line", "3"],
            "no request comes of this call (acme: no user)\n"
            "  help: to lock that, name the mapping: --mapping acme/track",
        ),
        (
            ["--line", "4"],
            "no request comes of this call (acme: page calls are not accepted)\n"
            "  help: no mapping takes calls of this type",
        ),
        (
            ["--line", "5"],
            "line 5 of calls.ndjson is no call: not JSON: ends too early, at column 9\n"
            "  help: name a line that holds a Segment call",
        ),
        (
            ["--line", "6"],
            "line 6 of calls.ndjson is no call: it is no object\n  help: name a line that holds a Segment call",
        ),
        (
            ["--line", "8"],
            "calls.ndjson has no line 8\n  help: blank lines count; items of an array are counted from 1",
        ),
        (
            ["--line", "1", "--mapping", "acme/trakc"],
            "acme has no mapping `trakc`; did you mean `track`?",
        ),
        (
            ["--line", "1", "--mapping", "acme/identify"],
            "no result of acme/identify comes of this call; the mapping accepts identify, and this is track",
        ),
        (
            ["--line", "1", "--mapping", "track"],
            "--mapping track is no SET/MAPPING\n  help: such as --mapping acme/track",
        ),
        (
            ["--line", "1", "--name", "opened"],
            "there is a case acme/track/opened already\n  help: give another name with --name",
        ),
        (
            ["--line", "1", "--name", "../x"],
            "--name ../x can't be the name of a case\n  help: letters, digits, `-`, `_` and `.` will do",
        ),
        (
            ["--line", "1", "--about", "two\nlines"],
            "--about is more than one line, or none\n  help: say what the case shows",
        ),
        (
            ["--line", "1", "--keep", "properties.emial"],
            "the call has no properties.emial to keep\n  help: did you mean `properties.email`?",
        ),
    ],
)
def test_what_cannot_be(arguments: list[str], error: str, calls: OwnProject) -> None:
    before = sorted(calls.cases.rglob("*"))
    assert new(calls, "--from", "calls.ndjson", *arguments) == Ended(2, "", f"error: {error}\n")
    assert sorted(calls.cases.rglob("*")) == before


def test_files_that_are_none(calls: OwnProject) -> None:
    (calls.root / "binary").write_bytes(bytes(range(256)) * 10)
    (calls.root / "huge").write_text(json.dumps({**PAID, "properties": {"x": "y" * 2_000_000}}))
    for file, error in (
        ("binary", "line 1 of binary is no call: not JSON: expecting value at column 1"),
        ("huge", "line 1 of huge is no call: "),
        ("none", "none: no such file or directory"),
        ("tests", "tests is a folder"),
    ):
        done = new(calls, "--from", file, "--line", "1")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"error: {error}"), done.err
        assert done.err.count("\n") == 2


def test_folder_that_cannot_be_written_and_ci(calls: OwnProject) -> None:
    calls.write("tests/cases/acme/track/report-exported.json/x", "")
    arguments = ("--from", "calls.ndjson", "--line", "1", "--name")
    assert new(calls, *arguments, "x", ci=True).err.startswith("error: CI is set, and there new may write nothing\n")
    calls.write("cases/keep", "")
    calls.write("cases/acme", "a file")
    done = new(calls, *arguments, "x", "--cases", "cases")
    error = "error: can't write cases/acme/track/x.json: Not a directory\n  help: make the folder writable\n"
    assert done == Ended(2, "", error)


def test_fields_that_come_out_otherwise_are_named(calls: OwnProject) -> None:
    calls.edit("mappings/acme/identify.yaml", "name: traits.name", "name: \"if(traits.name == 'Ada Lovelace', `1`)\"")
    done = new(calls, "--from", "calls.ndjson", "--line", "2")
    assert done.err == ("note: with stand-ins, request.body.name is otherwise; --keep PATH keeps a value as it is\n")


def test_from_standard_input(calls: OwnProject) -> None:
    arguments = ("snap", "new", "--from", "-", "--line", "2", "--name", "piped")
    done = mapper(*arguments, cwd=calls.root, env={"CI": ""}, stdin=(calls.root / "calls.ndjson").read_bytes())
    assert done.out.startswith("made tests/cases/acme/identify/piped.json of line 2\n")


@pytest.mark.long
def test_every_example_call_becomes_a_case_that_maps_alike(tmp_path: Path) -> None:
    """Each tenth example: the case is taken by both doors, and has the fields that the real call has."""
    create(tmp_path / "own")
    made = 0
    for line in range(1, 551, 10):
        arguments = ("--from", str(EXAMPLES / "events.ndjson"), "--line", str(line))
        done = quick("snap", "new", *arguments, cwd=tmp_path / "own", env={"CI": ""})
        made += done.code == 0
        if done.code:
            assert "no request comes of this call" in done.err
        else:
            assert done.err == ""
    assert made > 30
    done = quick("snap", "test", "-q", cwd=tmp_path / "own", env={"CI": ""})
    assert f"{made} missing" in done.out
    assert "failed" not in done.out
