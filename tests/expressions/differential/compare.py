"""What an expression comes to, told so that any two evaluators can be compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import jmespath
from jmespath.visitor import TreeInterpreter

Search = Callable[[str, Any], Any]
"""An evaluator: from an expression's text and a JSON value to the result; raises what jmespath raises."""

KINDS: Final = frozenset(name.removeprefix("visit_") for name in dir(TreeInterpreter) if name.startswith("visit_"))
"""Every kind of node that jmespath evaluates."""

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")


class Pair(NamedTuple):
    """One test: an expression and what it is applied to."""

    expression: str
    value: Any


def outcome(search: Search, pair: Pair) -> str:
    """The result, or the error's class. Types count (``1``, ``1.0`` and ``True`` differ), so does the order of keys."""
    try:
        told = repr(search(pair.expression, pair.value))
    except Exception as error:  # the class is what is compared, whichever it is
        return f"raises {type(error).__name__}"
    return _ADDRESS.sub("", told) if " at 0x" in told else told


@dataclass
class Tally:
    """What went through a comparison.

    Attributes:
        pairs: How many.
        nulls: Results that are null.
        errors: Pairs that raise, by class.
        seen: Pairs whose expression, being valid, has a kind of node (``field``), a comparator (``lt``) or a function
            (``length()``).
    """

    pairs: int = 0
    nulls: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def values(self) -> float:
        """The share of pairs that give something else than null or an error."""
        return 1 - (self.nulls + self.errors.total()) / max(self.pairs, 1)

    def add(self, expression: str, told: str) -> None:
        """Count a pair and its outcome."""
        self.pairs += 1
        self.nulls += told == "None"
        if told.startswith("raises "):
            self.errors[told.removeprefix("raises ")] += 1
        try:
            tree = jmespath.compile(expression).parsed
        except Exception:  # no tree, nothing to count
            return
        found: set[str] = set()
        _walk(tree, found)
        self.seen.update(found)


def compare(pairs: Iterable[Pair], search: Search, oracle: Search) -> Tally:
    """Hold an evaluator against the oracle.

    Raises:
        AssertionError: at the first pair that the two do not agree on.
    """
    tally = Tally()
    for pair in pairs:
        expected, got = outcome(oracle, pair), outcome(search, pair)
        assert got == expected, f"{pair.expression!r} on {pair.value!r}\n gives {got}\n  not  {expected}"
        tally.add(pair.expression, expected)
    return tally


def _walk(node: Any, found: set[str]) -> None:
    kind = node["type"]
    found.add(kind)
    if kind == "function_expression":
        found.add(f"{node['value']}()")
    elif kind == "comparator":
        found.add(node["value"])
    if kind != "slice":
        for child in node["children"]:
            _walk(child, found)
