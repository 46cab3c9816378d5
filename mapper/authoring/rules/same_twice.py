"""MAP221: an alternative or condition that stands twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Final

from mapper.authoring.rules.model import Rule
from mapper.authoring.rules.places import on_tree, source
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject, Use, meaning, tree_nodes, walk
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.parse import Node as Tree
from mapper.records.diagnostic import Diagnostic, Place, Related
from mapper.records.spec import Eval, First, Node, Refine, Take

_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\nbody:\n"
_CHAINS: Final = ("or_expression", "and_expression")


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for use in subject.uses():
        tree = subject.trees.get(use.expression.text)
        for first, again in _repeated(tree) if tree else ():
            yield _finding(on_tree(use.expression, again), _shown(use, again), on_tree(use.expression, first))
    spec = subject.spec
    for mapping in spec.mappings:
        for node in (mapping.body, *(let.node for let in mapping.lets)):
            yield from _in_nodes(subject, node)
    for let in spec.lets:
        yield from _in_nodes(subject, let.node)


def _repeated(tree: Tree) -> Iterator[tuple[Tree, Tree]]:
    inner: set[int] = set()  # parts of a longer chain, which is looked at as a whole
    for node in tree_nodes(tree):
        if node.kind in _CHAINS and id(node) not in inner:
            parts = [*_parts(node, inner)]
        elif node.kind == "function_expression" and _is_choice(node):
            parts = list(node.children)
        elif node.kind == "function_expression" and node.value == "if" and id(node) not in inner:
            parts = [*_conditions(node, inner)]
        elif node.kind == "comparator":
            parts = list(node.children)
        else:
            continue
        yield from _again(parts)


def _parts(chain: Tree, inner: set[int]) -> Iterator[Tree]:
    for child in chain.children:
        if child.kind == chain.kind:
            inner.add(id(child))
            yield from _parts(child, inner)
        else:
            yield child


def _conditions(call: Tree, inner: set[int]) -> Iterator[Tree]:
    """The conditions of ``if(a, x, if(b, y, z))``; of comparisons the types tell."""
    yield from (condition for condition in call.children[:1] if condition.kind != "comparator")
    for otherwise in call.children[2:]:
        if otherwise.kind == "function_expression" and otherwise.value == "if":
            inner.add(id(otherwise))
            yield from _conditions(otherwise, inner)


def _is_choice(call: Tree) -> bool:
    return call.value == "not_null" or (call.value in FUNCTIONS and FUNCTIONS[call.value].first_of)


def _again(parts: Iterable[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """Each part that stood before, after that one."""
    seen: dict[Hashable, Tree] = {}
    for part in parts:
        first = seen.setdefault(meaning(part), part)
        if first is not part:
            yield first, part


def _in_nodes(subject: Subject, node: Node) -> Iterator[Diagnostic]:
    for found, _ in walk(node):
        if isinstance(found, First):
            seen: dict[Hashable, Place] = {}
            for inner in found.nodes:
                key = _meaning(subject, inner)
                place = inner.expression.place if isinstance(inner, Eval) else inner.place
                first = place if key is None else seen.setdefault(key, place)
                if first is not place:
                    yield _finding(place, "this", first)


def _meaning(subject: Subject, node: Node) -> Hashable | None:
    """What an alternative of ``$first`` gives, as far as it is easily told."""
    match node:
        case Eval(expression):
            tree = subject.trees.get(expression.text)
            return None if tree is None else meaning(tree)
        case Take(keys):
            return keys
        case Refine(inner, default=None, required=None) if not isinstance(inner, Refine):
            below = _meaning(subject, inner)
            return None if below is None else (node.convert, node.kind, below)
    return None


def _shown(use: Use, node: Tree) -> str:
    text = source(use.expression, node)
    return text if "`" in text else word(text)


def _finding(place: Place, what: str, first: Place) -> Diagnostic:
    return RULE.at(
        place,
        f"{what} stands here a second time",
        help="delete it, or write what was meant instead",
        related=(Related(place=first, message="first here"),),
    )


RULE: Final = Rule(
    code="MAP221",
    name="same-twice",
    severity="warning",
    title="An alternative or condition stands twice",
    doc=(
        "What was tried once gives nothing new: the second of two equal alternatives of `||`, `&&`, `not_null()`, "
        "`id()` or `$first`, of two equal conditions of nested `if()`s, and of two equal sides of a "
        "comparison. Most often it was copied, and should have become something else."
    ),
    bad={"track.yaml": _HEAD + "  user_id: id(userId, anonymousId, userId)\n"},
    good={"track.yaml": _HEAD + "  user_id: id(userId, anonymousId)\n"},
    check=_check,
)
