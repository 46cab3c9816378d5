"""Interpreted first, compiled when it is worth it: a short run begins at once, and a long one is quick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from mapper.engine.interpret import Describe, Interpreter
from mapper.records.result import Result
from mapper.records.spec import DestinationSpec

if TYPE_CHECKING:
    from mapper.compiler.compiled import Compiled

ENOUGH: Final = 5_000
"""Lines after which compiling pays: by then interpreting has cost about as much."""


class Warming:
    """Maps lines; what does the mapping changes on the way, the results do not.

    Args:
        specs: The mapping sets to apply.
        settings: For each set's id, its settings with secrets as ``***``.
        describe: Puts a place into words.
    """

    def __init__(
        self, specs: Sequence[DestinationSpec], settings: Mapping[str, Mapping[str, Any]], describe: Describe
    ) -> None:
        self._specs = specs
        self._settings = settings
        self._describe = describe
        self._engine: Interpreter | Compiled = Interpreter(specs, settings, describe=describe)
        self._left = ENOUGH

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """Map each line to its results."""
        if self._left > 0:
            self._left -= len(lines)
            if self._left <= 0:
                self._engine = self._compiled()
        return self._engine.apply(lines)

    def _compiled(self) -> Compiled:
        from mapper.compiler.compiled import Compiled  # many runs end before they need it

        return Compiled(self._specs, self._settings, describe=self._describe)
