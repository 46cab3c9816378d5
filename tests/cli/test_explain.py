"""``mapper explain``: what people see of a call, and what they are told where there is none to see."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.kit import Ended, mapper, quick, write
from tests.cli.toy import TRACK, project
from tests.support.pages import blocks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with calls."""
    return project(tmp_path)


def explained(folder: Path, *arguments: str) -> str:
    """What is written for people, without the line that names the call."""
    ended = quick("explain", "calls.ndjson", *arguments, cwd=folder)
    assert ended.code == 0, ended.err
    return ended.out.partition("\n\n")[2]


FIRST = """\
acme/track makes a request of it
  POST https://acme.example/v1/***

user = "a-1"  <- anonymousId
  --> mappings/acme/track.yaml:7:9
  user
    --> mappings/acme/destination.yaml:9:9
    let user: id(userId, anonymousId)
      ✗ userId        empty text
      ✓ anonymousId   "a-1"

did = "Opened"  <- event
  --> mappings/acme/track.yaml:8:16
  trim(event)
    ✓ event   " Opened "

when = 1704164645000  <- sentAt
  --> mappings/acme/track.yaml:9:9
  not_null(to_epoch_ms(timestamp), to_epoch_ms(sentAt))
    ✗ to_epoch_ms(timestamp)   null: timestamp is absent
    ✓ to_epoch_ms(sentAt)      1704164645000
        ✓ sentAt   "2024-01-02T03:04:05Z"

label = "Door"  <- properties.name
  --> mappings/acme/track.yaml:10:10
  properties.label || properties.name || 'none'
    ✗ properties.label   empty text
    ✓ properties.name    "Door"
    · not tried: 'none'

count = 7  <- properties.count
  --> mappings/acme/track.yaml:11:10
  properties.count $as number $default 1
    ✓ properties.count $as number   7
        ✓ properties.count   "7"
    · not tried: $default 1

region = "US"  <- settings.region
  --> mappings/acme/track.yaml:12:11
  settings.region   "US"

left out, for nothing gave a value: zone (--field NAME shows why)
"""


