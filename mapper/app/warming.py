"""Interpreted first, compiled when it is worth it: a short run begins at once, and a long one is quick."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from mapper.engine.interpret import Describe, Interpreter
from mapper.intake.sources import STANDARD_INPUT, Source
from mapper.records.result import Result
from mapper.records.spec import DestinationSpec

if TYPE_CHECKING:
    from mapper.compiler.compiled import Compiled

ENOUGH: Final = 5_000
"""Lines after which compiling pays: by then interpreting has cost about as much."""
_LONG: Final = 8_000_000
"""Bytes of input that is sure to be so long."""


def is_long(sources: Iterable[Source]) -> bool:
    """Whether compiling will pay, as far as the sizes of files tell; a pipe may end at any time."""
    return sum(_size(source.path) for source in sources) >= _LONG


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size if path != STANDARD_INPUT else 0  # noqa: PTH116 - a path is a text here
    except OSError:
        return 0  # whoever opens it says so


class Warming:
    """Maps lines; what does the mapping changes on the way, the results do not. Until it begins, it can be pickled.

    Args:
        specs: The mapping sets to apply.
        settings: For each set's id, its settings with secrets as ``***``.
        describe: Puts a place into words.
        enough: Lines after which compiling pays.
    """

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        describe: Describe,
        enough: int = ENOUGH,
    ) -> None:
        self._specs = specs
        self._settings = settings
        self._describe = describe
        self._engine: Interpreter | Compiled | None = None
        self._left = enough

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """Map each line to its results."""
        if self._left > 0:
            self._left -= len(lines)
            if self._left <= 0:
                self._engine = self._compiled()
        if self._engine is None:
            self._engine = Interpreter(self._specs, self._settings, describe=self._describe)
        return self._engine.apply(lines)

    def _compiled(self) -> Compiled:
        from mapper.compiler.compiled import Compiled  # many runs end before they need it

        return Compiled(self._specs, self._settings, describe=self._describe)
