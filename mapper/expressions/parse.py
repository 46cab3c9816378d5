"""JMESPath text to a tree in which every node knows its place.

The grammar, the lexer and the error classes are those of the ``jmespath`` package; its parser is subclassed to note
where each node begins and ends, which its own tree does not keep.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import msgspec
from jmespath import exceptions
from jmespath.parser import Parser

MAX_LENGTH: Final = 8_000
MAX_DEPTH: Final = 100
MAX_NODES: Final = 2_000


class Node(msgspec.Struct, frozen=True):
    """One node of an expression.

    Attributes:
        kind: jmespath's name for it, such as ``field`` or ``function_expression``.
        children: In jmespath's order.
        value: A field's name, a literal's value, a comparator, a function's name, a slice's three parts; else None.
        start: Offset of its first character in the expression.
        end: Offset after its last character.
    """

    kind: str
    children: tuple[Node, ...]
    value: Any
    start: int
    end: int


class TooComplexError(exceptions.JMESPathError):
    """The expression is longer, deeper or larger than this product reads."""


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """Parse standard JMESPath. A text that was parsed lately gives the same tree again: checks and engines ask in turn.

    Raises:
        jmespath.exceptions.JMESPathError: a subclass says what is wrong; :func:`mapper.expressions.syntax.explain`
            turns it into words with a place.
    """
    if len(text) > MAX_LENGTH:
        raise TooComplexError(f"the expression has {len(text)} characters; at most {MAX_LENGTH} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unquoted text in backticks: a rule of ours reports it
            tree = _Parser()._do_parse(text).parsed
        node = _freeze(tree, 0, len(text), 1)
    except RecursionError:
        raise _too_deep() from None
    except exceptions.JMESPathError:
        raise
    except ValueError:  # from `int`
        raise TooComplexError("a number has too many digits") from None
    if _count(node) > MAX_NODES:
        raise TooComplexError(f"the expression has more than {MAX_NODES} parts")
    return node


_Internals: Any = Parser  # jmespath's stubs leave out the methods that are overridden here


class _Parser(_Internals):  # type: ignore[misc]
    """Marks each tree node with ``start`` and ``end``; never uses the cache it would share with plain jmespath."""

    def _mark(self, node: dict[str, Any], start: int) -> dict[str, Any]:
        following = self._lookahead_token(0)["start"]
        text = self._text[:following].rstrip() if following is not None else self._text.rstrip()
        node["start"], node["end"] = start, max(start, len(text))
        return node

    def _parse(self, expression: str) -> Any:
        self._text = expression
        return super()._parse(expression)

    def _parse_index_expression(self) -> Any:
        return self._mark_from_here(super()._parse_index_expression)

    def _parse_multi_select_list(self) -> Any:
        return self._mark_from_here(super()._parse_multi_select_list)

    def _parse_multi_select_hash(self) -> Any:
        return self._mark_from_here(super()._parse_multi_select_hash)

    def _mark_from_here(self, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        start = self._lookahead_token(-1)["start"]  # the bracket or brace just passed
        return self._mark(build(), start)


def _marking(name: str) -> Callable[[_Parser, dict[str, Any]], dict[str, Any]]:
    """A ``nud`` or ``led`` method that marks what it builds: it starts where its token, or its left side, starts."""
    build = getattr(Parser, name)

    def method(self: _Parser, token_or_left: dict[str, Any]) -> dict[str, Any]:
        here = self._lookahead_token(-1)["start"]
        return self._mark(build(self, token_or_left), token_or_left.get("start", here))

    return method


for _name in [name for name in vars(Parser) if name.startswith(("_token_nud_", "_token_led_"))]:
    setattr(_Parser, _name, _marking(_name))


def _freeze(tree: dict[str, Any], start: int, end: int, depth: int) -> Node:
    """Turn jmespath's dicts into nodes; what has no place of its own takes its parent's."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if tree["type"] == "literal":
        _measure(tree["value"], depth)
    start, end = tree.get("start", start), tree.get("end", end)
    if tree["type"] == "slice":
        return Node("slice", (), tuple(tree["children"]), start, end)
    children = tuple(_freeze(child, start, end, depth + 1) for child in tree["children"])
    return Node(tree["type"], children, tree.get("value"), start, end)


def _measure(value: Any, depth: int) -> None:
    """Count the levels of a literal like those around it."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _measure(item, depth + 1)


def _too_deep() -> TooComplexError:
    return TooComplexError(f"the expression nests deeper than {MAX_DEPTH} levels")


def _count(node: Node) -> int:
    return 1 + sum(map(_count, node.children))


def path_of(node: Node) -> tuple[str, ...] | None:
    """The names of ``a.b.c``; None for anything but a path of names."""
    if node.kind == "field":
        return (node.value,)
    if node.kind != "subexpression":
        return None
    first = path_of(node.children[0])
    if first is None or any(child.kind != "field" for child in node.children[1:]):
        return None
    return (*first, *(child.value for child in node.children[1:]))
