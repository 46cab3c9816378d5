"""``mapper new``: files to begin with, in which everything works at once."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mapper.records.spec import CALL_TYPES
from tests.cli.kit import Ended, mapper, quick


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun")
    assert quick("init", folder, cwd=folder).code == 0
    return folder


@pytest.fixture
def project(begun: Path, tmp_path: Path) -> Path:
    """One's own project with the mappings that ship, and two cases only, for speed."""
    for name in ("mappings", "schemas"):
        shutil.copytree(begun / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A project without mappings, which is quicker still to load."""
    (tmp_path / "mappings").mkdir()
    return tmp_path


def new(*arguments: str, cwd: Path) -> Ended:
    done = quick("new", *arguments, cwd=cwd)
    assert done.code == 0, done.err
    return done


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refused(*arguments: str, cwd: Path) -> str:
    before = files(cwd), {path for path in cwd.rglob("*") if path.is_dir()}
    done = quick("new", *arguments, cwd=cwd)
    assert (done.code, done.out) == (2, "")
    assert (files(cwd), {path for path in cwd.rglob("*") if path.is_dir()}) == before, "nothing is made"
    return done.err


def test_a_destination_validates_runs_and_is_locked(project: Path) -> None:
    done = mapper("new", "destination", "acme-crm", cwd=project)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "made mappings/acme-crm/destination.yaml\n"
        "made schemas/acme-crm/event.schema.json\n"
        "made mappings/acme-crm/sandbox.yaml\n"
        "made mappings/acme-crm/track.yaml\n"
        "made tests/test_mappings.py\n"
        "made tests/cases/acme-crm/track/first.json\n"
        "made tests/snapshots/acme-crm/track/first.json\n"
        "next: `mapper run FILE --destination acme-crm --sandbox` tries it on calls\n"
    )
    assert quick("validate", "--strict", cwd=project).code == 0
    snapshot = quick("snap", "test", "acme-crm", cwd=project)
    assert (snapshot.code, snapshot.out) == (0, "1 case: all fit\n")
    (project / "in.ndjson").write_text('{"type": "track", "userId": "u1", "event": "E", "timestamp": "2024-01-02"}\n')
    run = quick("run", "in.ndjson", "-n", "-d", "acme-crm", cwd=project)
    [result] = run.results
    assert result["request"]["url"] == "https://api.acme-crm.example/v1/events"
    assert result["request"]["headers"]["authorization"] == "Bearer ***"
    assert result["request"]["body"] == {"user_id": "u1", "created_at": 1704153600000, "event": "E"}
    assert [each["destination"] for each in quick("run", "in.ndjson", "-n", cwd=project).results] == ["natero"]
    unset = quick("run", "in.ndjson", "-d", "acme-crm", cwd=project)
    assert unset.err.endswith("or use --settings FILE (Key of Acme Crm's API)\n")


def test_a_destination_can_be_the_first(empty: Path) -> None:
    """As in a project whose owner deleted the mappings that came with it."""
    assert quick("new", "destination", "acme", cwd=empty).code == 0
    assert quick("validate", "--strict", cwd=empty) == Ended(0, "no problems in 3 files\n", "")
    assert quick("snap", "test", cwd=empty).out == "1 case: all fit\n"


def test_a_destination_can_be_tried_on_its_sandbox(project: Path) -> None:
    new("destination", "acme", cwd=project)
    (project / "in.ndjson").write_text('{"type": "track", "userId": "u1", "event": "E", "timestamp": "2024-01-02"}\n')
    run = mapper("run", "in.ndjson", "-d", "acme", "--sandbox", cwd=project)
    assert run.code == 0
    assert "the sandbox acme received 1 event" in run.err
    assert '{"user_id":"u1","created_at":1704153600000,"event":"E"}' in run.err


@pytest.mark.parametrize("kind", CALL_TYPES)
def test_a_mapping_of_each_type_validates_and_is_locked(kind: str, empty: Path) -> None:
    first = "page" if kind == "track" else "track"
    new("destination", "acme", "--type", first, cwd=empty)
    destination = empty / "mappings" / "acme" / "destination.yaml"
    destination.write_text(destination.read_text().replace(f"accepts: [{first}]", f"accepts: [{first}, {kind}]"))
    new("mapping", "next", "-d", "acme", "-t", kind, cwd=empty)
    assert quick("validate", "--strict", "mappings/acme", cwd=empty).out == "no problems in 4 files\n"
    fitting = quick("snap", "test", "acme/next", cwd=empty)
    assert (fitting.code, fitting.out) == (0, "1 case: all fit\n")
    case = empty / "tests" / "snapshots" / "acme" / "next" / "first.json"
    assert '"request"' in case.read_text()


@pytest.mark.parametrize(
    ("destination", "kind", "request_"),
    [
        *(("natero", kind, "event") for kind in ("track", "page", "identify", "group", "alias")),
        ("natero-accounts", "group", "account"),
        ("natero-accounts", "identify", "user"),
    ],
)
def test_a_mapping_has_what_the_schema_of_its_request_requires(
    destination: str, kind: str, request_: str, project: Path
) -> None:
    done = new("mapping", "more", "-d", destination, "-t", kind, "--request", request_, cwd=project)
    others = {"account": "account, member take", "user": "user takes"}.get(request_, f"{kind} takes")
    assert done.err == (
        f"note: {others} {kind} calls too: their cases have one more result now, which `mapper snap review` shows\n"
    )
    assert quick("validate", "--strict", f"mappings/{destination}", cwd=project).code == 0


@pytest.mark.parametrize("kind", CALL_TYPES)
def test_beside_a_mapping_of_the_same_calls_a_new_one_takes_some_of_them(kind: str, empty: Path) -> None:
    new("destination", "acme", "--type", kind, cwd=empty)
    for name in ("refund", "late-payment"):
        new("mapping", name, "-d", "acme", "-t", kind, cwd=empty)
    assert quick("validate", "--strict", "mappings/acme", cwd=empty).code == 0
    snapshots = empty / "tests" / "snapshots" / "acme"
    for name, expected in ((kind, {kind}), ("refund", {kind, "refund"}), ("late-payment", {kind, "late-payment"})):
        results = json.loads((snapshots / name / "first.json").read_text())
        assert {each["mapping"] for each in results if "request" in each} == expected


def test_editors_find_the_schemas(project: Path) -> None:
    new("destination", "acme", cwd=project)
    for path in (project / "mappings" / "acme").iterdir():
        header = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text())
        assert header
        assert (path.parent / header[1]).is_file()


def test_without_a_lock_of_these_mappings_there_is_no_case(project: Path) -> None:
    (project / "tests").mkdir()
    done = new("destination", "acme", cwd=project)
    assert done.err == "note: no case was made: no test here locks the mappings in mappings\n"
    assert "cases" not in done.out


def test_names_that_cannot_be(project: Path) -> None:
    assert refused("destination", "Acme CRM", cwd=project).startswith("error: `Acme CRM` is no id\n")
    assert refused("destination", "acme_crm", cwd=project).endswith("starts with a letter; write `acme-crm`\n")
    assert refused("destination", "../acme", cwd=project).startswith("error: `../acme` is no id\n")
    for name in ("null", "true", "false", ""):
        told = refused("destination", name, cwd=project)
        assert told.startswith(f"error: `{name}` is no id\n")
        assert "write" not in told
    assert refused("destination", "natero", cwd=project) == (
        "error: there is a destination `natero` already\n"
        "  help: choose another name, or `mapper new mapping` adds to it\n"
    )
    for name in ("destination", "sandbox", "a/b", "Track"):
        message = refused("mapping", name, "-d", "natero", "-t", "track", cwd=project)
        assert message.startswith(f"error: `{name}` is no name for a mapping\n")
    assert refused("mapping", "track", "-d", "natero", "-t", "track", cwd=project) == (
        "error: there is a file mappings/natero/track.yaml already\n  help: choose another name; nothing was made\n"
    )


def test_what_is_not_there(project: Path, tmp_path: Path) -> None:
    assert refused("mapping", "x", "-d", "nateros", "-t", "track", cwd=project) == (
        "error: there is no destination `nateros` in mappings\n  help: did you mean `natero`?\n"
    )
    assert refused("mapping", "x", "-d", "natero", "-t", "trak", cwd=project) == (
        "error: there is no call type `trak`\n  help: did you mean `track`?\n"
    )
    assert refused("mapping", "x", "-d", "natero", "-t", "screen", cwd=project) == (
        "error: natero does not accept screen calls\n"
        "  help: add `screen` to `accepts` in mappings/natero/destination.yaml\n"
    )
    assert refused("mapping", "x", "-d", "natero", "-t", "track", "--request", "evnt", cwd=project) == (
        "error: natero has no request `evnt`\n  help: did you mean `event`?\n"
    )
    (tmp_path / "empty").mkdir()
    assert refused("destination", "x", cwd=tmp_path / "empty") == (
        "error: there is no folder `mappings` here\n"
        "  help: `mapper init DIR` makes a project, `mkdir mappings` an empty one; --mappings DIR names a folder\n"
    )


def test_what_fails_midway_leaves_nothing(project: Path) -> None:
    schema = project / "schemas" / "acme"
    schema.write_text("a file where a folder should be")
    assert refused("destination", "acme", cwd=project) == (
        "error: can't write schemas/acme/event.schema.json: Not a directory\n"
        "  help: make its folder writable; nothing was made\n"
    )
