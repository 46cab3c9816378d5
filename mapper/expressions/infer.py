"""What is known of an expression's value before it runs, and what in it can't mean what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from mapper.base.suggest import did_you_mean
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    EXPREF,
    JSON,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    TRUTH,
    Kinds,
    Known,
    known_of,
    same,
)
from mapper.expressions.foresee import arity_error
from mapper.expressions.functions import FUNCTIONS, Function, Parameter
from mapper.expressions.parse import Node, path_of

Doubt = Literal["argument", "boolean", "condition", "equality", "reach", "order"]
TYPES: Final = frozenset({"string", "number", "boolean", "array", "object", "null"})
"""What ``type()`` gives."""

Root = Callable[[tuple[str, ...]], Known]
"""What is known of a path at the root."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something in an expression that can't mean what it says.

    Attributes:
        doubt: What kind of thing.
        node: The part it concerns.
        message: Without a full stop.
        help: What to write instead.
    """

    doubt: Doubt
    node: Node
    message: str
    help: str | None = None


class Inference:
    """Infers one expression after another, and collects issues.

    Args:
        root: What is known of ``a.b.c`` at the root.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self.issues: list[Issue] = []

    def value(self, node: Node) -> Known:
        """What is known of an expression whose value counts."""
        return self._known(node, self.root)

    def condition(self, node: Node) -> None:
        """An expression of which only the truth counts."""
        self._condition(node, self.root)

    def _known(self, node: Node, root: Root) -> Known:
        path = path_of(node)
        if path is not None:
            return root(path)
        made: Known = getattr(self, f"_{node.kind}", self._other)(node, root)
        return made

    def _other(self, node: Node, root: Root) -> Known:
        """A node that reads inside values: its first child sees the root, the others do not."""
        for position, child in enumerate(node.children):
            if position == 0 and node.kind not in ("expref",):
                self._known(child, root)
            elif position == 2:
                self._condition(child, _anything)
            else:
                self._known(child, _anything)
        return Known(EXPREF) if node.kind == "expref" else _RESULTS.get(node.kind, Known(JSON))

    def _literal(self, node: Node, _: object) -> Known:
        return known_of(node.value)

    def _multi_select_list(self, node: Node, root: Root) -> Known:
        for child in node.children:
            self._known(child, root)
        return Known(ARRAY | NULL)

    def _multi_select_dict(self, node: Node, root: Root) -> Known:
        for child in node.children:
            self._known(child.children[0], root)
        return Known(OBJECT | NULL)

    def _not_expression(self, node: Node, root: Root) -> Known:
        truth = _truth(self._known(node.children[0], root))
        return TRUTH if truth is None else known_of(not truth)

    def _or_expression(self, node: Node, root: Root) -> Known:
        left, right = node.children
        first, second = self._known(left, root), self._known(right, root)
        truth = _truth(first)
        if truth is True:
            self._say("reach", right, "is never looked at: what stands before `||` is always true")
            return first
        if truth is False:
            self._say("reach", left, "is never true, so that `||` always gives what comes after it")
            return second
        if first.kinds - NULL == BOOLEAN and not second.kinds <= BOOLEAN | NULL:
            help_ = "`not_null(a, b)` keeps a `false`; `if(a, 'yes', 'no')` chooses"
            self._say("boolean", left, "may be `false`, and then `||` gives what comes after it", help_)
        return first.without(NULL) | second

    def _and_expression(self, node: Node, root: Root) -> Known:
        left, right = node.children
        first, second = self._known(left, root), self._known(right, root)
        truth = _truth(first)
        if truth is False:
            self._say("reach", right, "is never looked at: what stands before `&&` is never true")
            return first
        return second if truth else first | second

    def _comparator(self, node: Node, root: Root) -> Known:
        left, right = node.children
        first, second = self._known(left, root), self._known(right, root)
        if node.value not in ("eq", "ne"):
            for child, known in ((left, first), (right, second)):
                if not known.kinds & (NUMBER | STRING):
                    self._say("order", child, f"is {_kinds(known)}, which has no order: the comparison gives null")
            return Known(BOOLEAN | NULL)
        if _can_be_equal(first, second):
            return TRUTH
        told = "never" if node.value == "eq" else "always"
        self._say("equality", node, f"is {told} true: {_apart(first, second)}", _equality_help(first, second))
        return known_of(node.value == "ne")

    def _function_expression(self, node: Node, root: Root) -> Known:
        function = FUNCTIONS.get(node.value)
        if function is None or arity_error(function, len(node.children)):
            for child in node.children:
                self._known(child, root)
            return Known(JSON)
        if function.name == "if":
            return self._if(node, root)
        arguments = [self._known(child, root) for child in node.children]
        for position, (child, known) in enumerate(zip(node.children, arguments, strict=True)):
            self._argument(function, _parameter(function, position), child, known)
        if function.name == "type":
            return Known(STRING, only=frozenset(same(each) for each in arguments[0].kinds & TYPES))
        if function.name == "not_null":
            return self._first(node, arguments)
        return Known(JSON) if "any" in function.returns else Known(frozenset(function.returns))

    def _if(self, node: Node, root: Root) -> Known:
        self._condition(node.children[0], root)
        held = dict(_held(node.children[0]))
        then = self._known(node.children[1], _narrowed(root, held))
        others = [self._known(child, root) for child in node.children[2:]]
        return then | (others[0] if others else NOTHING)

    def _first(self, node: Node, arguments: list[Known]) -> Known:
        for position, known in enumerate(arguments[:-1]):
            if not known.kinds & NULL:
                self._say(
                    "reach", node.children[position + 1], "is never looked at: what stands before it is never null"
                )
                break
        found = arguments[0]
        for known in arguments[1:]:
            found = found.without(NULL) | known
        return found

    def _argument(self, function: Function, parameter: Parameter, node: Node, known: Known) -> None:
        if "any" in parameter.types or known.kinds & frozenset(parameter.types) or known.kinds <= NULL:
            return
        wanted = " or ".join(parameter.types)
        result = "an error for every call" if function.standard else "null"
        self._say("argument", node, f"is {_kinds(known)}, and `{function.name}()` takes {wanted}: so it gives {result}")

    def _condition(self, node: Node, root: Root) -> None:
        before = len(self.issues)
        truth = _truth(self._known(node, root))
        if truth is not None and len(self.issues) == before:  # else that says why
            self._say("condition", node, f"is {'always' if truth else 'never'} true")

    def _say(self, doubt: Doubt, node: Node, message: str, help_: str | None = None) -> None:
        self.issues.append(Issue(doubt, node, message, help_))


