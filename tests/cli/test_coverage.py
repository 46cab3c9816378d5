"""``mapper coverage``: what people see, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.kit import ROOT, quick, write
from tests.cli.toy import CALLS, project
from tests.support.pages import blocks

TEXT = """\
mappings/acme/identify.yaml: 5 of 9 reached
             1  mapper: 1
             2  accepts: identify
             3  request: event
             4  body:
      1 ✓    5    user: user
             6    person:
      1 ✓    7      $share: merge(object(context.traits), object(traits))
      0 ✗    8      $spell: [camelCase, snake_case]
                ^ no key is ever found in `camelCase`
                ^ no key is ever found in `snake_case`
      0 ✗    9      $named: {string: [phone]}
                ^ the field `phone` never has a value
            10      first_name:
            11        $first:
      1 ✗   12          - {$take: first_name, $as: string}
                ^ `$take first_name $as string` never gives the value
      1 ✓   13          - {$take: name, $as: first_word}
      1 ✓   14      $rest: {$from: rest, $null: keep}

mappings/acme/track.yaml: 15 of 19 reached
             1  mapper: 1
             2  accepts: track
             3  reject:
      4 ✓    4    - {when: "event == 'Bad' && type(properties) != 'object'", because: no properties}
             5  request: event
             6  body:
      4 ✓    7    user: user
      3 ✓    8    did: {$from: trim(event), $required: no event}
      1 ✗    9    when: not_null(to_epoch_ms(timestamp), to_epoch_ms(sentAt))
                ^ `to_epoch_ms(timestamp)` never gives the value
      3 ✗   10    label: properties.label || properties.name || 'none'
                ^ `properties.label` never gives the value
      3 ✓   11    count: {$from: properties.count, $as: number, $default: 1}
      3 ✓   12    region: settings.region
            13    zone:
      0 ✗   14      $if: settings.region == 'EU'
                ^ the field `zone` never has a value
      0 ✗   15      $then: {$const: west}
                ^ never taken: `"west"`
      3 ✓   16      $else: properties.zone

                        fields  arms  keys  rules  defaults  reached
acme/identify              4/5   1/2   0/2      -         -   55.5 %
acme/track                 6/7   6/9     -    2/2       1/1   78.9 %
acme: destination.yaml     1/1   2/2     -    1/1         -    100 %
all                      11/13  9/13   0/2    3/3       1/1   75.0 %

10 calls of calls.ndjson reach 24 of 32 points, 75.0 %
"""


MUTANTS = """\
acme/identify: no call shows any of these 2 changes
  --> mappings/acme/identify.yaml:7
      $share: merge(object(context.traits), object(traits))
  - null for `context.traits`
  - without `object()` around `traits`

acme/identify: no call shows any of these 3 changes
  --> mappings/acme/identify.yaml:8
      $spell: [camelCase, snake_case]
  - without the spelling `camelCase`
  - without the spelling `snake_case`
  - the spelling `snake_case` before `camelCase`

acme/identify: no call shows any of these 2 changes
  --> mappings/acme/identify.yaml:9
      $named: {string: [phone]}
  - without the field `phone`
  - `phone` without `$as string`

acme/identify: no call shows any of these 2 changes
  --> mappings/acme/identify.yaml:12
      - {$take: first_name, $as: string}
  - without `$take first_name $as string`
  - `$take name $as first_word` before `$take first_name $as string`

acme/identify: no call shows this change
  --> mappings/acme/identify.yaml:14
      $rest: {$from: rest, $null: keep}
  - `person` without `$null keep`

acme/track: no call shows any of these 4 changes
  --> mappings/acme/track.yaml:4
      - {when: "event == 'Bad' && type(properties) != 'object'", because: no properties}
  - without `type(properties) != 'object'`
  - without `type()` around `properties`
  - null for `properties`
  - `'object~'` for `'object'`

acme/track: no call shows any of these 4 changes
  --> mappings/acme/track.yaml:9
      when: not_null(to_epoch_ms(timestamp), to_epoch_ms(sentAt))
  - without `to_epoch_ms(timestamp)`
  - `to_epoch_ms(sentAt)` before `to_epoch_ms(timestamp)`
  - without `to_epoch_ms()` around `timestamp`
  - null for `timestamp`

