"""What is inferred of expressions holds for every value they give: random expressions on random values."""

from __future__ import annotations

from typing import Any

import pytest
from jmespath import exceptions

from mapper.expressions import search
from mapper.expressions.code.value import JSON, Known, same
from mapper.expressions.infer import Inference
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
