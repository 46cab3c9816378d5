"""A call and the steps of its evaluation, with what was read of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mapper.engine.trace import Spot, Step, every
from mapper.expressions.parse import Node as Tree
from mapper.records.spec import Let
from mapper.review.leaves import MISSING, Path, at


class Story:
    """What happened to one call.

    A name of ``let`` is evaluated where it is read first; here its steps are found wherever it is read.

    Args:
        call: The call, for a story without steps.
        steps: All of it, in order. They hold the call as it was mapped, so that its values are known by identity.
    """

    def __init__(self, call: dict[str, Any], steps: Sequence[Step]) -> None:
        self.call: dict[str, Any] = steps[0].given.call if steps else call
        self._names: dict[int, Step] = {}
        latest: dict[str, Step] = {}
        for step in every(list(steps)):
            match step.part:
                case Let(name):
                    latest[name] = step
                case Spot(_, tree) if tree.kind == "field" and step.rooted and not step.steps and tree.value in latest:
                    self._names[id(step)] = latest[tree.value]

    def steps(self, step: Step) -> list[Step]:
        """What a step is made of."""
        known = self._names.get(id(step))
        return step.steps if known is None else [known]

    def has(self, path: Path) -> bool:
        """Whether the call has something there, if only null."""
        return at(self.call, path) is not MISSING

    def origin(self, source: Step, path: Path) -> Path | None:
        """Where in the call the value stands that an object has at a path: below one of the objects it was made of.

        Of several that hold the same, the one that was read last: in a merge it wins.
        """
        value = at(source.value, path)
        held = [(*read, *path) for read in self._objects(source)][::-1]
        same = (each for each in held if at(self.call, each) is value)
        equal = (each for each in held if at(self.call, each) == value)
        return None if value is MISSING else next(same, None) or next(equal, None)

    def _objects(self, step: Step) -> Iterator[Path]:
        """The objects of the call that were read for a step."""
        if isinstance(step.part, Spot) and step.rooted and isinstance(step.value, dict):
            names = names_of(step.part.tree)
            if names and at(self.call, names) is step.value:
                yield names
                return
        for inner in self.steps(step):
            yield from self._objects(inner)


def names_of(tree: Tree) -> tuple[str, ...]:
    """The keys of ``a.b.c``; none where an expression is anything else."""
    if tree.kind == "field":
        return (tree.value,)
    if tree.kind != "subexpression" or any(child.kind != "field" for child in tree.children):
        return ()
    return tuple(child.value for child in tree.children)