def test_shows_where_each_field_comes_from(folder: Path) -> None:
    ended = quick("explain", "calls.ndjson", cwd=folder)
    assert ended.out == f"calls.ndjson:1: track call m-1\n\n{FIRST}"
    assert ended.err == "the first call of calls.ndjson; --line N or --message-id ID chooses another\n"
    assert ended.code == 0
    assert quick("explain", "calls.ndjson", "--line", "1", cwd=folder) == Ended(0, ended.out, "")
    assert quick("explain", "calls.ndjson", "--message-id", "m-1", cwd=folder) == Ended(0, ended.out, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["--line", "1", "--field", "zone"],
            """\
acme/track makes a request of it
  POST https://acme.example/v1/***

zone is left out
  --> mappings/acme/track.yaml:14:10
  $if settings.region == 'EU'
    ? settings.region == 'EU'   no: settings.region is "US"
    ✗ properties.zone           absent
        --> mappings/acme/track.yaml:16:12
""",
        ),
        (
            ["--line", "1", "--field", "zone", "--set", "region=EU"],
            """\
acme/track makes a request of it
  POST https://eu.acme.example/v1/***

zone = "west"  <- a constant
  --> mappings/acme/track.yaml:14:10
  $if settings.region == 'EU'
    ? settings.region == 'EU'   holds: settings.region is "EU"
    ✓ "west"
        --> mappings/acme/track.yaml:15:21
""",
        ),
        (
            ["--line", "2", "--field", "person"],
            """\
acme/identify makes a request of it
  POST https://acme.example/v1/***

person.first_name = "Ada"  <- traits.name
  --> mappings/acme/identify.yaml:12:9
  $first
    ✗ $take first_name $as string   null
        ✗ firstName    refused by $as string: " "
        ✗ first_name   absent
    ✓ $take name $as first_word     "Ada"
        --> mappings/acme/identify.yaml:13:19
        ✓ name   traits.name = "Ada King"   $as first_word: "Ada"

person.firstName = " "  <- traits.firstName
  --> mappings/acme/identify.yaml:14:20
  rest   {"firstName": " ", "age": 36}   what no field took
    ✓ traits.firstName   " "

person.age = 36  <- traits.age
  --> mappings/acme/identify.yaml:14:20
  rest   {"firstName": " ", "age": 36}   what no field took
    ✓ traits.age   36

person.phone is left out
  --> mappings/acme/identify.yaml:9:23
  $take phone $as string
    ✗ phone   absent
""",
        ),
        (
            ["--line", "3"],
            """\
acme skips it: no user
  --> mappings/acme/destination.yaml:11:12
  !user   holds
    --> mappings/acme/destination.yaml:9:9
    let user: id(userId, anonymousId)
      ✗ userId        refused by id(): true
      ✗ anonymousId   absent
""",
        ),
        (
            ["--line", "5"],
            """\
acme/track can't map it: no properties
  --> mappings/acme/track.yaml:4:12
  event == 'Bad' && type(properties) != 'object'   holds
    ? event == 'Bad'                 holds: event is "Bad"
    ? type(properties) != 'object'   holds: properties is [1]
""",
        ),
        (
            ["--line", "9"],
            """\
acme/track can't map it: no event (field did)
  --> mappings/acme/track.yaml:8:16
  trim(event)   null: event is 9
""",
        ),
        (
            ["--line", "10"],
            """\
acme/track can't map it: count breaks the request's schema: 11 is greater than the maximum of 10

count = 11  <- properties.count
  --> mappings/acme/track.yaml:11:10
  properties.count $as number $default 1
    ✓ properties.count   11
    · not tried: $default 1
""",
        ),
        (
            ["--line", "6"],
            """\
acme skips it: page calls are not accepted
  --> mappings/acme/destination.yaml:4:10
  type is "page"
""",
        ),
        (
            ["--line", "7"],
            """\
acme skips it: no mapping accepts alias calls
  --> mappings/acme/destination.yaml:4:10
  type is "alias"
""",
        ),
        (
            ["--line", "8"],
            """\
acme skips it: integrations.Acme is false
  --> mappings/acme/destination.yaml:3:14
  integrations is {"Acme": false}
""",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_shows_why(arguments: list[str], text: str, folder: Path) -> None:
    assert explained(folder, *arguments) == text


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (
            "properties.label || properties.off || properties.gone || 'none'",
            """\
label = "none"  <- a constant
  --> mappings/acme/track.yaml:10:10
  properties.label || properties.off || properties.gone || 'none'
    ✗ properties.label   empty text
    ✗ properties.off     false
    ✗ properties.gone    absent
    ✓ 'none'             "none"
""",
        ),
        (
            "properties.off && 'off' || event && properties.name",
            """\
label = "Door"  <- properties.name
  --> mappings/acme/track.yaml:10:10
  properties.off && 'off' || event && properties.name
    ✗ properties.off && 'off'    false
        ? properties.off   no: properties.off is false
        · not tried: 'off'
    ✓ event && properties.name   "Door"
        ? event             holds: event is "Opened"
        ✓ properties.name   "Door"
""",
        ),
        (
            "if(event && anonymousId && properties.off, 'on', properties.name)",
            """\
label = "Door"  <- properties.name
  --> mappings/acme/track.yaml:10:10
  if(event && anonymousId && properties.off, 'on', properties.name)
    ? event && anonymousId && properties.off   no
        ? event            holds: event is "Opened"
        ? anonymousId      holds: anonymousId is "a"
        ? properties.off   no: properties.off is false
    ✓ properties.name                          "Door"
""",
        ),
    ],
)
def test_tells_what_gives_the_value_from_what_decides(expression: str, text: str, folder: Path) -> None:
    track = folder / "mappings" / "acme" / "track.yaml"
    track.write_text(TRACK.replace("properties.label || properties.name || 'none'", expression))
    properties = {"label": "", "off": False, "name": "Door"}
    write(folder / "calls.ndjson", {"type": "track", "anonymousId": "a", "event": "Opened", "properties": properties})
    assert explained(folder, "--field", "label").partition("\n\n")[2] == text


