"""Random expressions on random values: the same result, or the same class of error, as jmespath gives."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import jmespath
import pytest

from mapper.expressions import evaluate
from tests.expressions.differential.compare import KINDS, Pair, Search, compare
from tests.expressions.differential.pairs import OURS, STANDARD, pairs
from tests.expressions.subjects import SUBJECTS
from tests.support.reference import search as by_reference

SEEDS = (1, 2, 3, 4)
PAIRS = 5_000
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_standard_expressions(subject: str) -> None:
    tallies = [compare(pairs(seed, PAIRS), SUBJECTS[subject], jmespath.search) for seed in SEEDS]
    assert min(tally.values for tally in tallies) > 0.4
    seen = sum((tally.seen for tally in tallies), Counter[str]())
    wanted = {*KINDS, *(f"{name}()" for name in STANDARD)}
    assert {name: seen[name] for name in sorted(wanted) if seen[name] < 500} == {}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_expressions_with_our_own_functions(subject: str) -> None:
    tally = compare(pairs(5, PAIRS, OURS), SUBJECTS[subject], by_reference)
    assert tally.values > 0.4
    assert min(tally.seen[f"{name}()"] for name in OURS) > 50


BUGS = {
    "zero is false": ("bool(value) or type(value) is int or type(value) is float", "bool(value)"),
    "true equals one": ("return left is right", "return bool(left == right)"),
    "booleans have an order": ("or isinstance(operand, bool)", ""),
    "an index that is one too great": ("-len(array) <= at < len(array)", "-len(array) <= at < len(array) + 1"),
    "a projection keeps its nulls": ("[value for value in values if value is not None]", "list(values)"),
    "a filter keeps what is false": ("if is_true(condition(item))", "if condition(item) is not None"),
    "0 is nothing to ||": ("found if found or type(found) is int or type(found) is float else", "found if found else"),
    "and gives a boolean": ("type(found) is float else found\n", "type(found) is float else False\n"),
    "a list of nothing is made of null": ("None if source(value) is None else [item", "[item"),
    "an object's values in another order": ("found.values()", "sorted(found.values(), key=repr)"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_finds_a_planted_bug(bug: str) -> None:
    planted = _planted(*BUGS[bug])
    with pytest.raises(AssertionError, match="gives"):
        for seed in SEEDS:
            compare(pairs(seed, PAIRS), planted, jmespath.search)


def _planted(right: str, wrong: str) -> Search:
    """The evaluator with one piece of its source replaced."""
    path = Path(evaluate.__file__)
    source = path.read_text(encoding="utf-8")
    assert source.count(right) == 1, f"{right!r} is no longer there"
    module = ModuleType("mapper.expressions.planted")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source.replace(right, wrong), path, "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    found: Search = module.__dict__["search"]
    return found


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert list(pairs(7, 50)) == list(pairs(7, 50))
    assert list(pairs(7, 50)) != list(pairs(8, 50))


def test_a_difference_is_told() -> None:
    with pytest.raises(AssertionError, match=r"(?s)'a' on .* gives 1"):
        compare([Pair("a", {"a": 2})], lambda *_: 1, jmespath.search)
