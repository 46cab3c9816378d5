"""The standard's own cases, and what docs/jmespath.md says of the odd ones, with every evaluator."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jmespath
import pytest

from mapper.expressions import TooComplexError, compile_expression, search
from mapper.expressions.parse import MAX_DEPTH, MAX_LENGTH, MAX_NODES
from tests.expressions.differential.compare import Pair, Search, outcome
from tests.expressions.subjects import SUBJECTS
from tests.support.pages import blocks, text

SUITE = Path(__file__).parents[3] / "shared" / "jmespath.test"
PAGE = "docs/jmespath.md"
QUIRK = re.compile(r"^- (`+) ?(?P<expression>.+?) ?\1 on `(?P<given>.+?)` (?P<verb>gives|raises) `(?P<told>.+?)`", re.M)
QUIRKS = [found.groupdict() for found in QUIRK.finditer(text(PAGE))]
BY_SUBJECT = pytest.mark.parametrize("subject", [*SUBJECTS, "jmespath"])
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


def evaluator(subject: str) -> Search:
    return jmespath.search if subject == "jmespath" else SUBJECTS[subject]


@pytest.mark.skipif(not SUITE.is_dir(), reason="the JMESPath standard's cases are not here (../shared/jmespath.test)")
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_standards_own_cases(subject: str) -> None:
    failures = []
    count = 0
    for file in sorted(SUITE.glob("*.json")):
        for part in json.loads(file.read_text("utf-8")):
            for case in (case for case in part["cases"] if "bench" not in case):
                pair = Pair(case["expression"], part["given"])
                got = outcome(SUBJECTS[subject], pair)
                right = got.startswith("raises ") if "error" in case else got == repr(case["result"])
                if not right or got != outcome(jmespath.search, pair):
                    failures.append((file.name, *pair, got))
                count += 1
    assert count > 800
    assert failures == []


def test_every_quirk_of_the_page_is_read() -> None:
    lines = [line for line in text(PAGE).partition("## Odd")[2].splitlines() if line.startswith("- ")]
    assert len(QUIRKS) == len(lines) > 30
    assert {"contains(`[1]`, `true`)", "to_number('1_000')"} <= {quirk["expression"] for quirk in QUIRKS}


@BY_SUBJECT
@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: quirk["expression"])
def test_a_quirk_is_as_the_page_says(quirk: dict[str, str], subject: str) -> None:
    got = outcome(evaluator(subject), Pair(quirk["expression"], json.loads(quirk["given"])))
    told = quirk["told"]
    assert got == (f"raises {told}" if quirk["verb"] == "raises" else repr(json.loads(told)))


def test_the_python_of_the_page_runs() -> None:
    (block,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(block, names)
    for call, told in re.findall(r"^((?:search|price\.search)\(.*\))  # (.+)$", block, re.M):
        assert eval(call, names) == json.loads(told)


def test_the_limits_are_as_the_page_says() -> None:
    assert f"{MAX_LENGTH:,} characters, {MAX_DEPTH} levels and {MAX_NODES:,} parts" in text(PAGE)


MONSTERS = {
    "long": "a" * (MAX_LENGTH + 1),
    "deep to the left": " || ".join(["a"] * 500),
    "deep parentheses": "(" * 3_000 + "a" + ")" * 3_000,
    "deep negations": "!" * 3_000 + "a",
    "deep lists": "[" * 3_000 + "a" + "]" * 3_000,
    "deep hashes": "{a: " * 1_500 + "a" + "}" * 1_500,
    "deep functions": "abs(" * 1_500 + "a" + ")" * 1_500,
    "deep references": "& " * 3_000 + "a",
    "deep JSON": "`" + "[" * 150 + "]" * 150 + "`",
    "deeper JSON": "`" + "[" * 3_000 + "]" * 3_000 + "`",
    "deep projections": "a" + "[*]" * 2_000,
    "long paths": ".".join(["a"] * 3_000),
    "many parts": "[" + ",".join(["a"] * 2_500) + "]",
    "many digits": f"a[{'9' * 5_000}]",
}


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("monster", MONSTERS)
def test_what_is_beyond_the_limits(monster: str, subject: str) -> None:
    with pytest.raises(TooComplexError) as caught:
        SUBJECTS[subject](MONSTERS[monster], {"a": 1})
    assert isinstance(caught.value, jmespath.exceptions.JMESPathError)


def test_compiling_refuses_it_too() -> None:
    with pytest.raises(TooComplexError):
        compile_expression(MONSTERS["deep parentheses"])


@pytest.mark.parametrize(
    "broken", ["a b", "foo(", "'", "`", "a.", "[", "@.", "!", "a ==", "nope(a)", "length()", "\ud800"]
)
def test_errors_are_those_of_jmespath(broken: str) -> None:
    pair = Pair(broken, {"a": 1})
    assert outcome(search, pair) == outcome(jmespath.search, pair)
    assert outcome(search, pair).startswith("raises ")