def test_shows_what_failed(folder: Path) -> None:
    track = folder / "mappings" / "acme" / "track.yaml"
    track.write_text(TRACK + "  sum: not_null(avg(properties.a), properties.b) || sum(properties.c)\n")
    write(folder / "calls.ndjson", {"type": "track", "userId": "u", "event": "e", "properties": {"a": [], "c": ["x"]}})
    error = """In function sum(), invalid type for value: x, expected one of: ['array-number'], received: "str\""""
    assert (
        explained(folder)
        == f"""\
acme/track can't map it: mappings/acme/track.yaml:17:53: {error} (field sum)
  --> mappings/acme/track.yaml:17:8
  not_null(avg(properties.a), properties.b) || sum(properties.c)
    ✗ not_null(avg(properties.a), properties.b)   null
        ✗ avg(properties.a)   null: properties.a is []
        ✗ properties.b        absent
    ! sum(properties.c)                           {error}
        ✓ properties.c   ["x"]
"""
    )


def test_shows_an_order_key_that_failed(folder: Path) -> None:
    file = folder / "mappings" / "acme" / "destination.yaml"
    file.write_text(f"{file.read_text()}    order_by: keys(context)\n")
    write(folder / "calls.ndjson", {"type": "track", "userId": "u", "event": "e", "context": 7})
    error = """In function keys(), invalid type for value: 7, expected one of: ['object'], received: "number\""""
    assert (
        explained(folder)
        == f"""\
acme/track can't map it: mappings/acme/destination.yaml:20:15: {error}
  --> mappings/acme/destination.yaml:20:15
  keys(context)   {error}
    ✓ context   7
"""
    )


def test_the_page_shows_what_is_shown(folder: Path) -> None:
    for line in ("2", "3"):
        assert quick("explain", "calls.ndjson", "--line", line, cwd=folder).out in blocks("docs/reviewing.md", "")


def test_tells_programs_the_same(folder: Path) -> None:
    ended = quick("explain", "calls.ndjson", "--line", "1", "--field", "label", "--format", "json", cwd=folder)
    found = json.loads(ended.out)
    (result,) = found.pop("results")
    assert found == {"file": "calls.ndjson", "line": 1, "message_id": "m-1", "type": "track"}
    (field,) = result.pop("fields")
    assert result["outcome"] == "request"
    assert result["request"]["url"] == "https://acme.example/v1/***"
    assert result["request"]["body"]["label"] == "Door"
    why = field.pop("why")
    assert field == {
        "path": "label",
        "present": True,
        "value": "Door",
        "inputs": [{"path": "properties.name", "value": "Door"}],
    }
    place = "mappings/acme/track.yaml:10"
    assert why.pop("parts") == [
        {
            "kind": "read",
            "text": "properties.label",
            "place": f"{place}:10",
            "state": "nothing",
            "value": "",
            "note": "empty text",
            "path": "properties.label",
        },
        {
            "kind": "read",
            "text": "properties.name",
            "place": f"{place}:30",
            "state": "gave",
            "value": "Door",
            "path": "properties.name",
        },
        {"kind": "made", "text": "'none'", "place": f"{place}:49", "state": "untried"},
    ]
    text = "properties.label || properties.name || 'none'"
    assert why == {"kind": "choice", "text": text, "place": f"{place}:10", "state": "gave", "value": "Door"}


