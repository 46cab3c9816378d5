"""Every way the product has of mapping calls, run beside each other: they must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

from msgspec import structs

from mapper.base.json import decode
from mapper.compiler import learning
from mapper.compiler.compiled import Compiled
from mapper.compiler.speculation import Odds
from mapper.engine.call import read_call
from mapper.engine.interpret import Describe, Interpreter
from mapper.engine.trace import Traced
from mapper.records.policy import Target
from mapper.records.result import Mapped, Result
from mapper.records.spec import DestinationSpec
from mapper.review.explain.results import explain
from tests.support.explained import check_fields

_FEW = 50


class Engines:
    """The interpreter, compiled code on what the typed decoder reads, for usual calls and for any, and compiled code on
    dicts; for few lines also compiled code that has learnt from these very lines, and the interpreter looked on at,
    whose steps must explain the results.
    """

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        *,
        describe: Describe = lambda place: place.file,
    ) -> None:
        self.interpreted = Interpreter(specs, settings, describe=describe)
        self.compiled = Compiled(specs, settings, describe=describe)
        self.careful = Compiled(specs, settings, describe=describe, speculates=False)
        self.traced = [(spec, Traced(spec, settings.get(spec.id, {}), describe=describe)) for spec in specs]
        self.on_dicts = Compiled(specs, settings, describe=describe, typed=False)
        shares = any("share=Share(" in repr(mapping) for spec in specs for mapping in spec.mappings)
        self.learnt = Compiled(specs, settings, describe=describe) if shares else None

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """The results that all of them give."""
        expected = self.interpreted.apply(lines)
        with patch.object(Odds, "are_bad", False):  # however unusual the calls are
            _require_same(self.compiled.apply(lines), expected, lines)
        for engine in (self.careful, self.on_dicts):
            _require_same(engine.apply(lines), expected, lines)
        if self.learnt is not None and len(lines) <= _FEW:
            _learn(self.learnt, lines, expected)
        for index, raw in enumerate(lines if len(lines) <= _FEW else ()):
            self._explain(raw, [result for result in expected if result.index == index])
        return expected

    def _explain(self, raw: bytes, expected: Sequence[Result]) -> None:
        call = read_call(raw, 0)
        found: list[Result] = []
        for spec, traced in self.traced:
            results, steps = traced.map(raw)
            found += results
            if not isinstance(call, dict):
                break
            for result, each in zip(results, explain(spec, _targets(spec), call, results, steps), strict=True):
                if isinstance(result, Mapped):
                    check_fields(each, decode(result.request.body), call)
                elif each.destination is not None and not (each.reason or "").startswith("waits for"):
                    assert each.place or each.fields, each
        assert [structs.replace(result, index=0) for result in expected] == found


def _learn(engine: Compiled, lines: Sequence[bytes], expected: Sequence[Result]) -> None:
    """Code is written for the layout of the first object of each kin; all of them are mapped before and after."""
    with patch.object(learning, "ENOUGH", 1), patch.object(learning, "MOST_TRIES", 0):
        for _ in range(2):
            _require_same(engine.apply(lines), expected, lines)


def _require_same(got: Sequence[Result], expected: Sequence[Result], lines: Sequence[bytes]) -> None:
    for index in range(len(lines)):
        wanted = [result for result in expected if result.index == index]
        found = [result for result in got if result.index == index]
        assert found == wanted, f"{lines[index]!r}\n gives {found}\n  not  {wanted}"
    assert got == expected


def _targets(spec: DestinationSpec) -> dict[tuple[str, str], Target]:
    """Somewhere, for each request."""
    return {
        (spec.id, name): Target(
            destination=spec.id,
            name=name,
            method="POST",
            url="",
            headers={},
            shown_url="",
            shown_headers={},
            batch=request.batch,
            retry=request.retry,
            rate=None,
            judge=lambda _: None,
            advice="",
        )
        for name, request in spec.requests.items()
    }
