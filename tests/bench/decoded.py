"""Calls that are decoded already to the bodies of requests: the mapping without the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from mapper.app.mapping import CHUNK
from mapper.base.json import decode
from mapper.compiler.compiled import Compiled
from mapper.records.result import Mapped, Result
from tests.bench.corpus import SETTINGS, first, require_same, shipped_set, typical_lines
from tests.bench.measure import measure, timed
from tests.bench.outcome import Options, Outcome, at_least, rates
from tests.oracle.natero import map_call

MAPPER: Final = "mapper, on dicts"
BY_HAND: Final = "Python by hand"
SHARE: Final = 5
"""Decoded calls take much memory: the first so many-th of the calls are enough."""

Calls = Sequence[dict[str, Any]]


def decoded(options: Options) -> Outcome:
    """A generated function makes a request whose body is encoded; hence the code by hand encodes its event too."""
    calls = [decode(line) for line in first(typical_lines(options.seed, options.calls), SHARE)]
    mapper = _Mapper()
    require_same(BY_HAND, b"\n".join(mapper.run(calls)), b"\n".join(_by_hand(calls)))
    figures = measure([timed(MAPPER, mapper.run, calls), timed(BY_HAND, _by_hand, calls)], options.rounds)
    return Outcome("Decoded calls to encoded events", at_least(figures, MAPPER, {BY_HAND: 0.9}), rates(figures))


class _Mapper:
    """The functions for dicts, as they are called for each call that the typed decoder does not take."""

    def __init__(self) -> None:
        [only] = Compiled([shipped_set()], SETTINGS, typed=False)._sets
        self._whole = only.whole

    def run(self, calls: Calls) -> list[bytes]:
        """The body of each event."""
        bodies: list[bytes] = []
        whole = self._whole
        for at in range(0, len(calls), CHUNK):
            results: list[Result] = []
            for index, call in enumerate(calls[at : at + CHUNK]):
                whole(call["type"])([(index, call)], results)
            bodies += [result.request.body for result in results if isinstance(result, Mapped)]
        return bodies


def _by_hand(calls: Calls) -> list[bytes]:
    dumps = orjson.dumps
    return [dumps(event) for call in calls if type(event := map_call(call)) is dict]
