"""What is said of a setting's value that its schema refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.kit import Ended, quick, write

SET = """\
mapper: 1
id: acme
destination: Acme
accepts: [page]
settings:
  token: {type: string, secret: true, minLength: 4}
  code: {type: string, secret: true, enum: [alpha, beta]}
  tries: {type: integer, minimum: 3, maximum: 9, default: 3}
  share: {type: number, maximum: 0.5, default: 0.5}
  alias: {type: string, minLength: 4, maxLength: 6, pattern: '^[a-z ]+$', default: none}
  short: {type: string, maxLength: 1, default: x}
  live: {type: boolean, default: true}
  region: {enum: [US, EU, true], default: US}
  plan: {type: string, default: free}
requests:
  page: {base: "'https://acme.example'", path: "format('/{}', settings.token)", body: json}
"""
PAGE = "mapper: 1\naccepts: page\nrequest: page\nbody: {region: settings.region}\n"


def begin(folder: Path, *options: str, env: dict[str, str] | None = None) -> Ended:
    """A run that does not get as far as sending, and its complaints alone."""
    (folder / "mappings").mkdir()
    (folder / "mappings" / "destination.yaml").write_text(SET)
    (folder / "mappings" / "page.yaml").write_text(PAGE)
    file = write(folder / "in.ndjson", {"type": "page", "userId": "u1"})
    done = quick("run", file, "--base-url", "http://127.0.0.1:9", *options, cwd=folder, env=env)
    return replace(done, err=done.err.partition("\n")[2])


@pytest.mark.parametrize(
    ("name", "value", "message", "advice"),
    [
        ("tries", "1", "`1` is less than 3", ""),
        ("tries", "12", "`12` is more than 9", ""),
        ("tries", "abc", "`abc` is not a whole number", ""),
        ("tries", "3.5", "`3.5` is not a whole number", ""),
        ("tries", "'3'", "`'3'` is not a whole number", "; are there blanks or quotes in it?"),
        ("share", "0.75", "`0.75` is more than 0.5", ""),
        ("share", "2", "`2` is more than 0.5", ""),
        ("share", "1e400", "`1e400` is not a number", ""),
        ("share", "half", "`half` is not a number", ""),
        ("share", "NaN", "`NaN` is not a number", ""),
        ("tries", " 12", '`" 12"` is more than 9', ""),
        ("share", "nan", "`nan` is not a number", ""),
        ("alias", "x", "`x` has fewer than 4 characters", ""),
        ("alias", "x y", "`x y` has fewer than 4 characters", "; are there blanks or quotes in it?"),
        ("alias", "longish", "`longish` has more than 6 characters", ""),
        ("alias", "UPPER", "`UPPER` is not text that matches ^[a-z ]+$", "; are there blanks or quotes in it?"),
        ("short", "xy", "`xy` has more than 1 character", ""),
        ("live", "maybe", "`maybe` is not true or false", ""),
        ("region", "UK", "`UK` is not one of US, EU, true", ""),
        ("region", "eu", "`eu` is not one of US, EU, true", "; did you mean `EU`?"),
        ("region", '"EU"', '`"EU"` is not one of US, EU, true', "; are there blanks or quotes in it?"),
        ("region", "two\nlines", '`"two\\nlines"` is not one of US, EU, true', "; are there blanks or quotes in it?"),
        ("plan", "\udcff", "its value is not UTF-8", ""),
    ],
)
def test_each_way_of_being_malformed_is_a_sentence(
    name: str, value: str, message: str, advice: str, tmp_path: Path
) -> None:
    done = begin(tmp_path, "--dry-run", "--set", f"{name}={value}")
    assert (done.code, done.err) == (
        2,
        f"error: acme: the setting `{name}` is malformed: {message}\n  help: it comes from --set {name}{advice}\n",
    )


@pytest.mark.parametrize("region", ["US", "true"])
def test_text_is_taken_for_the_allowed_value_that_it_spells(region: str, tmp_path: Path) -> None:
    done = begin(tmp_path, "--dry-run", "--set", f"region={region}")
    assert (done.code, done.results[0]["request"]["body"]) == (0, {"region": region if region == "US" else True})


def test_a_secret_is_not_shown_however_malformed(tmp_path: Path) -> None:
    done = begin(tmp_path, env={"ACME_TOKEN": "cnr", "ACME_CODE": "alpho"})
    assert done.err == (
        "error: acme: the setting `token` is malformed: its value has fewer than 4 characters\n"
        "  help: it comes from ACME_TOKEN\n"
        "error: acme: the setting `code` is malformed: its value is not one of alpha, beta\n"
        "  help: it comes from ACME_CODE\n"
    )


def test_what_a_settings_file_holds_of_another_kind_is_told_without_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(
        "plan: 7\nalias: true\ntries: 1\nacme:\n  region: {token: canary}\n  live: [canary]\n  token: 12345\n"
    )
    done = begin(tmp_path, "--settings", "settings.yaml")
    assert done.err == (
        "error: settings.yaml:7:10: acme: the setting `token` is malformed: its value is not text\n"
        "  help: put it in quotes to make it text\n"
        "error: settings.yaml:3:8: acme: the setting `tries` is malformed: `1` is less than 3\n"
        "error: settings.yaml:2:8: acme: the setting `alias` is malformed: `true` is not text\n"
        "  help: put it in quotes to make it text\n"
        "error: settings.yaml:6:9: acme: the setting `live` is malformed: its value is not true or false\n"
        "  help: it is a list\n"
        "error: settings.yaml:5:11: acme: the setting `region` is malformed: its value is not one of US, EU, true\n"
        "  help: it is keys and values\n"
        "error: settings.yaml:1:7: acme: the setting `plan` is malformed: `7` is not text\n"
        "  help: put it in quotes to make it text\n"
    )
