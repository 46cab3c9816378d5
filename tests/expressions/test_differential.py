"""Random expressions on random values: the same result, or the same class of error, as jmespath gives."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path

import jmespath
import pytest

from mapper.expressions import code
from tests.expressions.differential.compare import KINDS, Pair, Search, compare
from tests.expressions.differential.pairs import OURS, STANDARD, pairs
from tests.expressions.subjects import SUBJECTS
from tests.support.reference import search as by_reference

SEEDS = (1, 2, 3, 4)
PAIRS = 5_000
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


def test_generated_code() -> None:
    held_against_jmespath("generated code")


@pytest.mark.long
def test_closures() -> None:
    held_against_jmespath("closures")


def held_against_jmespath(subject: str) -> None:
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
    "0 is false": ("truth.py", "    if not kinds & NUMBER:\n        return value.code\n", "    return value.code\n"),
    "text that is not known to be blank is true": ("truth.py", "and FILLED in value.known.facts", ""),
    "true equals one": (
        "truth.py",
        "if not (left.known.kinds & BOOLEAN and",
        "if True or not (left.known.kinds & BOOLEAN and",
    ),
    "a slice of no array": ("run.py", "value[part] if isinstance(value, list) else None", "value[part]"),
    "an index that is one too great": ("translate.py", "ast.Gt() if at >= 0", "ast.GtE() if at >= 0"),
    "a projection keeps its nulls": ("collect.py", "if not found.may_be(NULL):", "if True:"),
    "a filter keeps what is false": (
        "collect.py",
        "writer.add(when(test, block))",
        "writer.add(when(constant(True), block))",
    ),
    "what a branch computed is known after it": ("writer.py", "            self._caches.pop()\n", "            pass\n"),
    "and gives the wrong side": ("translate.py", "self._unless(left, negate(test)", "self._unless(left, test"),
    "a list of nothing is made of null": ("collect.py", "or not to.source.value.may_be(NULL)", "or True"),
    "the last alternative is left out": ("translate.py", "        rest = nodes[1:]\n", "        rest = nodes[1:-1]\n"),
    "a field of an array is read": ("source.py", "if value.known.kinds == OBJECT:", "if value.may_be(OBJECT):"),
}
"""By what goes wrong: a file of the code generator, and one piece of it with its replacement."""
CODE = Path(code.__file__).parent


@pytest.mark.long
@pytest.mark.parametrize("bug", BUGS)
def test_finds_a_planted_bug(bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, right, wrong = BUGS[bug]
    planted = _planted(tmp_path, monkeypatch, file, right, wrong)
    with pytest.raises(AssertionError, match="gives"):
        for seed in SEEDS:
            compare(pairs(seed, PAIRS), planted, jmespath.search)


def _planted(folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, right: str, wrong: str) -> Search:
    """Generated code by a copy of the generator in which one piece was replaced."""
    name = f"planted_{abs(hash((file, right, wrong)))}"
    (folder / name).mkdir()
    for path in CODE.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name == file:
            assert source.count(right) == 1, f"{right!r} is no longer there"
            source = source.replace(right, wrong)
        (folder / name / path.name).write_text(source.replace("mapper.expressions.code", name), encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    compile_ = importlib.import_module(f"{name}.compile").compiled
    return lambda expression, value: compile_(expression)(value)


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert list(pairs(7, 50)) == list(pairs(7, 50))
    assert list(pairs(7, 50)) != list(pairs(8, 50))


def test_a_difference_is_told() -> None:
    with pytest.raises(AssertionError, match=r"(?s)'a' on .* gives 1"):
        compare([Pair("a", {"a": 2})], lambda *_: 1, jmespath.search)
