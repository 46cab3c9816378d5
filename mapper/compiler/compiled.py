"""Mapping sets as compiled Python behind the seam ``apply(lines) -> results``.

A line takes one of two ways. Most fit the typed decoder, which reads just the fields that some mapping looks at. What
does not fit (another type than usual, anything that is no call) is decoded whole, and mapped by code for dicts. Both
give what the interpreter gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import msgspec
from jmespath.exceptions import JMESPathError

from mapper.base.json import MAX_DEPTH
from mapper.compiler.decoder import ALWAYS, shape_of
from mapper.compiler.reads import DictReader, Reads, Shape, StructReader
from mapper.compiler.rule import Job, ReaderOf, write_function
from mapper.compiler.source import UnsupportedError
from mapper.engine.call import read_call
from mapper.engine.interpret import Describe, Destination, apply_to, build_expression, prepare
from mapper.expressions.code.writer import ModuleWriter, TooLargeError, compiled_anew
from mapper.records.result import Invalid, Result, Unmappable
from mapper.records.spec import DestinationSpec

_BLOCK: Final = 256
"""Lines decoded at a time: so many that there are several of a type, so few that they stay in the processor's cache."""
_TOGETHER: Final = 8
"""Lines whose bytes are looked at in one go."""
_INDEX: Final = attrgetter("index")
Numbered = list[tuple[int, Any]]
"""Calls, each with the index of its line."""
Handler = Callable[[Numbered, list[Result]], object]


class Compiled:
    """Maps calls with compiled mappings. What reads calls of a type is compiled when the first of them comes.

    Args:
        specs: The mapping sets to apply, each to every call.
        settings: For each set's id, its settings with secrets as ``***``: no mapping can see more.
        describe: Puts a place into words (``file:line:column``) for reasons of unmappable calls.
        typed: Whether the typed decoder is used at all.
    """

    def __init__(
        self,
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
        *,
        describe: Describe = lambda place: place.file,
        typed: bool = True,
    ) -> None:
        self._sets = [_Set(Job(spec, dict(settings.get(spec.id, {})), describe)) for spec in specs]
        merged = Reads()
        for each in self._sets:
            for reads in each.reads.values():
                merged.join(reads)
        for name in ALWAYS:
            merged.note((name,), whole=True)
        merged.settle()
        self._takes_typed = typed and not merged.whole
        self._shape = shape_of(Reads() if merged.whole else merged)
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(self._shape.struct).decode
        self._typed: dict[str | None, Handler | None] = {}

    def reads(self) -> dict[str, Reads]:
        """What calls of each type that some mapping takes are read for; all of it, where one is interpreted."""
        joined: dict[str, Reads] = {}
        for each in self._sets:
            for kind in each.kinds:
                joined.setdefault(kind, Reads()).join(each.reads.get(kind) or Reads(whole=True))
        return joined

    def source(self, destination: str, kind: str) -> str | None:
        """The code for calls of a type that the decoder takes, as text; None where they are interpreted."""
        found = next(each for each in self._sets if each.id == destination)
        return found.code(kind, self._shape if self._takes_typed else None) if kind in found.reads else None

    def refusal(self, destination: str, kind: str) -> str | None:
        """Why calls of a type are interpreted; None where they are not."""
        return next(each for each in self._sets if each.id == destination).refusals.get(kind)

    def apply(self, lines: Sequence[bytes]) -> list[Result]:
        """Map each line, one JSON call, to its results, in the order of the lines.

        Every line gives at least one result; several where several destinations or mappings take the call.
        """
        results: list[Result] = []
        for start in range(0, len(lines), _BLOCK):
            block = lines[start : start + _BLOCK]
            found: list[Result] = []
            for kind, calls in _by_type(self._decoded(block), start).items():
                handler = self._typed[kind] if kind in self._typed else self._handler(kind)
                if handler is not None:
                    handler(calls, found)
                else:
                    for index, _ in calls:
                        self._map_whole(lines[index], index, found)
            found.sort(key=_INDEX)
            results += found
        return results

    def _decoded(self, lines: Sequence[bytes]) -> list[Any]:
        """The decoder's struct for each line; for what it does not take, an empty one, whose type is null."""
        calls: list[Any] = []
        source = iter(lines)
        while True:
            try:
                calls.extend(map(self._decode, source))
                break
            except (msgspec.MsgspecError, ValueError, RecursionError):
                calls.append(self._shape.empty)  # of the line that failed; those before it are there
        for index in unsound(lines):
            calls[index] = self._shape.empty
        return calls

    def _handler(self, kind: str | None) -> Handler | None:
        """What maps calls of a type that the decoder took; None where they have to be decoded whole."""
        if kind is None or not self._takes_typed or not all(kind in each.reads for each in self._sets):
            return None
        found = [each.typed(kind, self._shape) for each in self._sets]
        handlers = [each for each in found if each is not None]
        self._typed[kind] = _one_after_another(handlers) if len(handlers) == len(found) else None
        return self._typed[kind]

    def _map_whole(self, raw: bytes, index: int, results: list[Result]) -> None:
        """The way of what the typed decoder does not take."""
        call = read_call(raw, index)
        if isinstance(call, Invalid | Unmappable):
            results.append(call)
            return
        for each in self._sets:
            each.whole(call["type"])([(index, call)], results)


