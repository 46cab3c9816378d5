"""An expression with one small change, by cutting and pasting its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from jmespath.exceptions import JMESPathError

from mapper.authoring.subject import meaning
from mapper.base.json import encode
from mapper.expressions.foresee import arity_error
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse
from mapper.records.diagnostic import Place
from mapper.records.spec import Expression
from mapper.review.explain.words import one_line, spot_place

Change = tuple[str, Place]
"""In words, and where."""
Asked = Literal["value", "truth", "null"]
"""What is asked of an expression: its value, whether it counts as true, or whether it is null."""

_NULL: Final = "`null`"
_ALWAYS_TRUE: Final = frozenset({"id", "present_text"})
"""Functions that give null or what counts as true."""
_LOOSE: Final = frozenset({"or_expression", "and_expression", "comparator", "not_expression", "pipe"})
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_NAMES: Final = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def changed_expressions(expression: Expression, asked: Asked = "value") -> Iterator[tuple[Change, Expression]]:
    """The expression with each change that means something else and is still one."""
    whole = parse(expression.text)
    known = {meaning(whole)}
    for node, operand, wanted in _nodes(whole, operand=False, asked=asked):
        for words, start, end, text in _edits(expression.text, node, operand, wanted):
            try:
                inside = text if node is whole else _enclosed(text)
                other = expression.text[:start] + inside + expression.text[end:]
                said = meaning(parse(other))
            except JMESPathError:
                continue
            if said not in known:
                known.add(said)
                yield (words, spot_place(expression, node)), Expression(other, expression.place)


def _enclosed(text: str) -> str:
    """In parentheses, where what stands beside it could tear it apart."""
    return f"({text})" if parse(text).kind in _LOOSE else text


def _nodes(node: Tree, operand: bool, asked: Asked) -> Iterator[tuple[Tree, bool, Asked]]:
    """Every node, whether it is an alternative (to leave that out is a change of what is around it), and what of it is
    asked.
    """
    yield node, operand, asked
    if node.kind in ("field", "subexpression") and _path(node):
        return
    choice = _is_choice(node)
    for at, child in enumerate(node.children):
        yield from _nodes(child, choice, _asked(node, at, asked))


def _asked(node: Tree, at: int, asked: Asked) -> Asked:
    """What a node asks of a child, when `asked` is asked of itself."""
    match node.kind, node.value:
        case ("not_expression", _) | ("function_expression", "if") if at == 0:
            return "truth"
        case ("filter_projection", _) if at == 2:
            return "truth"
        case ("comparator", "eq" | "ne") if any(_is_null(child) for child in node.children):
            return "null"
        case ("or_expression" | "and_expression", _) if asked == "truth":
            return "truth"
        case ("function_expression", "if"):
            return asked
        case ("function_expression", "not_null") if asked == "null":
            return "null"
    return "value"


def _edits(text: str, node: Tree, operand: bool, asked: Asked) -> Iterator[tuple[str, int, int, str]]:
    """What to put in place of which part, and how to say it."""
    parts = [text[child.start : child.end] for child in node.children]
    start, end = node.start, node.end
    if _is_choice(node):
        yield from _of_choice(node, parts, asked)
    elif node.kind == "function_expression" and node.value == "if":
        yield f"always `{_short(parts[1])}`", start, end, parts[1]
        other = parts[2] if len(parts) > 2 else _NULL
        yield f"always {_quoted(other)}", start, end, other
    elif node.kind == "function_expression":
        yield from _of_function(node, parts)
    elif node.kind == "not_expression":
        yield "without `!`", start, end, parts[0]
    elif node.kind == "comparator":
        sign = _NAMES[node.value]
        yield f"`{_OPPOSITE[sign]}` for `{sign}`", start, end, f"{parts[0]} {_OPPOSITE[sign]} {parts[1]}"
    elif node.kind == "literal" and node.value is not None:
        changed = _literal(node.value)
        if changed is not None:
            yield f"{_quoted(changed)} for {_quoted(text[start:end])}", start, end, changed
    elif node.kind == "filter_projection":
        condition = node.children[2]
        yield "without the filter", condition.start, condition.end, "`true`"
    elif _path(node) and not operand:
        yield f"null for `{_short(text[start:end])}`", start, end, _NULL


def _of_choice(node: Tree, parts: Sequence[str], asked: Asked) -> Iterator[tuple[str, int, int, str]]:
    """One alternative less, and two that change places where that may make a difference."""
    for at, part in enumerate(parts):
        rest = [each for other, each in enumerate(parts) if other != at]
        yield f"without {_quoted(part)}", node.start, node.end, _joined(node, rest)
    if not _is_ordered(node, asked):
        return
    for at in range(len(parts) - 1):
        order = [*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]]
        words = f"{_quoted(parts[at + 1])} before {_quoted(parts[at])}"
        yield words, node.start, node.end, _joined(node, order)


def _is_ordered(node: Tree, asked: Asked) -> bool:
    """Whether the order of alternatives may make a difference; whether all of ``&&`` hold never depends on it."""
    if node.kind != "function_expression":
        return node.kind == "or_expression" and asked != "truth"
    return asked == "value" or (asked == "truth" and node.value not in _ALWAYS_TRUE)


def _joined(node: Tree, parts: Sequence[str]) -> str:
    if node.kind == "function_expression":
        return f"{node.value}({', '.join(parts)})"
    return (" || " if node.kind == "or_expression" else " && ").join(parts)


def _of_function(node: Tree, parts: Sequence[str]) -> Iterator[tuple[str, int, int, str]]:
    """The function left out, and one argument less where it takes fewer."""
    if len(parts) == 1 and node.children[0].kind != "expref":
        yield f"without `{node.value}()` around {_quoted(parts[0])}", node.start, node.end, parts[0]
    function = FUNCTIONS.get(node.value)
    for at in range(1, len(parts)):
        if function is not None and arity_error(function, len(parts) - 1) is None:
            rest = [*parts[:at], *parts[at + 1 :]]
            yield f"without {_quoted(parts[at])}", node.start, node.end, f"{node.value}({', '.join(rest)})"


def _literal(value: Any) -> str | None:
    """Another constant of the same type."""
    if isinstance(value, bool):
        return f"`{encode(not value).decode()}`"
    if isinstance(value, int | float):
        return f"`{encode(value + 1).decode()}`"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "~'"
    return None


def _is_choice(node: Tree) -> bool:
    if node.kind in ("or_expression", "and_expression"):
        return True
    function = FUNCTIONS.get(node.value) if node.kind == "function_expression" else None
    return function is not None and function.first_of and len(node.children) > 1


def _is_null(node: Tree) -> bool:
    return node.kind == "literal" and node.value is None


def _path(node: Tree) -> bool:
    """Whether it is ``a.b.c``."""
    return node.kind == "field" or (
        node.kind == "subexpression" and all(child.kind == "field" for child in node.children)
    )


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= 50 else text[:49] + "…"


def _quoted(text: str) -> str:
    return _short(text) if "`" in text else f"`{_short(text)}`"
