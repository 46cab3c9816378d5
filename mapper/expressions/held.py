"""What holds of paths where a condition is true, and where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Final

from mapper.expressions.code.value import JSON, NULL, NUMBER, Kinds, Known, known_of
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.inside import common
from mapper.expressions.parse import Node, path_of

Path = tuple[str, ...]
Held = Mapping[Path, Known]
"""By path: what holds of it besides."""

_MAY_BE_FALSE: Final[Kinds] = JSON - NUMBER
_TYPES: Final = frozenset({"string", "number", "boolean", "array", "object", "null"})


class Conditions:
    """Looks at conditions, at each but once however they nest."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, bool], tuple[Node, Held]] = {}

    def held(self, condition: Node, *, true: bool) -> Held:
        """What holds where a condition is true (or, if so asked, where it is not)."""
        key = (id(condition), true)
        if key not in self._found:
            self._found[key] = (condition, self._held(condition, true=true))
        return self._found[key][1]

    def _held(self, condition: Node, *, true: bool) -> Held:
        path = path_of(condition)
        if path is not None:
            return {path: Known(JSON - NULL if true else _MAY_BE_FALSE)}
        match condition.kind:
            case "not_expression":
                return self.held(condition.children[0], true=not true)
            case "and_expression" | "or_expression":
                together = true == (condition.kind == "and_expression")
                return (self._all if together else self._some)(*condition.children, true=true)
            case "comparator" if condition.value in ("eq", "ne"):
                return _compared(*condition.children, equal=true == (condition.value == "eq"))
            case "function_expression" if true:
                return _taken(condition)
        return {}

    def _all(self, first: Node, second: Node, *, true: bool) -> Held:
        return both(self.held(first, true=true), self.held(second, true=true))

    def _some(self, first: Node, second: Node, *, true: bool) -> Held:
        """Where the first decides, or else the second does."""
        one = self.held(first, true=true)
        other = both(self.held(first, true=not true), self.held(second, true=true))
        return {path: known | other[path] for path, known in one.items() if path in other}


def both(one: Held, other: Held) -> Held:
    """What holds where both hold."""
    return {**one, **{path: common(one[path], known) if path in one else known for path, known in other.items()}}


def _compared(left: Node, right: Node, *, equal: bool) -> Held:
    found: list[Held] = [{}]
    for one, other in ((left, right), (right, left)):
        if other.kind != "literal":
            continue
        path, asked = path_of(one), _type_asked(one)
        if path is not None and (equal or other.value is None):
            found.append({path: known_of(other.value) if equal else Known(JSON - NULL)})
        elif asked is not None and other.value in _TYPES:
            kinds = frozenset({str(other.value)})
            found.append({asked: Known(kinds if equal else JSON - kinds)})
    return reduce(both, found)


def _type_asked(node: Node) -> Path | None:
    """The path whose `type()` a node is."""
    is_type = node.kind == "function_expression" and node.value == "type" and len(node.children) == 1
    return path_of(node.children[0]) if is_type else None


def _taken(call: Node) -> Held:
    """A function gives nothing true for a type it does not take."""
    if call.value not in FUNCTIONS:
        return {}
    found: dict[Path, Known] = {}
    for child, parameter in zip(call.children, FUNCTIONS[call.value].parameters, strict=False):
        path = path_of(child)
        if path is not None and "any" not in parameter.types:
            found[path] = Known(frozenset(parameter.types))
    return found
