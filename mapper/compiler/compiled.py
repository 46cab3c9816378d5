"""Mapping sets as compiled Python behind the seam ``apply(lines) -> results``.

A line takes one of two ways. Most fit the typed decoder, which reads just the fields that some mapping looks at, and
are all that the code for them takes for granted. Any other line (a field of an unusual type, anything that is no call)
is decoded whole, and mapped by code for dicts. Both give what the interpreter gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from mapper.compiler.functions import Functions
from mapper.compiler.reads import Reads
from mapper.compiler.rule import Job
from mapper.compiler.speculation import Odds
from mapper.compiler.typed import Typed
from mapper.engine.call import read_call
from mapper.engine.interpret import Describe
from mapper.records.result import Invalid, Result, Unmappable
from mapper.records.spec import DestinationSpec

_BLOCK: Final = 256
"""Lines decoded at a time: so many that there are several of a type, so few that they stay in the processor's cache."""
_INDEX: Final = attrgetter("index")


class Compiled:
    """Maps calls with compiled mappings. What reads calls of a type is compiled when the first of them comes.

    Args:
        specs: The mapping sets to apply, each to every call.
        settings: For each set's id, its settings with secrets as ``***``: no mapping can see more.
        describe: Puts a place into words (``file:line:column``) for reasons of unmappable calls.
        typed: Whether the typed decoder is used at all.
        speculates: Whether there is code for usual calls alone.
    """

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        *,
        describe: Describe = lambda place: place.file,
        typed: bool = True,
        speculates: bool = True,
    ) -> None:
        self._sets = [Functions(Job(spec, dict(settings.get(spec.id, {})), describe)) for spec in specs]
        self._typed = Typed(self._sets, speculates=speculates) if typed else None
        self._odds = Odds()

    def reads(self) -> dict[str, Reads]:
        """What calls of each type that some mapping takes are read for; all of it, where one is interpreted."""
        joined: dict[str, Reads] = {}
        for each in self._sets:
            for kind in each.kinds:
                joined.setdefault(kind, Reads()).join(each.reads(kind, speculates=False) or Reads(whole=True))
        return joined

    def source(self, destination: str, kind: str) -> str | None:
        """The code for calls of a type that the decoder takes, as text; None where they are interpreted."""
        typed = self._typed
        return self._set(destination).code(
            kind, typed.shape if typed else None, speculates=typed is not None and typed.speculates
        )

    def refusal(self, destination: str, kind: str) -> str | None:
        """Why calls of a type are interpreted; None where they are not."""
        return self._set(destination).refusals.get(kind)

    def _set(self, destination: str) -> Functions:
        return next(each for each in self._sets if each.id == destination)

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """Map each line, one JSON call, to its results, in the order of the lines.

        Every line gives at least one result; several where several destinations or mappings take the call.
        """
        results: list[Result] = []
        for start in range(0, len(lines), _BLOCK):
            found = self._mapped(lines, range(start, min(start + _BLOCK, len(lines))))
            found.sort(key=_INDEX)
            results += found
        return results

    def _mapped(self, lines: Sequence[bytes], block: range) -> list[Result]:
        """The results of some of the lines, in any order but that of each line's own."""
        found: list[Result] = []
        typed = self._typed
        if typed is None:
            self._map_whole(lines, block, found)
            return found
        tried = 0
        unusual: set[int] = set()
        for kind, calls in typed.by_type(lines[block.start : block.stop], block.start).items():
            handler = typed.handler(kind)
            if handler is None:
                self._map_whole(lines, [index for index, _ in calls], found)
                continue
            tried += len(calls)
            unusual.update(handler(calls, found) or ())
        if unusual:
            found = [result for result in found if result.index not in unusual]
            self._map_whole(lines, sorted(unusual), found)
        if typed.speculates:
            self._odds.note(tried, len(unusual))
            if self._odds.are_bad:
                self._typed = Typed(self._sets, speculates=False)
        return found

    def _map_whole(self, lines: Sequence[bytes], indexes: Sequence[int], results: list[Result]) -> None:
        """The way of what the typed decoder does not take, and of calls that are not usual."""
        for index in indexes:
            call = read_call(lines[index], index)
            if isinstance(call, Invalid | Unmappable):
                results.append(call)
                continue
            for each in self._sets:
                each.whole(call["type"])([(index, call)], results)