def _held(condition: Node) -> Iterator[tuple[tuple[str, ...], Kinds]]:
    """Types of paths where a condition is true: a function gives nothing true for a type it does not take."""
    if condition.kind == "and_expression":
        for child in condition.children:
            yield from _held(child)
    elif condition.kind == "function_expression" and condition.value in FUNCTIONS:
        for child, parameter in zip(condition.children, FUNCTIONS[condition.value].parameters, strict=False):
            path = path_of(child)
            if path is not None and "any" not in parameter.types:
                yield path, frozenset(parameter.types)


def _narrowed(root: Root, held: Mapping[tuple[str, ...], Kinds]) -> Root:
    def narrowed(path: tuple[str, ...]) -> Known:
        known = root(path)
        return replace(known, kinds=known.kinds & held[path]) if path in held and known.kinds & held[path] else known

    return narrowed


def _anything(_: tuple[str, ...]) -> Known:
    return Known(JSON)


_RESULTS: Final = {
    "flatten": Known(ARRAY | NULL),
    "projection": Known(ARRAY | NULL),
    "filter_projection": Known(ARRAY | NULL),
    "value_projection": Known(ARRAY | NULL),
    "slice": Known(ARRAY | NULL),
}
_A: Final = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
    "expref": "an expression reference",
}


def _truth(known: Known) -> bool | None:
    """Whether a value is always true, or never; None where it depends."""
    if known.kinds <= NULL:
        return False
    if known.kinds <= NUMBER:
        return True
    if known.only is not None and not known.kinds & (NULL | NUMBER | ARRAY | OBJECT):
        truths = {bool(value) for _, value in known.only}
        return truths.pop() if len(truths) == 1 else None
    return None


def _can_be_equal(first: Known, second: Known) -> bool:
    if not first.kinds & second.kinds:
        return False
    if first.only is None or second.only is None or first.kinds & second.kinds & NULL:
        return True
    return bool(first.only & second.only)


def _kinds(known: Known) -> str:
    names = [_A[kind] for kind in _A if kind in known.kinds - NULL or (kind == "null" and known.kinds <= NULL)]
    return " or ".join(names)


def _apart(first: Known, second: Known) -> str:
    if not first.kinds & second.kinds:
        return f"one side is {_kinds(first)}, the other {_kinds(second)}"
    few, one = (first, second) if len(first.only or ()) >= len(second.only or ()) else (second, first)
    said = ", ".join(sorted(f"`{value}`" for _, value in few.only or ()))
    return f"{'/'.join(sorted(f'`{value}`' for _, value in one.only or ()))} is none of {said}"


def _equality_help(first: Known, second: Known) -> str | None:
    for few, one in ((first, second), (second, first)):
        if few.only and one.only and len(one.only) == 1:
            ((_, value),) = one.only
            return did_you_mean(str(value), [str(each) for _, each in few.only])
    return None


def _parameter(function: Function, position: int) -> Parameter:
    return function.parameters[min(position, len(function.parameters) - 1)]
