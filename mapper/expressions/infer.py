"""What is known of an expression's value before it runs, and what in it can't mean what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from typing import Final, Literal

import msgspec

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
    Known,
    known_of,
    same,
)
from mapper.expressions.foresee import arity_error
from mapper.expressions.functions import FUNCTIONS, Function, Parameter
from mapper.expressions.held import Conditions, Held, both
from mapper.expressions.inside import array, at, common, item, made, value
from mapper.expressions.parse import Node, path_of
from mapper.expressions.results import TYPES, result
from mapper.expressions.words import A, apart, are_one, can_be_equal, equality_help, kinds, no_field, truth

Doubt = Literal["argument", "boolean", "condition", "equality", "field", "order", "reach"]
Root = Callable[[tuple[str, ...]], Known]
"""What is known of a path at the root; of no names at all: of the root itself."""


class Issue(msgspec.Struct, frozen=True):
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


class _Inside(msgspec.Struct, frozen=True):
    """The root of what is applied to a value."""

    whole: Known

    def __call__(self, path: tuple[str, ...]) -> Known:
        return at(self.whole, path)


class _Narrowed(msgspec.Struct, frozen=True):
    """A root of which a condition says more."""

    root: Root
    held: Held

    def __call__(self, path: tuple[str, ...]) -> Known:
        known = self.root(path)
        better = common(known, self.held[path]) if path in self.held else known
        is_reached = better.kinds and better.only != frozenset()
        return better if is_reached else known


class Inference:
    """Infers one expression after another, and collects issues.

    Args:
        root: What is known of ``a.b.c`` at the root.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self.issues: list[Issue] = []
        self._conditions = Conditions()
        self._deciding: set[int] = set()  # ids of nodes of which only the truth counts
        self._true: set[int] = set()  # ids of nodes that are always true, though not of one value

    def value(self, node: Node) -> Known:
        """What is known of an expression whose value counts."""
        known = self._known(node, self.root)
        if known.kinds <= NULL and not self.issues and node.kind != "literal" and path_of(node) is None:
            self._say("field", node, "is always null")
        return known

    def condition(self, node: Node) -> None:
        """An expression of which only the truth counts."""
        self._condition(node, self.root)

    def _known(self, node: Node, root: Root) -> Known:
        path = path_of(node)
        if path is not None:
            return self._path(node, path, root)
        made_: Known = getattr(self, f"_{node.kind}")(node, root)
        return made_

    # -- what reads inside values --

    def _path(self, node: Node, path: tuple[str, ...], root: Root) -> Known:
        known = root(path)
        if known.kinds <= NULL:
            for depth, name in enumerate(_names(node)):
                outer = root(path[:depth])
                if outer.kinds <= NULL:
                    break
                if root(path[: depth + 1]).kinds <= NULL:
                    if outer.fields is not None or not outer.kinds & OBJECT:
                        self._say("field", name, *no_field(outer, path[depth]))
                    break
        return known

    def _current(self, _: Node, root: Root) -> Known:
        return root(())

    _identity = _current

    def _subexpression(self, node: Node, root: Root) -> Known:
        first, *others = node.children
        whole = self._known(first, root)
        if first.kind == "not_expression":  # `!a.b` reads as `(!a).b`: a rule of its own says so
            return Known(JSON)
        for other in others:
            whole = self._known(other, _Inside(whole))
        return whole

    _pipe = _subexpression

    def _index_expression(self, node: Node, root: Root) -> Known:
        left, *parts = node.children
        whole = self._known(left, root)
        for part in parts:
            items = item(self._of_kind(left, whole, "array"))
            whole = items | NOTHING if part.kind == "index" else array(items)
        return whole

    def _index(self, node: Node, root: Root) -> Known:
        return item(self._of_kind(node, root(()), "array")) | NOTHING

    def _slice(self, node: Node, root: Root) -> Known:
        return array(item(self._of_kind(node, root(()), "array")))

    def _flatten(self, node: Node, root: Root) -> Known:
        items = item(self._of_kind(node.children[0], self._known(node.children[0], root), "array"))
        return Known(ARRAY | NULL) if items.kinds & ARRAY else array(items)

    def _projection(self, node: Node, root: Root) -> Known:
        left, right = node.children
        whole = self._of_kind(left, self._known(left, root), "array")
        return array(self._known(right, _Inside(item(whole))).without(NULL))

    def _filter_projection(self, node: Node, root: Root) -> Known:
        left, right, condition = node.children
        inside = _Inside(item(self._of_kind(left, self._known(left, root), "array")))
        self._condition(condition, inside)
        narrowed = _Narrowed(inside, self._conditions.held(condition, true=True))
        return array(self._known(right, narrowed).without(NULL))

    def _value_projection(self, node: Node, root: Root) -> Known:
        left, right = node.children
        whole = self._of_kind(left, self._known(left, root), "object")
        return array(self._known(right, _Inside(value(whole))).without(NULL))

    def _of_kind(self, node: Node, known: Known, kind: Literal["array", "object"]) -> Known:
        if known.kinds - NULL and kind not in known.kinds:
            self._say("field", node, f"is {kinds(known)}, not {A[kind]}, so that this is always null")
        return known

    # -- what makes values --

    def _literal(self, node: Node, _: object) -> Known:
        return known_of(node.value)

    def _multi_select_list(self, node: Node, root: Root) -> Known:
        items = reduce(or_, [self._known(child, root) for child in node.children], NOTHING)
        return array(items, may_be_null=root(()).kinds >= NULL)

    def _multi_select_dict(self, node: Node, root: Root) -> Known:
        fields = [(str(child.value), self._known(child.children[0], root)) for child in node.children]
        return made(fields) | NOTHING if root(()).kinds >= NULL else made(fields)

    def _not_expression(self, node: Node, root: Root) -> Known:
        child = node.children[0]
        self._decides(child)
        told = self._truth(child, self._known(child, root))
        return TRUTH if told is None else known_of(not told)

    def _or_expression(self, node: Node, root: Root) -> Known:
        left, right = node.children
        before = len(self.issues)
        first = self._known(left, root)
        is_new = len(self.issues) == before  # else what was said tells why
        second = self._known(right, self._where(left, root, true=False))
        told = self._truth(left, first)
        if told is True:
            if is_new:
                self._say("reach", right, "is never looked at: what stands before `||` is always true")
            self._true.add(id(node))
            return first
        if told is False:
            if is_new:
                self._say("reach", left, "is never true, so that `||` always gives what comes after it")
            return second
        if self._truth(right, second):
            self._true.add(id(node))
        counts = id(node) not in self._deciding
        if counts and first.kinds - NULL == BOOLEAN and not second.kinds <= BOOLEAN | NULL:
            help_ = "`not_null(a, b)` keeps a `false`; `if(a, 'yes', 'no')` chooses"
            self._say("boolean", left, "may be `false`, and then `||` gives what comes after it", help_)
        return first.without(NULL) | second

    def _and_expression(self, node: Node, root: Root) -> Known:
        left, right = node.children
        before = len(self.issues)
        first = self._known(left, root)
        is_new = len(self.issues) == before
        second = self._known(right, self._where(left, root, true=True))
        told = self._truth(left, first)
        if told is False:
            if is_new:
                self._say("reach", right, "is never looked at: what stands before `&&` is never true")
            return first
        return second if told else first | second

    def _comparator(self, node: Node, root: Root) -> Known:
        left, right = node.children
        first, second = self._known(left, root), self._known(right, root)
        if node.value not in ("eq", "ne"):
            self._order(node, first, second)
            return Known(BOOLEAN | NULL)
        if can_be_equal(first, second):
            return known_of(node.value == "eq") if are_one(first, second) else TRUTH
        is_equal = node.value == "eq"
        told = "never" if is_equal else "always"
        if not can_be_equal(_at_first(left, first, root), _at_first(right, second, root)):
            self._say("equality", node, f"is {told} true: {apart(first, second)}", equality_help(first, second))
        elif NULL not in (first.kinds, second.kinds):  # whoever asks for null twice is careful
            self._say("condition", node, f"is {told} true here, by what stands before it: {apart(first, second)}")
        return known_of(not is_equal)

    def _order(self, node: Node, first: Known, second: Known) -> None:
        for child, known in zip(node.children, (first, second), strict=True):
            if not known.kinds & (_ORDERED | NULL):
                self._say("order", child, f"is {kinds(known)}, which has no order: the comparison gives null")
                return
        if all(known.kinds <= _ORDERED for known in (first, second)) and not first.kinds & second.kinds:
            self._say("order", node, f"gives an error for every call: {apart(first, second)}")

    # -- functions --

    def _expref(self, node: Node, root: Root) -> Known:
        self._known(node.children[0], root)
        return Known(EXPREF)

    def _function_expression(self, node: Node, root: Root) -> Known:
        function = FUNCTIONS.get(node.value)
        if function is None or arity_error(function, len(node.children)):
            for child in node.children:
                self._known(child, _Inside(Known(JSON)) if child.kind == "expref" else root)
            return Known(JSON)
        if function.name == "if":
            return self._if(node, root)
        arguments, gives = self._arguments(node, root)
        for position, (child, known) in enumerate(zip(node.children, arguments, strict=True)):
            self._argument(function, _parameter(function, position), child, known)
        return self._first(node, arguments) if function.name == "not_null" else result(function, arguments, gives)

    def _arguments(self, node: Node, root: Root) -> tuple[list[Known], Known]:
        """What is known of each argument, and of what an expression reference gives for an item of the array."""
        plain = {at: self._known(child, root) for at, child in enumerate(node.children) if child.kind != "expref"}
        items = next((item(known) for known in plain.values() if known.kinds & ARRAY), Known(JSON))
        gives = Known(JSON)
        for child in node.children:
            if child.kind == "expref":
                gives = self._known(child.children[0], _Inside(items))
        return [plain.get(at, Known(EXPREF)) for at in range(len(node.children))], gives

    def _if(self, node: Node, root: Root) -> Known:
        condition, then, *others = node.children
        self._condition(condition, root)
        found = self._known(then, self._where(condition, root, true=True))
        if not others:
            return found | NOTHING
        return found | self._known(others[0], self._where(condition, root, true=False))

    def _first(self, node: Node, arguments: list[Known]) -> Known:
        for position, known in enumerate(arguments[:-1]):
            if not known.kinds & NULL:
                following = node.children[position + 1]
                self._say("reach", following, "is never looked at: what stands before it is never null")
                break
        found = arguments[0]
        for known in arguments[1:]:
            found = found.without(NULL) | known
        return found

    def _argument(self, function: Function, parameter: Parameter, node: Node, known: Known) -> None:
        if "any" in parameter.types or known.kinds & frozenset(parameter.types) or known.kinds <= NULL:
            return
        wanted = " or ".join(A[kind] for kind in parameter.types if kind in A)
        gives = "an error for every call" if function.standard else "null"
        help_ = "an expression reference is written `&price`" if "expref" in parameter.types else None
        message = f"is {kinds(known)}, and `{function.name}()` takes {wanted}: so it gives {gives}"
        self._say("argument", node, message, help_)

    # -- conditions --

    def _condition(self, node: Node, root: Root) -> None:
        before = len(self.issues)
        self._decides(node)
        told = self._truth(node, self._known(node, root))
        if told is not None and len(self.issues) == before:  # else that says why
            self._say("condition", node, f"is {'always' if told else 'never'} true")

    def _decides(self, node: Node) -> None:
        """Of this node, and of those whose truth makes its own, only the truth counts."""
        self._deciding.add(id(node))
        if node.kind in ("or_expression", "and_expression", "not_expression"):
            for child in node.children:
                self._decides(child)

    def _truth(self, node: Node, known: Known) -> bool | None:
        return True if id(node) in self._true else truth(known)

    def _where(self, condition: Node, root: Root, *, true: bool) -> Root:
        """The root as it is where a condition is true, or is not."""
        found = self._conditions.held(condition, true=true)
        if not found:
            return root
        return _Narrowed(root.root, both(root.held, found)) if isinstance(root, _Narrowed) else _Narrowed(root, found)

    def _say(self, doubt: Doubt, node: Node, message: str, help_: str | None = None) -> None:
        self.issues.append(Issue(doubt, node, message, help_))


_ORDERED: Final = NUMBER | STRING


def _names(path: Node) -> Iterator[Node]:
    """The nodes of the names of a path, in order."""
    if path.kind == "field":
        yield path
    for child in path.children:
        yield from _names(child)


def _at_first(node: Node, known: Known, root: Root) -> Known:
    """What was known of one side of a comparison before conditions said more."""
    if not isinstance(root, _Narrowed):
        return known
    path = path_of(node)
    if path is None and node.kind == "function_expression" and node.value == "type":
        return Known(STRING, only=frozenset(map(same, TYPES)))
    return known if path is None else root.root(path)


def _parameter(function: Function, position: int) -> Parameter:
    return function.parameters[min(position, len(function.parameters) - 1)]