acme/track: no call shows any of these 2 changes
  --> mappings/acme/track.yaml:10
      label: properties.label || properties.name || 'none'
  - without `properties.label`
  - `properties.name` before `properties.label`

acme/track: no call shows any of these 4 changes
  --> mappings/acme/track.yaml:14
      $if: settings.region == 'EU'
  - without the field `zone`
  - always `properties.zone`
  - null for `settings.region`
  - `'EU~'` for `'EU'`

acme/track: no call shows this change
  --> mappings/acme/track.yaml:15
      $then: {$const: west}
  - another text for `west`

acme/track: no call shows this change
  --> mappings/acme/track.yaml:16
      $else: properties.zone
  - null for `properties.zone`

acme: no call shows this change
  --> mappings/acme/destination.yaml:9
      user: id(userId, anonymousId)
  - `anonymousId` before `userId`

               changes  noticed
acme/identify       22       12  54.5 %
acme/track          47       31  65.9 %
acme                 6        5  83.3 %
all                 75       48  64.0 %

10 calls of calls.ndjson show 48 of 75 changes, 64.0 %
"""


NO_CALLS = "  help: name a file of Segment calls; cases of snapshots are taken where no file is named\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with calls."""
    return project(tmp_path)


def test_shows_files_line_by_line_and_a_table(folder: Path) -> None:
    ended = quick("coverage", "calls.ndjson", cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == TEXT
    (shown,) = (block for block in blocks("docs/reviewing.md", "") if "acme/track.yaml: " in block)
    assert TEXT.endswith(shown)


def test_shows_whole_files_where_asked_to(folder: Path) -> None:
    ended = quick("coverage", "calls.ndjson", "--all", cwd=folder)
    assert "mappings/acme/destination.yaml: 4 of 4 reached\n" in ended.out
    assert ended.out.endswith(TEXT.rpartition("\n\n")[2])


def test_tells_programs_the_same(folder: Path) -> None:
    found = json.loads(quick("coverage", "calls.ndjson", "--format", "json", cwd=folder).out)
    files = found.pop("files")
    assert found == {
        "corpus": "calls.ndjson",
        "calls": 10,
        "faulty": 0,
        "fault": None,
        "points": 32,
        "reached": 24,
        "percent": 75.0,
    }
    assert [(file["destination"], file["mapping"], file["file"]) for file in files] == [
        ("acme", "identify", "mappings/acme/identify.yaml"),
        ("acme", "track", "mappings/acme/track.yaml"),
        ("acme", None, "mappings/acme/destination.yaml"),
    ]
    assert files[2]["points"][-1] == {"kind": "rule", "text": "skip: no user", "line": 11, "column": 12, "calls": 1}


def test_fails_under_a_limit(folder: Path) -> None:
    assert quick("coverage", "calls.ndjson", "--fail-under", "75", cwd=folder).code == 0
    ended = quick("coverage", "calls.ndjson", "--fail-under", "75.1", cwd=folder)
    assert (ended.code, ended.out) == (1, TEXT)
    assert ended.err == (
        "error: 75.0 % is reached, and --fail-under asks for 75.1 %\n"
        "  help: add cases that reach the rest: `mapper snap new` makes one of a call\n"
    )


def test_shows_changes_that_nobody_would_notice(folder: Path) -> None:
    ended = quick("coverage", "calls.ndjson", "--mutants", cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == MUTANTS
    (shown,) = (block for block in blocks("docs/reviewing.md", "") if "- without" in block)
    assert shown in MUTANTS


def test_tells_programs_which_changes_nobody_would_notice(folder: Path) -> None:
    found = json.loads(quick("coverage", "calls.ndjson", "--mutants", "--format", "json", cwd=folder).out)
    unnoticed = found.pop("unnoticed")
    numbers = {"calls": 10, "faulty": 0, "changes": 75, "noticed": 48, "percent": 64.0}
    assert found == {"corpus": "calls.ndjson", "fault": None, **numbers}
    assert len(unnoticed) == 27
    assert unnoticed[-1] == {
        "destination": "acme",
        "mapping": None,
        "change": "`anonymousId` before `userId`",
        "file": "mappings/acme/destination.yaml",
        "line": 9,
        "column": 9,
    }


def test_fails_under_a_limit_of_changes_noticed(folder: Path) -> None:
    assert quick("coverage", "calls.ndjson", "--mutants", "--fail-under", "64", cwd=folder).code == 0
    ended = quick("coverage", "calls.ndjson", "--mutants", "--fail-under", "65", cwd=folder)
    assert (ended.code, ended.out) == (1, MUTANTS)
    assert ended.err == (
        "error: 64.0 % is noticed, and --fail-under asks for 65 %\n"
        "  help: add cases that notice the rest: `mapper snap new` makes one of a call\n"
    )


def test_lines_that_are_no_calls_notice_nothing_and_are_counted(folder: Path) -> None:
    calls = folder / "calls.ndjson"
    calls.write_text("{\n" + calls.read_text() + "7\n")
    ended = quick("coverage", "calls.ndjson", "--mutants", cwd=folder)
    said = "2 more are no calls; the first: calls.ndjson:1: not JSON: ends too early, at column 2\n"
    assert (ended.code, ended.out) == (0, MUTANTS + said)


@pytest.mark.long
def test_few_changes_of_the_shipped_mappings_go_unnoticed() -> None:
    """Those that do change no result of any call: of alternatives it is only asked whether there is one."""
    found = json.loads(quick("coverage", "--mutants", "--format", "json", cwd=ROOT).out)
    assert [each["change"] for each in found["unnoticed"]] == [
        "`page_name` before `page_category`",
        "`properties.revenue` before `properties.currency`",
        "`properties.order_id` before `properties.revenue`",
        "`properties.orderId` before `properties.order_id`",
        "`properties.products` before `properties.orderId`",
    ]


def test_takes_the_cases_where_no_file_is_named(folder: Path) -> None:
    """Each with its own settings."""
    (folder / "test_mappings.py").write_text("from mapper.testing import lock\n\ntest = lock('cases')\n")
    cases = folder / "cases" / "acme" / "track"
    cases.mkdir(parents=True)
    (cases / "one.json").write_text(json.dumps({"about": "One.", "call": CALLS[0]}))
    (cases / "eu.json").write_text(json.dumps({"about": "EU.", "settings": {"region": "EU"}, "call": CALLS[0]}))
    ended = quick("coverage", cwd=folder)
    assert ended.out.endswith("\n2 calls of the cases in cases reach 14 of 32 points, 43.7 %\n")
    assert "      1 ✓   15      $then: {$const: west}\n" in ended.out
    (cases / "eu.json").write_text("{")
    assert quick("coverage", cwd=folder).err.startswith("error: cases/acme/track/eu.json: not JSON: ends too early")


def test_the_shipped_mappings_are_reached_by_their_own_cases_to_the_last_alternative() -> None:
    ended = quick("coverage", "--fail-under", "100", cwd=ROOT)
    assert ended.code == 0, ended.out
    assert "\nall " in ended.out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["no"], "error: no: no such file or directory\n  help: check the path; `-` reads standard input\n"),
        (
            [],
            "error: there are no calls to try the mappings on\n"
            "  help: name a file of calls with `mapper coverage FILE`\n",
        ),
        (
            ["empty"],
            "error: there is no call for these mappings in empty\n" + NO_CALLS,
        ),
        (
            ["text"],
            "error: there is no call for these mappings in text: text:1: not JSON: ends too early, at column 2\n"
            + NO_CALLS,
        ),
        (
            ["text", "--mutants"],
            "error: there is no call for these mappings in text: text:1: not JSON: ends too early, at column 2\n"
            + NO_CALLS,
        ),
        (
            ["calls.ndjson", "--destination", "acne"],
            "error: there is no destination `acne` in ./mappings\n  help: did you mean `acme`?\n",
        ),
        (
            ["calls.ndjson", "--set", "regoin=EU"],
            "error: acme: there is no setting `regoin`\n  help: did you mean `region`?\n",
        ),
        (
            ["many", "--mutants"],
            "error: --mutants takes 5,000 calls at most\n  help: --limit 5000 takes the first of them\n",
        ),
        (
            ["calls.ndjson", "--max-call-size", "big"],
            "error: --max-call-size: can't read `big`\n  help: write 32KB or 1MB\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refuses_in_one_line(arguments: list[str], error: str, folder: Path) -> None:
    write(folder / "empty")
    write(folder / "text", "{", "[1, 2]")
    write(folder / "many", "{", *[{"type": "track"}] * 5_001)
    ended = quick("coverage", *arguments, cwd=folder)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == error
