"""Steps of many calls to how often each point was reached."""

from __future__ import annotations

from collections.abc import Iterator

from mapper.engine.trace import Spot, Step
from mapper.expressions.parse import Node as Tree
from mapper.records.coverage import FileCoverage, Point, Reached
from mapper.records.spec import DestinationSpec
from mapper.review.coverage.parts import parts_of
from mapper.review.coverage.points import is_part_of, points_of, reached


class Counts:
    """Counts the calls that reach each point of a mapping set.

    Args:
        spec: The set.
    """

    def __init__(self, spec: DestinationSpec) -> None:
        self._spec = spec
        self._calls: dict[Point, int] = {point: 0 for part in parts_of(spec) for point in points_of(part)}
        self._known: dict[int, tuple[object, list[Point]]] = {}

    def add(self, steps: list[Step]) -> None:
        """Count one call."""
        for point in {point for step in steps for point in self.reached(step)}:
            if point in self._calls:  # what is not there belongs to an order key
                self._calls[point] += 1

    def files(self) -> list[FileCoverage]:
        """What was reached, by file: mappings first."""
        names = {mapping.file: mapping.name for mapping in self._spec.mappings}
        files: dict[str, list[Reached]] = {file: [] for file in names}
        for point, calls in self._calls.items():
            files.setdefault(point.place.file, []).append(Reached(point, calls))
        return [
            FileCoverage(destination=self._spec.id, mapping=names.get(file), file=file, points=tuple(points))
            for file, points in files.items()
        ]

    def reached(self, step: Step, around: Tree | None = None) -> Iterator[Point]:
        """The points that an evaluation, and those that it asked for, have reached.

        Args:
            step: The evaluation.
            around: The node of the expression that asked for it.
        """
        tree = step.part.tree if isinstance(step.part, Spot) else None
        points = self._points(step)
        if points and not (tree and is_part_of(tree, around)):
            yield from (points[at] for at in reached(step))
        for inner in step.steps:
            yield from self.reached(inner, tree)

    def _points(self, step: Step) -> list[Point]:
        """The points of a step's part, found once: a part is the same object in every call."""
        known = self._known.get(id(step.part))
        if known is None:
            known = self._known[id(step.part)] = (step.part, points_of(step.part))  # keeps the part, and so its id
        return known[1]