def test_tells_programs_which_rule_decided(folder: Path) -> None:
    ended = quick("explain", "calls.ndjson", "--line", "3", "--format", "json", cwd=folder)
    (result,) = json.loads(ended.out)["results"]
    assert (result["outcome"], result["reason"]) == ("skipped", "no user")
    assert result["place"] == "mappings/acme/destination.yaml:11:12"
    assert (result["because"]["kind"], result["because"]["state"]) == ("condition", "gave")


def test_reads_what_is_piped_in(folder: Path) -> None:
    lines = (folder / "calls.ndjson").read_bytes()
    ended = mapper("explain", "--line", "3", cwd=folder, stdin=lines)
    assert ended.out.startswith("standard input:3: track call m-3\n\nacme skips it: no user\n")
    assert mapper("explain", "-", "--line", "3", cwd=folder, stdin=lines) == ended


def test_writes_to_an_output_that_holds_ascii_only(folder: Path) -> None:
    ended = mapper("explain", "calls.ndjson", "--line", "3", cwd=folder, env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.err) == (0, "")
    assert "\\u2717 anonymousId   absent" in ended.out


def test_a_mapping_of_a_destination_that_is_off(folder: Path) -> None:
    other = folder / "mappings" / "other"
    shutil.copytree(folder / "mappings" / "acme", other)
    destination = other / "destination.yaml"
    destination.write_text(destination.read_text().replace("id: acme", "id: other\nenabled: false"))
    (other / "identify.yaml").rename(other / "person.yaml")
    for name in ("other/track", "other/person", "person"):
        line = "1" if name == "other/track" else "2"
        text = explained(folder, "--line", line, "--mapping", name)
        assert text.startswith(f"other/{name.rpartition('/')[2]} makes a request of it\n")
    assert explained(folder, "--line", "1", "--mapping", "track").startswith("acme/track makes")
    assert explained(folder, "--line", "1").count("makes a request of it") == 1