class _Set:
    """One mapping set: its functions by call type, each written when it is first needed.

    Attributes:
        reads: What calls of each type are read for; types that can't be compiled are left out.
        refusals: Why not, by type.
    """

    def __init__(self, job: Job) -> None:
        self.id = job.spec.id
        self.kinds = tuple(job.kinds)
        self.reads: dict[str, Reads] = {}
        self.refusals: dict[str, str] = {}
        self._job = job
        self._whole: dict[str, Handler] = {}
        for kind in job.kinds:
            notes = Reads()
            if self._written(kind, _noting(notes), "", draft=True) is not None:
                self.reads[kind] = notes

    def whole(self, kind: str) -> Handler:
        """Maps calls that are dicts."""
        function = self._whole.get(kind)
        if function is None:
            made = self._compiled(kind, lambda: self._of_dicts(kind)) if kind in self.reads else None
            function = self._whole[kind] = made or self._interpreted
        return function

    def typed(self, kind: str, shape: Shape) -> Handler | None:
        """Maps calls of the decoder's struct; None where they have to be dicts."""
        return self._compiled(kind, lambda: self._typed(kind, shape))

    def code(self, kind: str, shape: Shape | None) -> str | None:
        """The code as text, for calls of the decoder's struct; without a shape, for dicts."""
        module = self._typed(kind, shape) if shape else self._of_dicts(kind)
        return module.source if module else None

    def _typed(self, kind: str, shape: Shape) -> ModuleWriter | None:
        reads = self.reads[kind]
        return self._written(kind, lambda writer, name: StructReader(writer, name, reads, shape), "_typed")

    def _of_dicts(self, kind: str) -> ModuleWriter | None:
        reads = self.reads[kind]
        return self._written(kind, lambda writer, name: DictReader(writer, name, reads), "")

    def _written(self, kind: str, reader_of: ReaderOf, suffix: str, *, draft: bool = False) -> ModuleWriter | None:
        """The module for calls of a type; None, and why, where it can't be compiled."""
        module = ModuleWriter(draft=draft)
        try:
            write_function(module, self._job, kind, reader_of, suffix)
        except (UnsupportedError, TooLargeError) as error:
            self.refusals[kind] = str(error)
            return None
        except (RecursionError, JMESPathError):  # the parser too makes an error of its own of a full stack
            self.refusals[kind] = "nested too deep"
            return None
        return module

    def _compiled(self, kind: str, write: Callable[[], ModuleWriter | None]) -> Handler | None:
        handler: Handler | None = compiled_anew(f"compiled mapping {self._job.spec.id}/{kind}", write)
        return handler

    def _interpreted(self, calls: Numbered, results: list[Result]) -> None:
        for index, call in calls:
            apply_to(self._interpreter, call, index, results)

    @cached_property
    def _interpreter(self) -> Destination:
        return prepare(self._job.spec, self._job.settings, self._job.describe, build_expression)


def _noting(notes: Reads) -> ReaderOf:
    return lambda writer, name: DictReader(writer, name, Reads(), notes)


def unsound(lines: Sequence[bytes]) -> list[int]:
    """Which lines hold what must not be skipped: no UTF-8, or so many brackets that they may nest too deep."""
    found: list[int] = []
    for start in range(0, len(lines), _TOGETHER):
        group = lines[start : start + _TOGETHER]
        if not _is_sound(b"\n".join(group)):  # together they may have too many; mostly they have not
            found += [at for at, raw in enumerate(group, start) if not _is_sound(raw)]
    return found


def _is_sound(raw: bytes) -> bool:
    # Is a bracket left when so many are gone? Of what the standard library has, this is the quickest way to find out.
    if b"{" in raw.replace(b"[", b"{").replace(b"{", b"[", MAX_DEPTH):
        return False
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _by_type(calls: Iterable[Any], start: int) -> Mapping[str | None, Numbered]:
    """The decoder's structs, numbered from `start`, by call type; None: it has none.

    Calls of one type go through the same code one after another, which then stays in the processor's cache.
    """
    found: dict[str | None, Numbered] = defaultdict(list)
    for numbered in enumerate(calls, start):
        found[numbered[1].type].append(numbered)
    return found


def _one_after_another(handlers: Sequence[Handler]) -> Handler:
    if len(handlers) == 1:
        return handlers[0]

    def run(calls: Numbered, results: list[Result]) -> None:
        for handler in handlers:
            handler(calls, results)

    return run
