"""A step of an expression to what it came to, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from msgspec import structs

from mapper.engine.trace import Spot, Step
from mapper.expressions.evaluate import is_true
from mapper.expressions.functions import FUNCTIONS
from mapper.expressions.parse import Node as Tree
from mapper.records.explanation import Kind, State, Why
from mapper.records.spec import Eval, Let
from mapper.review.explain.story import Story, names_of
from mapper.review.explain.words import emptiness, is_empty, spot_place, spot_text
from mapper.review.leaves import path_text

Of = Callable[[Step], Why]
_SAID: Final = frozenset({"literal", "expref"})


class Spots:
    """Puts the steps of expressions into words.

    Args:
        story: The call and its steps.
        of: Does the same for any step.
    """

    def __init__(self, story: Story, of: Of) -> None:
        self._story = story
        self._of = of

    def of(self, step: Step, spot: Spot) -> Why:
        """Why an expression, or a node of it, came to what it did."""
        tree = spot.tree
        if names := names_of(tree):
            return self._read(step, spot, names)
        if tree.kind == "literal":
            return self._why("constant", step, spot)
        if tree.kind == "or_expression":
            return self._why("choice", step, spot, self._alternatives(step, spot))
        if tree.kind == "and_expression":
            return self._why("made", step, spot, self._operands(step, spot))
        if tree.kind == "function_expression" and tree.value == "if":
            return self._why("made", step, spot, self._branches(step, spot))
        if tree.kind == "function_expression" and tree.value in FUNCTIONS and FUNCTIONS[tree.value].first_of:
            return self._first_of(step, spot)
        return self._why("made", step, spot, self._parts(step))

    def _why(self, kind: Kind, step: Step, spot: Spot, parts: Sequence[Why] = ()) -> Why:
        return Why(
            kind=kind,
            text=spot_text(spot.expression, spot.tree),
            place=spot_place(spot.expression, spot.tree),
            state=_state(step),
            value=step.value,
            note=_fault(step),
            parts=tuple(parts),
        )

    def _read(self, step: Step, spot: Spot, names: tuple[str, ...]) -> Why:
        why = self._why("read", step, spot, self._lets(step))
        if why.parts:
            return structs.replace(why, kind="made")
        missing = "null" if names[0] == "settings" or self._story.has(names) else "absent"
        return structs.replace(why, path=path_text(names), note="" if why.state == "gave" else missing)

    def _lets(self, step: Step) -> list[Why]:
        """The name of ``let`` that a path begins with."""
        found = [inner for each in (step, *self._story.steps(step)) for inner in self._story.steps(each)]
        return [self._of(inner) for inner in found if isinstance(inner.part, Let)][:1]

    def _parts(self, step: Step) -> list[Why]:
        """Of anything else, what it reads or computes: constants and references say no more than its text."""
        inner = (each for each in self._story.steps(step) if each.rooted)
        return [self._of(each) for each in inner if not (isinstance(each.part, Spot) and each.part.tree.kind in _SAID)]

    def _untried(self, spot: Spot, tree: Tree) -> Why:
        inner = Spot(spot.expression, tree)
        return Why(
            kind="made",
            text=spot_text(inner.expression, tree),
            place=spot_place(inner.expression, tree),
            state="untried",
        )

    def _each(self, step: Step, spot: Spot) -> Iterator[tuple[Tree, Step | None]]:
        """The node's children, each with the step that evaluated it."""
        done = {id(inner.part.tree): inner for inner in step.steps if isinstance(inner.part, Spot)}
        for child in spot.tree.children:
            yield child, done.get(id(child))

    def _alternatives(self, step: Step, spot: Spot) -> list[Why]:
        """The operands of ``a || b || c``, which is ``(a || b) || c``."""
        (left, tried), (right, last) = self._each(step, spot)
        if tried is None:
            return [self._untried(spot, left), self._untried(spot, right)]
        chained = left.kind == "or_expression"
        head = self._alternatives(tried, Spot(spot.expression, left)) if chained else [self._of(tried)]
        if tried.error is None and not is_true(tried.value):
            note = head[-1].note or emptiness(tried.value)
            head[-1] = structs.replace(head[-1], state="nothing", note=note)
        return [*head, self._untried(spot, right) if last is None else self._of(last)]

    def _operands(self, step: Step, spot: Spot) -> list[Why]:
        """The conditions of ``a && b && c``, as far as they were looked at, and the last, which gives the value."""
        (left, first), (right, last) = self._each(step, spot)
        if first is None:
            return [self._untried(spot, left), self._untried(spot, right)]
        if left.kind == "and_expression":
            *head, value = self._operands(first, Spot(spot.expression, left))
            head.append(held(value, _last(first)) if value.state != "untried" else value)
        else:
            head = [held(self._of(first), first)]
        return [*head, self._untried(spot, right) if last is None else self._of(last)]

    def _branches(self, step: Step, spot: Spot) -> list[Why]:
        """The condition of ``if()``, and the branch that was taken."""
        condition, *branches = self._each(step, spot)
        taken = [self._of(inner) for _, inner in branches if inner is not None]
        if condition[1] is None:
            return taken
        return [held(self._of(condition[1]), condition[1]), *taken]

    def _first_of(self, step: Step, spot: Spot) -> Why:
        """``id(a, b)`` and its like: the first argument of which something can be made."""
        name, found = str(spot.tree.value), False
        parts = []
        for tree, inner in self._each(step, spot):
            if inner is None or found:
                parts.append(self._untried(spot, tree))
                continue
            why = self._of(inner)
            found = inner.error is None and FUNCTIONS[name].call(inner.value) is not None
            if not found and inner.error is None and inner.value is not None:
                note = emptiness(inner.value) if is_empty(inner.value) else f"refused by {name}()"
                why = structs.replace(why, state="nothing", note=note)
            parts.append(why)
        kind: Kind = "choice" if len(parts) > 1 else "made"
        return self._why(kind, step, spot, parts)


def held(why: Why, step: Step) -> Why:
    """What decides, with whether it holds."""
    if step.error is not None:
        return structs.replace(why, kind="condition")
    holds = is_true(step.value)
    parts = why.parts or ((why,) if why.path is not None else ())
    if (last := _last(step)) is not step:
        parts = (*parts[:-1], held(parts[-1], last))
    return structs.replace(
        why,
        kind="condition",
        state="gave" if holds else "nothing",
        note="holds" if holds else "does not hold",
        path=None,
        parts=parts,
    )


def _last(step: Step) -> Step:
    """Of ``a && b`` the step of b, where it was looked at; else the step itself."""
    if isinstance(step.part, Eval):
        step = step.steps[0]
    if isinstance(step.part, Spot) and step.part.tree.kind == "and_expression":
        right = step.part.tree.children[1]
        return next((each for each in step.steps if isinstance(each.part, Spot) and each.part.tree is right), step)
    return step


def _state(step: Step) -> State:
    if step.error is not None:
        return "failed"
    return "nothing" if step.value is None else "gave"


def _fault(step: Step) -> str:
    """Why a node failed; those around it have nothing to add."""
    if step.error is None or any(inner.error is step.error for inner in step.steps):
        return ""
    return " ".join(str(step.error).split())