def test_shows_no_secret(folder: Path) -> None:
    for output in ("text", "json"):
        ended = quick(
            "explain",
            "calls.ndjson",
            "--format",
            output,
            cwd=folder,
            env={"ACME_TOKEN": "canary-1234", "ACME_REGION": "EU"},
        )
        assert ended.code == 0
        assert "canary" not in ended.out + ended.err
        assert "eu.acme.example/v1/***" in ended.out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            ["calls.ndjson", "--line", "11"],
            "error: calls.ndjson has no line 11\n"
            "  help: it has 10 lines; blank lines count, items of an array are counted from 1\n",
        ),
        (
            ["calls.ndjson", "--message-id", "m-11"],
            "error: calls.ndjson has no call with the messageId m-11\n"
            "  help: it has 10 lines; blank lines count, items of an array are counted from 1\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--message-id", "m-1"],
            "error: --line and --message-id both name a call\n  help: leave one of them out\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--mapping", "acme/trak"],
            "error: there is no mapping `acme/trak`\n  help: did you mean `acme/track`?\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--mapping", "identify"],
            "error: this call does not come to acme/identify, which takes identify calls\n"
            "  help: it comes to acme/track; or choose another call with --line\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--field", "lable"],
            "error: the request has no field `lable`\n  help: did you mean `label`?\n",
        ),
        (
            ["calls.ndjson", "--line", "3", "--field", "label"],
            "error: no request comes of this call, so it has no field `label`\n  help: leave out --field to see why\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--destination", "acne"],
            "error: there is no destination `acne` in ./mappings\n  help: did you mean `acme`?\n",
        ),
        (
            ["calls.ndjson", "--line", "1", "--set", "region=ASIA"],
            "error: acme: the setting `region` is malformed: `ASIA` is not one of US, EU\n"
            "  help: it comes from --set region\n",
        ),
        (
            ["calls.nd"],
            "error: calls.nd: no such file or directory\n  help: check the path; `-` reads standard input\n",
        ),
        (["mappings"], "error: mappings is a folder\n  help: name a file in it\n"),
        (["empty"], "error: there is no call in empty\n  help: name a file of Segment calls\n"),
        (["empty", "--line", "2"], "error: empty has no line 2\n  help: it is empty\n"),
        (
            ["binary", "--line", "1"],
            "error: line 1 of binary is no call: not UTF-8: byte 0xc8 at column 1\n"
            "  help: choose another with --line N\n",
        ),
        (
            ["long", "--line", "1"],
            "error: line 1 of long is no call: line of 1100026 bytes exceeds the limit of 1000000 bytes\n"
            "  help: choose another with --line N\n",
        ),
        (
            ["calls.ndjson", "--max-call-size", "big"],
            "error: --max-call-size: can't read `big`\n  help: write 32KB or 1MB\n",
        ),
        (
            ["text", "--line", "1"],
            "error: line 1 of text is no call: no call type: `type` is missing or no text\n"
            "  help: choose another with --line N\n",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refuses_in_one_line(arguments: list[str], error: str, folder: Path) -> None:
    (folder / "empty").write_text("\n")
    (folder / "binary").write_bytes(bytes(range(200, 256)) * 500)
    (folder / "long").write_text('{"type": "track", "x": "' + "x" * 1_100_000 + '"}\n')
    (folder / "text").write_text('{"a": 1}\n')
    ended = quick("explain", *arguments, cwd=folder)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == error


def test_a_long_call_is_explained_where_that_is_asked_for(folder: Path) -> None:
    write(folder / "long", {"type": "track", "userId": "u", "event": "E", "properties": {"x": "x" * 1_100_000}})
    ended = quick("explain", "long", "--max-call-size", "2MB", cwd=folder)
    assert (ended.code, ended.err) == (0, "")
    assert 'did = "E"  <- event' in ended.out


def test_a_case_is_explained_with_its_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_REGION", "MARS")
    case = folder / "cases" / "acme" / "track" / "west.json"
    case.parent.mkdir(parents=True)
    call = {"type": "track", "messageId": "m-9", "userId": "u", "event": "E"}
    write(case, {"about": "In the EU.", "settings": {"region": "EU"}, "call": call})
    ended = quick("explain", "cases/acme/track/west.json", "--field", "zone", cwd=folder)
    assert ended.err == ""
    head, _, rest = ended.out.partition("\n\n")
    assert head == "cases/acme/track/west.json: track call m-9"
    assert 'zone = "west"  <- a constant\n' in rest
    over = quick("explain", "cases/acme/track/west.json", "--field", "zone", "--set", "region=US", cwd=folder)
    assert "zone is left out" in over.out
    found = json.loads(quick("explain", "cases/acme/track/west.json", "--format", "json", cwd=folder).out)
    assert (found["line"], found["type"], len(found["results"])) == (None, "track", 1)
    write(case, {"about": "In the EU.", "setings": {}, "call": call})
    assert quick("explain", "cases/acme/track/west.json", cwd=folder).err == (
        "error: cases/acme/track/west.json: `setings` is no key of a case; there are about, settings, equal and call\n"
        "  help: mend the case; `mapper snap test` shows all that is wrong with cases\n"
    )
    write(case, call | {"call": {}})
    assert quick("explain", "cases/acme/track/west.json", "--set", "region=US", cwd=folder).code == 0
    write(case, {"about": "No call.", "call": {"event": "E"}})
    assert quick("explain", "cases/acme/track/west.json", cwd=folder).err.startswith(
        "error: cases/acme/track/west.json is no call: no call type: "
    )


def test_refuses_mappings_with_errors(folder: Path) -> None:
    (folder / "mappings" / "acme" / "track.yaml").write_text(TRACK.replace("trim(", "trum("))
    ended = quick("explain", "calls.ndjson", cwd=folder)
    assert ended.code == 2
    assert "did you mean `trim`?" in ended.err
    assert "error: the mappings have errors and nothing was explained" in ended.err
