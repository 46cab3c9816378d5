"""Every way the product has of mapping calls, run beside each other: they must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mapper.compiler.compiled import Compiled
from mapper.engine.interpret import Describe, Interpreter
from mapper.records.result import Result
from mapper.records.spec import DestinationSpec


class Engines:
    """The interpreter, compiled code on what the typed decoder reads, and compiled code on dicts."""

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        *,
        describe: Describe = lambda place: place.file,
    ) -> None:
        self.interpreted = Interpreter(specs, settings, describe=describe)
        self.compiled = Compiled(specs, settings, describe=describe)
        self.on_dicts = Compiled(specs, settings, describe=describe, typed=False)

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """The results that all of them give."""
        expected = self.interpreted.apply(lines)
        for engine in (self.compiled, self.on_dicts):
            got = engine.apply(lines)
            for index in range(len(lines)):
                wanted = [result for result in expected if result.index == index]
                found = [result for result in got if result.index == index]
                assert found == wanted, f"{lines[index]!r}\n gives {found}\n  not  {wanted}"
            assert got == expected
        return expected
