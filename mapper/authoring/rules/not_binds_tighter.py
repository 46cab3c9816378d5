"""MAP207: ``!a.b``, which is ``(!a).b``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, tree_nodes
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import Expression

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nskip:\n"
_BODY: Final = "    because: no address\nbody:\n  user_id: userId\n"
_PATHS: Final = frozenset({"subexpression", "flatten", "value_projection", "filter_projection"})
_OPPOSITE: Final = {"eq": "!=", "ne": "=="}


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for node in tree_nodes(tree) if tree else ():
            if node.children and _is_not(use.expression, node.children[0]):
                yield from _finding(use.expression, node)


def _is_not(expression: Expression, tree: Tree) -> bool:
    """Whether this is `!x` without parentheses around it."""
    return tree.kind == "not_expression" and expression.text[tree.start] == "!"


def _finding(expression: Expression, tree: Tree) -> Iterator[Diagnostic]:
    whole, negated = source(expression, tree), tree.children[0]
    operand = source(expression, negated.children[0])
    if tree.kind in _PATHS:
        message = f"{word(whole)} is read as `({source(expression, negated)}){_after(expression, tree)}`: always null"
        path = whole.lstrip("! ")
        signs = whole[: len(whole) - len(path)].count("!")
        right = f"{'!(' * signs}{path}{')' * signs}"
        yield RULE.at(on_tree(expression, tree), message, help=f"write `{right}`")
    elif tree.kind == "comparator" and _is_no_truth(tree.children[1]):
        other = source(expression, tree.children[1])
        opposite = _OPPOSITE.get(tree.value)
        right = f"{operand} {opposite} {other}" if opposite else f"!({whole[1:].lstrip()})"
        message = f"{word(whole)} compares `!{operand}`, which is true or false, with {word(other)}"
        yield RULE.at(on_tree(expression, tree), message, help=f"write `{right}`")


def _after(expression: Expression, tree: Tree) -> str:
    return " ".join(expression.text[tree.children[0].end : tree.end].split())


def _is_no_truth(tree: Tree) -> bool:
    return tree.kind == "literal" and not isinstance(tree.value, bool)


RULE: Final = Rule(
    code="MAP207",
    name="not-binds-tighter",
    severity="error",
    title="`!` holds for less than it seems",
    doc=(
        "In JMESPath `!` binds tighter than `.` and than comparisons: `!traits.email` is `(!traits).email`, a field "
        "of true or false and so always null, and `!type == 'group'` compares true or false with a text. "
        "Put parentheses around what is negated: `!(traits.email)`; for a comparison use `!=`."
    ),
    bad={"track.yaml": _HEAD + "  - when: '!properties.email'\n" + _BODY},
    good={"track.yaml": _HEAD + "  - when: '!(properties.email)'\n" + _BODY},
    check=_check,
)
