"""What the made-up calls cover: a generator that misses a branch proves nothing about it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final

import orjson
from hypothesis import given, settings

from tests.oracle.natero import Skip, Unmappable, map_call
from tests.support.calls import calls, draw, random_calls, typical_calls

COUNT: Final = 5_000


def outcome(call: dict[str, Any]) -> str:
    result = map_call(call)
    return result.reason if isinstance(result, Skip | Unmappable) else result["action"]


def test_a_third_or_more_holds_junk_at_documented_places() -> None:
    rng = random.Random(1)
    junk = sum(bool(draw(rng).junk_at) for _ in range(COUNT))
    assert junk / COUNT >= 0.3


def test_every_outcome_occurs() -> None:
    seen = Counter(map(outcome, random_calls(2, COUNT)))
    wanted = {
        *("feature", "identifyUser", "identifyAccount"),
        *("unknown call type", "screen calls are not accepted", "delete calls are not accepted"),
        *("ruled out by the integrations object", "no usable user id", "previousId is the same as userId"),
        *("no call type", "traits is not an object", "properties is not an object", "no account id"),
        *("no event name", "no previous id", "no readable timestamp"),
    }
    assert seen.keys() == wanted
    assert min(seen.values()) >= 5
    assert seen["feature"] + seen["identifyUser"] + seen["identifyAccount"] > COUNT * 0.4


def test_every_attribute_and_dimension_occurs() -> None:
    seen: Counter[str] = Counter()
    for call in random_calls(3, COUNT * 2):
        event = map_call(call)
        if isinstance(event, dict):
            seen.update(f"{event['action']}.{name}" for name in (*event, *event.get("details", ())))
    by_action = Counter(name.partition(".")[0] for name in seen)
    # The fields of an event (five, or seven beside a feature's three), and every attribute of sections 3 and 4.
    assert by_action == {"identifyUser": 6 + 22, "identifyAccount": 6 + 41, "feature": 9}


def test_the_same_seed_gives_the_same_calls() -> None:
    assert list(random_calls(4, 200)) == list(random_calls(4, 200))
    assert list(random_calls(4, 200)) != list(random_calls(5, 200))


@settings(max_examples=50, deadline=None)
@given(calls())
def test_hypothesis_draws_calls(call: dict[str, Any]) -> None:
    assert isinstance(call, dict)
    assert outcome(call)


def test_typical_calls_are_all_mapped_and_of_typical_size() -> None:
    kinds: Counter[str] = Counter()
    for call in typical_calls(6, 1_000):
        kinds[call["type"]] += 1
        assert isinstance(map_call(call), dict)
        assert 800 <= len(orjson.dumps(call)) <= 1_536
    assert kinds.keys() == {"track", "page", "identify", "group", "alias"}
