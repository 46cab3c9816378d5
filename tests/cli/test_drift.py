"""``mapper drift``: what calls have and mappings do not read, and the other way round."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mapper.compiler.reads import Reads
from mapper.records.diagnostic import Location
from mapper.records.drift import Absent, Drift, Unread
from mapper.render.drift import as_text
from mapper.review.drifting import Drifting
from tests.cli.diffing import CALLS, change, project
from tests.cli.kit import EXAMPLES, mapper, quick, write
from tests.support.pages import blocks

TEXT = """\
in calls, and read by no mapping
  2  properties.price  track
  1  context.traits.x  track
  1  properties.items  track

read by mappings, and in no call
  properties.what  track  mappings/acme/track.yaml:8
  timestamp        track  mappings/acme/track.yaml:7

2 more unread paths are Segment's own, such as context.library; --all shows it all
no mapping takes 2 other calls, 1 page call
4 calls (3 track, 1 identify): 5 paths unread, 2 without calls
1 more is no call: calls.ndjson:8: not a call: an array, where an object is expected
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    folder = project(tmp_path)
    library = {"library": {"name": "js", "version": "1"}}
    write(
        folder / "calls.ndjson",
        {
            "type": "track",
            "userId": "u1",
            "event": "A",
            "properties": {"price": 1, "items": [{"sku": "s"}]},
            "context": library,
        },
        {"type": "Track", "userId": "u1", "event": "A", "properties": {"price": 2, "what": None}, "channel": "web"},
        {
            "type": "track",
            "userId": "u2",
            "event": "B",
            "properties": "none",
            "context": {"traits": {"x": 1}, "library": {}},
        },
        {"type": "identify", "userId": "u1", "traits": {"name": "Ada", "plan": {"name": "pro"}}},
        {"type": "page", "userId": "u1", "name": "Home"},
        {"type": "wish", "userId": "u1"},
        {"type": "hope", "userId": "u1"},
        "[]",
    )
    return folder


def test_what_nobody_reads_and_what_nobody_sends(acme: Path) -> None:
    done = mapper("drift", "calls.ndjson", cwd=acme)
    assert (done.code, done.out, done.err) == (0, TEXT, "")
    assert TEXT in blocks("docs/reviewing.md", "")


def test_for_programs(acme: Path) -> None:
    found = json.loads(quick("drift", "calls.ndjson", "--format", "json", cwd=acme).out)
    assert found["calls"] == {"track": 3, "identify": 1}
    assert (found["untaken"], found["faulty"], found["untold"]) == ({"other": 2, "page": 1}, 1, 0)
    assert found["unread"][0] == {"path": "context.library", "calls": 2, "types": {"track": 2}, "documented": True}
    assert found["absent"][0] == {
        "path": "properties.what",
        "types": ["track"],
        "of": 3,
        "place": {"file": "mappings/acme/track.yaml", "line": 8, "column": 9},
    }


def test_all_of_it_and_the_most_frequent_of_it(acme: Path) -> None:
    every = quick("drift", "calls.ndjson", "--all", cwd=acme).out
    assert "  2  context.library   track\n" in every
    assert "--all" not in every
    few = quick("drift", "calls.ndjson", "--top", "1", cwd=acme).out
    assert "\n2 more unread paths are not shown; --top N shows more\n" in few
    assert "\n1 more path without calls is not shown; --top N shows more\n" in few


def test_a_change_of_the_mappings_closes_the_gap(acme: Path) -> None:
    change(acme, "track", "what: properties.what", "what: properties.price")
    done = quick("drift", "calls.ndjson", cwd=acme)
    assert "properties.price" not in done.out
    assert "properties.what" not in done.out


@pytest.mark.parametrize("width", [40, 60, 80])
def test_fits_the_terminal_and_keeps_the_line(width: int) -> None:
    """The line of a place is its end."""
    place = Location(file="/somewhere/far/from/here/" * 3 + "mappings/acme/track.yaml", line=4711, column=1)
    absent = (Absent(path="properties.what", types=("track",), of=3, place=place),)
    unread = tuple(
        Unread(path=f"properties.{name}", calls=calls, types={"track": calls, "page": 1}, documented=name == "url")
        for name, calls in (("long" * 9, 12), ("ünïcödé", 3), ("宽", 2), ("url", 1))
    )
    drift = Drift(calls={"track": 9}, untaken={"page": 7}, faulty=1, fault="x", unread=unread, absent=absent, untold=0)
    plain = as_text(drift, most=2, everything=False, color=False, width=width)
    assert [line for line in plain.splitlines() if len(line) > width] == []
    assert "yaml:4711\n" in plain
    colored = as_text(drift, most=2, everything=False, color=True, width=width)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_nothing_to_tell(acme: Path) -> None:
    change(acme, "track", "  at: timestamp\n  what: properties.what\n", "")
    write(acme / "fit.ndjson", {"type": "track", "userId": "u1", "event": "A"})
    done = quick("drift", "fit.ndjson", cwd=acme)
    assert done.out == "1 call (1 track): 0 paths unread, 0 without calls\n"


def test_the_shipped_mappings_on_the_example_calls(tmp_path: Path) -> None:
    found = json.loads(quick("drift", EXAMPLES / "events.ndjson", "--format", "json", cwd=tmp_path).out)
    lines = [json.loads(line) for line in (EXAMPLES / "events.ndjson").read_bytes().splitlines()]
    unread = {each["path"]: each["types"] for each in found["unread"]}
    for path, types in unread.items():
        for kind, calls in types.items():
            assert calls == sum(has(call, path) for call in lines if call["type"] == kind), path
    assert unread["properties.minutes"] == {"track": 32}
    assert "traits" not in {path.partition(".")[0] for path in unread}, "the rest of them become dimensions"
    for each in found["absent"]:
        assert not any(has(call, each["path"]) for call in lines if call["type"] in each["types"])
        assert each["of"] == sum(call["type"] in each["types"] for call in lines)


def has(call: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(call, dict):
            return False
        call = call.get(name)
    return call is not None


def test_bad_input(acme: Path) -> None:
    done = quick("drift", "gone.ndjson", cwd=acme)
    assert (done.code, done.err.partition("\n")[0]) == (2, "error: gone.ndjson: no such file or directory")
    (acme / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" * 40)
    done = quick("drift", "picture.png", cwd=acme)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: there is no call in picture.png: picture.png:1: ")
    change(acme, "track", "did: event", "did: lower(event")
    done = quick("drift", "calls.ndjson", cwd=acme)
    assert (done.code, done.out) == (2, "")
    assert "mappings/acme/track.yaml:6" in done.err


def test_paths_without_end_are_counted() -> None:
    reads = Reads()
    reads.note(("properties", "a"), whole=True)
    drifting = Drifting({"track": reads}, most=10)
    for number in range(100):
        drifting.add({**CALLS[0], "type": "track", "properties": {f"{'k' * 1_000}{number}": 1, f"n{number}": 1}})
    found = drifting.result(lambda _: None)
    assert len(found.unread) == 10
    assert found.untold == 400 - sum(each.calls for each in found.unread)
    assert max(len(each.path) for each in found.unread) < 250
