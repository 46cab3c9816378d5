"""What can be reached of each part of a mapping, and what one evaluation of the part has reached of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from mapper.engine.nodes import Key, MissingError, Part
from mapper.engine.trace import Spot, Step
from mapper.expressions.evaluate import is_true
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.parse import Node as Tree
from mapper.records.coverage import Kind, Point
from mapper.records.spec import First, Guard, If, Let, Node, ObjectOf, Refine
from mapper.review.explain.words import node_text, one_line, spot_place, spot_text

OPERATORS: Final = ("or_expression", "and_expression")
"""Of which one inside another of its kind, on the left, is no choice of its own."""


def points_of(part: Part | Spot) -> list[Point]:
    """What can be reached of a part itself; parts inside have points of their own."""
    match part:
        case Spot():
            return _of_spot(part)
        case Guard(when, because, verdict):
            return [Point("rule", f"{verdict}: {because}", when.place)]
        case Let(name, _, place):
            return [Point("name", name, place)]
        case First(nodes):
            return [Point("arm", node_text(node), node.place, at) for at, node in enumerate(nodes)]
        case If(condition, then, otherwise):
            other = Point("branch", node_text(otherwise), otherwise.place, 1) if otherwise else None
            without = Point("branch", f"{one_line(condition.text)} does not hold", condition.place, 1)
            return [Point("branch", node_text(then), then.place), other or without]
        case Key():
            return _of_key(part)
        case Refine():
            return _of_refine(part)
        case ObjectOf():
            return [Point("field", name, node.place, at) for at, (name, node) in enumerate(members(part))]
        case _:
            return []


def reached(step: Step) -> Iterator[int]:
    """Which points of its part, as :func:`points_of` has them, one evaluation has reached."""
    match step.part:
        case Spot():
            yield from _in_spot(step, step.part.tree)
        case Guard():
            if is_true(step.value):
                yield 0
        case Let():
            yield 0
        case First(nodes):
            given = {id(inner.part) for inner in step.steps if _gave(inner)}
            yield from (at for at, node in enumerate(nodes) if id(node) in given)
        case If(_, then, _):
            if step.steps[0].error is None:
                yield int(all(inner.part is not then for inner in step.steps))
        case Key() if _gave(step):
            yield from range(len(_of_key(step.part)))
        case Refine():
            yield from _in_refine(step, step.part)
        case ObjectOf():
            given = {id(inner.part) for inner in step.steps if _gave(inner)}
            yield from (at for at, (_, node) in enumerate(members(step.part)) if id(node) in given)


def members(node: ObjectOf) -> list[tuple[str, Node]]:
    """What an object is made of."""
    merged = [(f"$merge {node_text(part)}", part) for part in node.merge]
    named = node.share.named if node.share else ()
    return [*merged, *node.fields, *named, *([("$rest", node.rest)] if node.rest else [])]


def _gave(step: Step) -> bool:
    return step.error is None and (step.value is not None or step.kept)


def _of_key(key: Key) -> list[Point]:
    """A key that is the only one of its ``$take`` is reached with its field."""
    points = []
    if len(key.take.keys) > 1:
        at = key.take.keys.index(key.written)
        place = structs.replace(key.take.place, route=(*key.take.place.route, at))
        points.append(Point("key", key.written, place, at))
    if key.spelling and key.share is not None:
        route = (*key.share.place.route[:-1], "$spell")
        points.append(Point("spelling", key.spelling, structs.replace(key.share.place, route=route)))
    return points


def _of_refine(node: Refine) -> list[Point]:
    points = []
    if node.default is not None:
        points.append(Point("default", node_text(node.default), node.default.place))
    if node.required is not None:
        points.append(Point("required", node.required, node.place))
    return points


def _in_refine(step: Step, node: Refine) -> Iterator[int]:
    if node.default is not None and any(inner.part is node.default and _gave(inner) for inner in step.steps):
        yield 0
    if isinstance(step.error, MissingError) and not any(inner.error for inner in step.steps):
        yield int(node.default is not None)


# -- expressions -------------------------------------------------------------------------------------------------------


def _of_spot(spot: Spot) -> list[Point]:
    tree = spot.tree
    if tree.kind in OPERATORS:
        return [_point("arm", spot, inner, at) for at, inner in enumerate(_operands(tree, tree.kind))]
    if _is_choice(tree):
        return [_point("arm", spot, inner, at) for at, inner in enumerate(tree.children)]
    if tree.kind == "function_expression" and tree.value == "if":
        then = _point("branch", spot, tree.children[1], 1)
        if len(tree.children) > 2:
            return [then, _point("branch", spot, tree.children[2], 2)]
        text = f"{spot_text(spot.expression, tree.children[0])} does not hold"
        return [then, Point("branch", text, spot_place(spot.expression, tree.children[0]), 2)]
    return []


def _in_spot(step: Step, tree: Tree) -> Iterator[int]:
    if tree.kind in OPERATORS:
        yield from _decided(step, tree.kind)
    elif _is_choice(tree):
        yield from _supplied(tree, _steps(step, tree))
    elif tree.kind == "function_expression" and tree.value == "if":
        condition, then, *_ = _steps(step, tree)
        if condition is None or condition.error is None:
            yield int(then is None)


def _steps(step: Step, tree: Tree) -> list[Step | None]:
    """Of each child of a node, its evaluation."""
    done = {id(inner.part.tree): inner for inner in step.steps if isinstance(inner.part, Spot)}
    return [done.get(id(child)) for child in tree.children]


def _operands(tree: Tree, kind: str) -> list[Tree]:
    """The operands of ``a || b || c``, which is ``(a || b) || c``."""
    left, right = tree.children
    return [*(_operands(left, kind) if left.kind == kind else [left]), right]


def _tried(step: Step, kind: str) -> list[Step]:
    """The evaluations of such operands, as far as there were any."""
    left, *right = step.steps
    inside = isinstance(left.part, Spot) and left.part.tree.kind == kind
    return [*(_tried(left, kind) if inside else [left]), *right]


def _decided(step: Step, kind: str) -> Iterator[int]:
    """The operand whose value is that of the whole; where all of ``||`` are null, there is none."""
    tried = _tried(step, kind)
    if step.error is None and (kind == "and_expression" or step.value is not None):
        yield len(tried) - 1


def _supplied(tree: Tree, steps: list[Step | None]) -> Iterator[int]:
    """The first argument of which the function makes something."""
    for at, inner in enumerate(steps):
        if inner is None or inner.error:
            return
        if FUNCTIONS[tree.value].call(inner.value) is not None:
            yield at
            return


def _is_choice(tree: Tree) -> bool:
    function = FUNCTIONS.get(tree.value) if tree.kind == "function_expression" else None
    return function is not None and function.first_of and len(tree.children) > 1


def _point(kind: Kind, spot: Spot, tree: Tree, at: int) -> Point:
    return Point(kind, spot_text(spot.expression, tree), spot_place(spot.expression, tree), at)


def is_part_of(tree: Tree, around: Tree | None) -> bool:
    """Whether a node is told with the one around it."""
    return around is not None and tree.kind in OPERATORS and tree.kind == around.kind and around.children[0] is tree
