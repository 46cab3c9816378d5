"""What is known of an expression before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jmespath import exceptions

from mapper.expressions.functions import FUNCTIONS, Function
from mapper.expressions.parse import Node
from mapper.expressions.root import PLAIN, Root


def never_raises(node: Node, root: Root = PLAIN, functions: Mapping[str, Function] = FUNCTIONS) -> bool:
    """Whether an expression gives a value whatever it is applied to: no ordering, no slice, no checked function."""
    if node.kind == "field" and not root.is_plain(node.value):
        return False
    if node.kind == "slice" or (node.kind == "comparator" and node.value in _ORDERING):
        return False
    if node.kind == "function_expression":
        function = functions.get(node.value)
        if function is None or not function.total or arity_error(function, len(node.children)):
            return False
    return all(never_raises(child, seen, functions) for child, seen in _with_roots(node, root))


def is_constant(node: Node, root: Root = PLAIN) -> bool:
    """Whether an expression has one value, whatever it is applied to: of the root it reads constants only."""
    if node.kind == "field":
        return root.is_constant(node.value)
    if node.kind in _READING_ALL or (root is PLAIN and node.kind in _NULL_OF_NULL):
        return False
    return all(is_constant(child, seen) for child, seen in _with_roots(node, root) if seen is root)


def _with_roots(node: Node, root: Root) -> Iterator[tuple[Node, Root]]:
    """A node's children, each with the root it sees: this one, or some value inside."""
    outside = _CHILDREN_AT_ROOT.get(node.kind, len(node.children))
    for position, child in enumerate(node.children):
        yield child, root if position < outside else PLAIN


_CHILDREN_AT_ROOT: Final = {
    "expref": 0,
    "filter_projection": 1,
    "index_expression": 1,
    "pipe": 1,
    "projection": 1,
    "subexpression": 1,
    "value_projection": 1,
}
_ORDERING: Final = frozenset({"lt", "lte", "gt", "gte"})
_NULL_OF_NULL: Final = frozenset({"multi_select_list", "multi_select_dict"})
_READING_ALL: Final = frozenset({"current", "identity", "index", "slice"})


def arity_error(function: Function, count: int) -> exceptions.ArityError | None:
    """What jmespath raises where a function is called with so many arguments; None where that is right."""
    least, most = function.min_args, function.max_args
    if count < least:
        kind = exceptions.ArityError if most == least else exceptions.VariadictArityError
        return kind(least, count, function.name)
    if most is not None and count > most:
        return exceptions.ArityError(most, count, function.name)
    return None
