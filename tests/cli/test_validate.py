"""`mapper validate`: formats, exit codes and strictness, by the command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.kit import ROOT, Ended, mapper, quick, track, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the shipped mappings and schemas, where they are looked for."""
    for name in ("mappings", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def spoil(project: Path, old: str = "feature: ", new: str = "fature: ", name: str = "track.yaml") -> None:
    """Put a mistake into a mapping."""
    file = project / "mappings" / "natero" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def validate(project: Path, *arguments: str) -> Ended:
    return quick("validate", *arguments, cwd=project)


def test_what_ships_has_nothing_to_complain_of(tmp_path: Path) -> None:
    done = mapper("validate", "--strict", cwd=tmp_path)
    note = "note: there is no ./mappings here: checked are the mappings that ship with mapper\n"
    assert (done.code, done.err) == (0, note)
    assert done.out.startswith("no problems in ")
    assert quick("validate", "-q", cwd=tmp_path) == Ended(0, "", "")


def test_nothing_is_noted_of_mappings_that_are_here(project: Path) -> None:
    assert validate(project).err == ""


def test_text_shows_the_place_and_the_remedy(project: Path) -> None:
    spoil(project)
    done = validate(project, "mappings/natero/track.yaml")
    assert done.code == 1
    assert done.out == (
        "error[MAP402]: no field supplies `feature`, which the schema requires\n"
        "   --> mappings/natero/track.yaml:15:1\n"
        "    |\n"
        " 15 | body:\n"
        "    | ^^^^\n"
        "    = help: add `feature:`, or merge a name that has it\n"
        "note: this schema says so\n"
        "   --> mappings/natero/destination.yaml:65:13\n"
        "    |\n"
        " 65 |     schema: ../../schemas/natero/event.schema.json\n"
        "    |             --------------------------------------\n"
        "\n"
        "error[MAP403]: the schema has no field `fature`\n"
        "   --> mappings/natero/track.yaml:18:3\n"
        "    |\n"
        " 18 |   fature: {$from: trim(present_text(event)), $required: no event name}\n"
        "    |   ^^^^^^\n"
        "    = help: did you mean `feature`?\n"
        "note: this schema says so\n"
        "   --> mappings/natero/destination.yaml:65:13\n"
        "    |\n"
        " 65 |     schema: ../../schemas/natero/event.schema.json\n"
        "    |             --------------------------------------\n"
        "\n"
        "2 errors in 1 file\n"
    )


def test_every_format_tells_the_same_findings_at_the_same_places(project: Path) -> None:
    spoil(project)
    expected = [("MAP402", "mappings/natero/track.yaml", 15, 1), ("MAP403", "mappings/natero/track.yaml", 18, 3)]
    as_json = validate(project, "--format", "json")
    told = json.loads(as_json.out)
    assert (told["errors"], told["warnings"]) == (2, 0)
    assert [(one["code"], one["file"], one["line"], one["column"]) for one in told["diagnostics"]] == expected
    as_github = validate(project, "--format", "github")
    assert [line.partition(",title=")[0] for line in as_github.out.splitlines()] == [
        "::error file=mappings/natero/track.yaml,line=15,col=1,endColumn=5",
        "::error file=mappings/natero/track.yaml,line=18,col=3,endColumn=9",
    ]
    as_sarif = validate(project, "--format", "sarif")
    results = json.loads(as_sarif.out)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert [
        (
            result["ruleId"],
            place["artifactLocation"]["uri"],
            place["region"]["startLine"],
            place["region"]["startColumn"],
        )
        for result, place in zip(results, places, strict=True)
    ] == expected
    assert {done.code for done in (as_json, as_github, as_sarif)} == {1}
    assert {done.err for done in (as_json, as_github, as_sarif)} == {""}


def test_a_warning_is_an_error_only_where_it_is_strict(project: Path) -> None:
    spoil(project, "alias]", "alias, screen]", "destination.yaml")
    lenient, strict = validate(project), validate(project, "--strict")
    assert (lenient.code, strict.code) == (0, 1)
    assert lenient.out.startswith("warning[MAP308]")
    assert lenient.out.endswith("\n1 warning in 13 files\n")
    assert strict.out == lenient.out.replace("warning", "error")


def test_a_run_refuses_mappings_with_errors(project: Path) -> None:
    spoil(project)
    write(project / "in.ndjson", track())
    done = quick("run", "in.ndjson", "--dry-run", cwd=project)
    assert (done.code, done.out) == (2, "")
    assert "error[MAP403]: the schema has no field `fature`" in done.err
    assert done.err.endswith(
        "\n\nerror: the mappings have errors and nothing was run\n  help: `mapper validate mappings` shows them all\n"
    )


def test_a_file_that_sets_share_is_checked_with_those_that_use_it(project: Path) -> None:
    spoil(project, "is_iso_date", "is_iso_dat", "../shared/dimensions.yaml")
    done = validate(project, "mappings/shared/dimensions.yaml")
    assert done.code == 1
    assert done.out.startswith("error[MAP202]: there is no function `is_iso_dat`\n")
    assert done.out.endswith("in 1 file\n")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none", "none does not exist"),
        ("schemas", "there is no mapping set in schemas"),
        ("schemas/natero/event.schema.json", "schemas/natero/event.schema.json belongs to no mapping set"),
    ],
)
def test_nothing_to_check_is_an_error(path: str, message: str, project: Path) -> None:
    done = validate(project, path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}\n  help: ")


