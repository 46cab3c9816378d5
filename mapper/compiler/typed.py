"""The way of most lines: decoded to structs of what some mapping reads, and mapped by functions for these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from mapper.compiler.decoder import ALWAYS, shape_of
from mapper.compiler.functions import Functions, Handler, Numbered
from mapper.compiler.reads import Reads, Shape
from mapper.compiler.sound import unsound
from mapper.records.result import Result


class Typed:
    """A decoder, and what maps the calls that it takes, by type.

    Args:
        sets: Each mapping set's functions.
        speculates: Whether they take for granted what usual calls are like, and leave the others.
    """

    def __init__(self, sets: Sequence[Functions], *, speculates: bool) -> None:
        self.speculates = speculates
        self._sets = sets
        self._kinds = frozenset.intersection(*(frozenset(each.kinds) for each in sets)) if sets else frozenset()
        self._handlers: dict[str, Handler | None] = {}
        reads = self._merged_reads()
        self.shape: Shape | None = None if reads.whole else shape_of(reads)
        """What calls are decoded to; None: some mapping reads what no struct can have."""
        shape = self.shape or shape_of(Reads())
        self._empty = shape.empty
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(shape.struct).decode

    def _merged_reads(self) -> Reads:
        merged = Reads()
        for each in self._sets:
            for kind in each.kinds:
                merged.join(each.reads(kind, speculates=self.speculates) or Reads())
        for name in ALWAYS:
            merged.note((name,), whole=True)
        merged.settle()
        return merged

    def by_type(self, lines: Sequence[bytes], start: int) -> Mapping[str | None, Numbered]:
        """The lines as structs, numbered from `start`, by call type; None: the decoder does not take them.

        Calls of one type go through the same code one after another, which then stays in the processor's cache.
        """
        found: dict[str | None, Numbered] = defaultdict(list)
        for numbered in enumerate(self._decoded(lines), start):
            found[numbered[1].type].append(numbered)
        return found

    def _decoded(self, lines: Sequence[bytes]) -> list[Any]:
        """A struct for each line; for what the decoder does not take, an empty one, whose type is null."""
        calls: list[Any] = []
        source = iter(lines)
        while True:
            try:
                calls.extend(map(self._decode, source))
                break
            except (msgspec.MsgspecError, ValueError, RecursionError):
                calls.append(self._empty)  # of the line that failed; those before it are there
        for index in unsound(lines):
            calls[index] = self._empty
        return calls

    def handler(self, kind: str | None) -> Handler | None:
        """What maps calls of a type; None where they have to be decoded whole."""
        if kind is None or kind not in self._kinds:
            return None
        if kind not in self._handlers:
            self._handlers[kind] = self._written(kind)
        return self._handlers[kind]

    def _written(self, kind: str) -> Handler | None:
        if self.shape is None or any(kind in each.refusals for each in self._sets):
            return None
        found = [each.typed(kind, self.shape, speculates=self.speculates) for each in self._sets]
        handlers = [each for each in found if each is not None]
        return _one_after_another(handlers) if len(handlers) == len(found) else None


def _one_after_another(handlers: Sequence[Handler]) -> Handler:
    if len(handlers) == 1:
        return handlers[0]

    def run(calls: Numbered, results: list[Result]) -> list[int]:
        return [index for handler in handlers for index in handler(calls, results) or ()]

    return run
