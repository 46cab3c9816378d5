"""How a call came to its results: every part of the mappings that was evaluated, with what came of it.

Nothing here knows what the parts mean. The interpreter evaluates as ever; the tracer stands around its closures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mapper.engine.interpret import Describe, Interpreter
from mapper.engine.nodes import Part
from mapper.engine.scope import NULL, Scope
from mapper.expressions.evaluate import build
from mapper.expressions.parse import Node as Tree
from mapper.expressions.parse import parse
from mapper.expressions.root import Root, Search
from mapper.records.result import Result
from mapper.records.spec import DestinationSpec, Expression


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of an expression, and the expression."""

    expression: Expression
    tree: Tree


@dataclass(slots=True)
class Step:
    """One evaluation of one part.

    Attributes:
        part: Of the mapping, or of an expression in it.
        given: What it is applied to: the call in its scope; of a conversion, the value before; of a part of an
            expression that stands in a filter, say, the value looked at.
        steps: Evaluations that this one asked for, in order. A name of ``let`` is evaluated where it is read first.
        value: What came of it; None for nothing.
        kept: Whether it is an explicit null (``$null: keep``).
        error: What it raised, or None.
    """

    part: Part | Spot
    given: Any
    steps: list[Step] = field(default_factory=list)
    value: Any = None
    kept: bool = False
    error: Exception | None = None

    @property
    def rooted(self) -> bool:
        """Whether it sees the call as a whole."""
        return isinstance(self.given, Scope)


def every(steps: list[Step]) -> Iterator[Step]:
    """The steps and all below them, in the order in which they began."""
    for step in steps:
        yield step
        yield from every(step.steps)


class Traced:
    """Maps calls by one mapping set as :class:`Interpreter` does, and keeps how.

    Args:
        spec: The mapping set.
        settings: Its settings, secrets as ``***``.
        describe: Puts a place into words.
    """

    def __init__(self, spec: DestinationSpec, settings: Mapping[str, Any], *, describe: Describe) -> None:
        self._tracer = _Tracer()
        self._interpreter = Interpreter(
            [spec],
            {spec.id: settings},
            describe=describe,
            build_expression=self._tracer.expression,
            watch=self._tracer.watch,
        )

    def map(self, raw: bytes) -> tuple[list[Result], list[Step]]:
        """The results of one call, and the steps that led there: rules of the set, then mapping by mapping its rules,
        its body and its order key.
        """
        self._tracer.begin()
        return self._interpreter.apply([raw]), self._tracer.top


class _Tracer:
    """Stands around closures and notes what comes of them.

    Attributes:
        top: Steps that no other asked for.
    """

    def __init__(self) -> None:
        self.top: list[Step] = []
        self._lists: list[list[Step]] = []  # of the steps under way, outer ones first; empty while mappings are built

    def begin(self) -> None:
        """Begin a call."""
        self.top = []
        self._lists = [self.top]

    def watch(self, part: Part, give: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return self._around(part, give)

    def expression(self, expression: Expression, root: Root) -> Search:
        open_root = replace(root, is_constant=lambda _: False)  # else conditions on settings are settled beforehand
        return build(
            parse(expression.text), open_root, watch=lambda tree, search: self._around(Spot(expression, tree), search)
        )

    def _around(self, part: Part | Spot, give: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def run(given: Any) -> Any:
            if not self._lists:
                return give(given)  # settled while mappings are built
            step = Step(part, given)
            self._lists[-1].append(step)
            self._lists.append(step.steps)
            try:
                value = give(given)
            except Exception as error:
                step.error = error
                raise
            finally:
                self._lists.pop()
            step.kept = value is NULL
            step.value = None if step.kept else value
            return value

        return run
