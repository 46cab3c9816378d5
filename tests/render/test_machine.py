"""What programs read: exact JSON and workflow commands, and SARIF of the shape the standard asks for."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mapper.records.diagnostic import Diagnostic, Location, Place, Related
from mapper.render.machine import as_github, as_json, as_sarif


def locate(at: Place) -> Location:
    return Location(file=at.file, line=at.line or 1, column=at.column or 1, length=at.length or 1)


LATER = Diagnostic(
    code="MAP101",
    severity="error",
    message="unknown key `a%b`",
    primary=Place(file="set/track.yaml", line=3, column=5, length=6),
    help="did you mean `accepts`?\r\nor, perhaps: nothing",
    related=(
        Related(place=Place(file="schema.json", line=7, column=2, length=4), message="the schema"),
        Related(place=Place(file="set/track.yaml", line=1, column=1, length=6), message="first"),
    ),
)
EARLIER = Diagnostic(
    code="MAP205",
    severity="warning",
    message="odd",
    primary=Place(file="set/a,b: 100%.yaml", line=2, column=1, length=3),
)
BOTH = (LATER, EARLIER)


def test_json() -> None:
    assert as_json(BOTH, locate=locate) == (
        """\
{
  "errors": 1,
  "warnings": 1,
  "diagnostics": [
    {
      "code": "MAP205",
      "severity": "warning",
      "message": "odd",
      "help": null,
      "file": "set/a,b: 100%.yaml",
      "line": 2,
      "column": 1,
      "length": 3,
      "related": []
    },
    {
      "code": "MAP101",
      "severity": "error",
      "message": "unknown key `a%b`",
      "help": "did you mean `accepts`?\\r\\nor, perhaps: nothing",
      "file": "set/track.yaml",
      "line": 3,
      "column": 5,
      "length": 6,
      "related": [
        {
          "message": "the schema",
          "file": "schema.json",
          "line": 7,
          "column": 2,
          "length": 4
        },
        {
          "message": "first",
          "file": "set/track.yaml",
          "line": 1,
          "column": 1,
          "length": 6
        }
      ]
    }
  ]
}
"""
    )


def test_github() -> None:
    assert as_github(BOTH, locate=locate) == (
        "::warning file=set/a%2Cb%3A 100%25.yaml,line=2,col=1,endColumn=4,title=MAP205::odd\n"
        "::error file=set/track.yaml,line=3,col=5,endColumn=11,title=MAP101::"
        "unknown key `a%25b`%0Ahelp: did you mean `accepts`?%0D%0Aor, perhaps: nothing\n"
    )


def test_nothing_found() -> None:
    assert json.loads(as_json([], locate=locate)) == {"errors": 0, "warnings": 0, "diagnostics": []}
    assert as_github([], locate=locate) == ""
    run = json.loads(as_sarif([], locate=locate, titles={}, version="1"))["runs"][0]
    assert run["results"] == run["tool"]["driver"]["rules"] == []


@given(st.text(), st.text(), st.text())
def test_a_command_is_one_line_whatever_it_says(message: str, help_: str, file: str) -> None:
    odd = Diagnostic(code="MAP1", severity="error", message=message, help=help_, primary=Place(file=file, line=1))
    shown = as_github([odd], locate=locate)
    assert shown.count("\n") == 1
    assert "\r" not in shown
    assert shown.split("file=", 1)[1].split(",")[0].count(":") == 0


def test_sarif() -> None:
    log = json.loads(as_sarif(BOTH, locate=locate, titles={"MAP101": "Unknown key", "MAP999": "Never"}, version="1.2"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    check_run(run)
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"]["driver"]["name"] == "mapper"
    assert run["tool"]["driver"]["version"] == "1.2"
    assert run["tool"]["driver"]["rules"] == [
        {
            "id": "MAP101",
            "shortDescription": {"text": "Unknown key"},
            "help": {"text": "`mapper rules MAP101` explains it."},
        },
        {
            "id": "MAP205",
            "shortDescription": {"text": "MAP205"},
            "help": {"text": "`mapper rules MAP205` explains it."},
        },
        {"id": "MAP999", "shortDescription": {"text": "Never"}, "help": {"text": "`mapper rules MAP999` explains it."}},
    ]
    assert [result["ruleId"] for result in run["results"]] == ["MAP205", "MAP101"]
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "set/a%2Cb%3A%20100%25.yaml"},
        "region": {"startLine": 2, "startColumn": 1, "endColumn": 4},
    }
    assert "relatedLocations" not in run["results"][0]
    assert run["results"][1] == {
        "ruleId": "MAP101",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "unknown key `a%b`\nhelp: did you mean `accepts`?\r\nor, perhaps: nothing"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "set/track.yaml"},
                    "region": {"startLine": 3, "startColumn": 5, "endColumn": 11},
                }
            }
        ],
        "relatedLocations": [
            {
                "id": 1,
                "physicalLocation": {
                    "artifactLocation": {"uri": "schema.json"},
                    "region": {"startLine": 7, "startColumn": 2, "endColumn": 6},
                },
                "message": {"text": "the schema"},
            },
            {
                "id": 2,
                "physicalLocation": {
                    "artifactLocation": {"uri": "set/track.yaml"},
                    "region": {"startLine": 1, "startColumn": 1, "endColumn": 7},
                },
                "message": {"text": "first"},
            },
        ],
    }


def check_run(run: dict[str, Any]) -> None:
    """What SARIF 2.1.0, sections 3.14, 3.27 and 3.30, requires of the parts that are used here."""
    assert set(run) == {"tool", "columnKind", "results"}
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        related = result.get("relatedLocations", [])
        assert len({location["id"] for location in related}) == len(related)
        for location in (*result["locations"], *related):
            physical = location["physicalLocation"]
            assert set(physical["artifactLocation"]) == {"uri"}
            region = physical["region"]
            assert region["startLine"] >= 1
            assert 1 <= region["startColumn"] < region["endColumn"]


def test_uris() -> None:
    def uri(file: str) -> str:
        wrong = Diagnostic(code="MAP1", severity="error", message="m", primary=Place(file=file, line=1))
        log = json.loads(as_sarif([wrong], locate=locate, titles={}, version="1"))
        found = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert isinstance(found, str)
        return found

    assert uri("/a b/ü.yaml") == "file:///a%20b/%C3%BC.yaml"
    assert uri("../shared/x.yaml") == "../shared/x.yaml"
    assert uri("c:x.yaml") == "c%3Ax.yaml"