@pytest.mark.parametrize("command", ["validate", "run x.ndjson --dry-run", "explain x.ndjson", "compile", "serve"])
def test_mappings_that_are_no_folder_are_not_passed_over_for_those_that_ship(command: str, tmp_path: Path) -> None:
    write(tmp_path / "x.ndjson", track())
    mappings = tmp_path / "mappings"
    mappings.symlink_to("nowhere")
    keys = {"MAPPER_WRITE_KEYS": "web=some-key"}
    ended = quick(*command.split(), cwd=tmp_path, env=keys)
    message = "error: the mappings folder mappings is a link that leads nowhere\n  help: name a folder"
    assert (ended.code, message in ended.err) == (2, True), ended
    mappings.unlink()
    mappings.touch()
    ended = quick(*command.split(), cwd=tmp_path, env=keys)
    assert (ended.code, "error: the mappings folder mappings is a file\n" in ended.err) == (2, True), ended


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\t- a",
        b"\xff\xfe",
        b"a: &x 1\nb: *x\n",
        b"a: 1\na: 2\n",
        b"[" * 100_000,
        b"\0",
        b"a: " + b"x" * 5_000_000,
    ],
    ids=["empty", "tab", "utf-8", "alias", "duplicate", "deep", "nul", "long"],
)
def test_a_file_that_is_no_mapping_is_a_finding_for_people_and_machines(content: bytes, project: Path) -> None:
    (project / "mappings" / "natero" / "track.yaml").write_bytes(content)
    for form in ("text", "sarif"):
        done = validate(project, "--format", form)
        assert done.code == 1
        assert "track.yaml" in done.out


def test_a_folder_where_a_file_should_be_is_a_finding(project: Path) -> None:
    file = project / "mappings" / "natero" / "track.yaml"
    file.unlink()
    file.mkdir()
    done = validate(project)
    assert done.code == 1
    assert "error[MAP001]" in done.out


def test_a_sandbox_is_checked_with_its_mappings_and_stops_no_run(project: Path) -> None:
    spoil(project, "id: natero\n", "id: natero-accounts\n", "sandbox.yaml")
    done = validate(project)
    assert done.code == 1
    assert done.out == (
        "error[MAP501]: `id`: `natero-accounts` is not the id in destination.yaml, which is `natero`\n"
        "  --> mappings/natero/sandbox.yaml:7:5\n"
        "   |\n"
        " 7 | id: natero-accounts\n"
        "   |     ^^^^^^^^^^^^^^^\n"
        "   = help: write `id: natero`\n"
        "\n"
        "1 error in 13 files\n"
    )
    alone = validate(project, "mappings/natero/sandbox.yaml")
    assert alone.out == done.out.replace("13 files", "1 file")
    assert validate(project, "mappings/natero/track.yaml").code == 0
    write(project / "in.ndjson", track())
    assert quick("run", "in.ndjson", "--dry-run", cwd=project).code == 0


def test_a_sandbox_without_a_destination_is_told(tmp_path: Path) -> None:
    write(tmp_path / "sandbox.yaml", "sandbox: 1")
    done = quick("validate", "sandbox.yaml", cwd=tmp_path)
    help_ = "  help: it stands beside the destination.yaml of the mapping set it is for\n"
    assert (done.code, done.err) == (2, f"error: sandbox.yaml belongs to no mapping set\n{help_}")
