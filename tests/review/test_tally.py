"""Differences counted by what they are."""

from __future__ import annotations

import tracemalloc

from mapper.records.line import Line
from mapper.review.outcomes import Found, Words
from mapper.review.tally import Tally
from mapper.review.vocabulary import Vocabulary

WORDS = {"acme": Vocabulary(frozenset({"name", "bag"}), frozenset({"no user: look"}))}


def line(number: int) -> Line:
    return Line(b"{}", number, "in.ndjson")


def added(*path: str, value: object = "x") -> Found:
    return Found("added", "acme", "track", path, "", None, value)


def unsent(reason: str) -> Found:
    return Found("unmappable", "acme", "track", (), reason, {"a": 1}, Words(f"unmappable: {reason}"))


def test_a_call_counts_once_however_many_of_its_items_differ() -> None:
    tally = Tally(WORDS)
    tally.count("track", 2, ["acme"])
    tally.count("track", 5, ["other"])
    tally.add(line(1), "track", "m-1", [added("name", "[]", value=1), added("name", "[]", value=2)])
    tally.add(line(2), "track", "m-2", [added("name", "[]", value=1)])
    [change] = tally.changes(lambda *_: None)
    assert (change.path, change.calls, change.of, change.always) == ("name[]", 2, 2, False)
    assert change.example.new == "1"


def test_reasons_of_the_files_are_told_apart_and_others_by_their_beginning() -> None:
    tally = Tally(WORDS)
    for reason in (
        "no user: look",
        "name.3.x breaks the request's schema: 'p' is too short",
        "name.12.x breaks the request's schema: 'quite' is too long",
        "In function abs(), invalid type for value: a",
        "In function abs(), invalid type for value: b",
    ):
        tally.add(line(1), "track", None, [unsent(reason)])
    assert {change.reason: change.calls for change in tally.changes(lambda *_: None)} == {
        "no user: look": 1,
        "name[].x breaks the request's schema": 2,
        "In function abs(), invalid type for value": 2,
    }


def test_types_that_no_call_has_are_one() -> None:
    tally = Tally(WORDS)
    for name in ("wish", "hope"):
        tally.count(name, 1, ["acme"])
        tally.add(line(1), name, None, [added("name")])
    [change] = tally.changes(lambda *_: None)
    assert (change.type, change.calls, change.of) == ("other", 2, 2)


def test_a_null_that_comes_or_goes_is_shown() -> None:
    tally = Tally(WORDS)
    tally.add(line(1), "track", None, [added("name", value=None), Found("removed", "acme", "track", ("bag",))])
    examples = {change.kind: (change.example.old, change.example.new) for change in tally.changes(lambda *_: None)}
    assert examples == {"added": (None, "null"), "removed": ("null", None)}


def test_memory_does_not_grow_with_the_differences() -> None:
    tally = Tally(WORDS, most=50)
    tracemalloc.start()
    try:
        for number in range(2_000):
            found = [added("bag", f"key-{number}", value="v" * 50_000), unsent(f"reason {number}")]
            tally.add(line(number), "track", None, found)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    assert len(tally.changes(lambda *_: None)) == 50
    assert (tally.differ, tally.untold) == (2_000, 1_951)
