"""What is inferred of expressions holds for every value they give: random expressions on random values."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import Any

import pytest
from jmespath import exceptions

from mapper.expressions import compile_expression, held, infer, inside, search
from mapper.expressions.code.value import JSON, Known, same
from mapper.expressions.infer import Inference, Issue
from mapper.expressions.inside import at
from mapper.expressions.parse import parse
from tests.expressions.differential.pairs import OURS, STANDARD, pairs

PAIRS = 5_000
KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
pytestmark = pytest.mark.filterwarnings("ignore:deprecated string literal syntax")


def misfit(known: Known, value: Any) -> str | None:
    """Why a value is none of those that `known` allows; None where it is one."""
    kind = KINDS.get(type(value), "expref")
    if kind not in known.kinds:
        return f"{value!r} is no {sorted(known.kinds)}"
    if known.only is not None and kind not in ("null", "array", "object") and same(value) not in known.only:
        return f"{value!r} is none of {sorted(map(repr, known.only))}"
    parts: list[str | None] = []
    if isinstance(value, list) and known.items is not None:
        parts = [misfit(known.items, item) for item in value]
    if isinstance(value, dict) and known.values is not None:
        parts = [misfit(known.values, item) for item in value.values()]
    if isinstance(value, dict) and known.fields is not None:
        fields = dict(known.fields)
        if value.keys() - fields.keys():
            return f"{value!r} has more fields than {sorted(fields)}"
        if known.kinds == {"object"} and known.sure - value.keys():
            return f"{value!r} lacks one of {sorted(known.sure)}"
        parts = [misfit(fields[name], item) for name, item in value.items()]
    return next(filter(None, parts), None)


@pytest.mark.parametrize(("seed", "functions"), [(1, STANDARD), (2, STANDARD), (3, OURS), (4, OURS)])
def test_what_is_inferred_holds(seed: int, functions: tuple[str, ...]) -> None:
    told = 0
    for pair in pairs(seed, PAIRS, functions):
        try:
            tree = parse(pair.expression)
            value = search(pair.expression, pair.value)
        except (exceptions.JMESPathError, TypeError, ValueError):
            continue
        known = Inference(lambda path: at(Known(JSON), path)).value(tree)
        told += known.kinds < JSON
        wrong = misfit(known, value)
        assert wrong is None, f"{pair.expression!r} on {pair.value!r}: {wrong}"
    assert told > PAIRS / 4


class Conditions:
    """Random conditions over two names, which say more of each other than random expressions do."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def atom(self) -> str:
        name = self.rng.choice("ab")
        text = self.rng.choice(["'x'", "''", "`1`", "`null`", "`true`", "`false`", "`[]`"])
        kind = self.rng.choice(["string", "number", "null", "object", "array", "boolean"])
        sign = self.rng.choice(["==", "!="])
        forms = [name, f"{name} {sign} {text}", f"{text} {sign} {name}", f"type({name}) {sign} '{kind}'"]
        return self.rng.choice([*forms, f"matches({name}, 'x')", f"present_text({name})", f"is_iso_date({name})"])

    def condition(self, depth: int) -> str:
        if depth == 0:
            return self.atom()
        one, other = self.condition(depth - 1), self.condition(self.rng.randrange(depth))
        return self.rng.choice([f"({one} && {other})", f"({one} || {other})", f"!({one})", f"if({one}, {other}, a)"])


SCALARS: list[Any] = [None, True, False, 0, 1, "", "x", "y", [], ["x"], {}, {"x": 1}]


def without(text: str, issue: Issue) -> str | None:
    """The expression with what the issue says put in its place: it must give the same. None for other issues."""
    if issue.doubt not in ("condition", "equality", "reach"):
        return None
    by = "`true`" if "always true" in issue.message else "`false`"
    if "never looked at" in issue.message:
        by = "'never'"
    return text[: issue.node.start] + by + text[issue.node.end :]


@pytest.mark.parametrize("seed", range(4))
def test_what_conditions_say_holds(seed: int) -> None:
    """On every pair of values, and with what is said to be sure, or never reached, put in its place."""
    made = Conditions(seed)
    said: Counter[str] = Counter()
    for _ in range(250):
        text = made.condition(made.rng.randrange(1, 5))
        inference = Inference(lambda path: at(Known(JSON), path))
        known = inference.value(parse(text))
        others = [(issue, other) for issue in inference.issues if (other := without(text, issue))]
        said.update(issue.doubt for issue, _ in others)
        one = compile_expression(text)
        replaced = [(issue, compile_expression(other)) for issue, other in others]
        for a, b in product(SCALARS, SCALARS):
            value = one.search({"a": a, "b": b})
            wrong = misfit(known, value)
            assert wrong is None, f"{text!r} on {a!r}, {b!r}: {wrong}"
            for issue, changed in replaced:
                told = changed.search({"a": a, "b": b})
                assert truth(told) == truth(value), f"{text!r} on {a!r}, {b!r}: {issue.message}"
    assert said["condition"] > 20, said


def truth(value: Any) -> bool:
    return bool(value) or (value == 0 and not isinstance(value, bool))


WRONG = {
    "a field is always there": ("field", lambda whole, name: Known(frozenset({"string"}))),
    "an index is never null": ("item", lambda whole: Known(frozenset({"number"}))),
}


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_inference_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, wrong = WRONG[bug]
    monkeypatch.setattr(inside, name, wrong)
    if name == "item":
        monkeypatch.setattr(infer, name, wrong)
    with pytest.raises(AssertionError, match="is no"):
        test_what_is_inferred_holds(1, STANDARD)


def test_a_wrong_conclusion_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if of `a || b` both held."""
    monkeypatch.setattr(held.Conditions, "_some", held.Conditions._all)
    with pytest.raises(AssertionError, match=r"true here|is no|is none"):
        test_what_conditions_say_holds(0)
