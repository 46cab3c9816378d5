"""The functions of one mapping set, by call type, each written when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from jmespath.exceptions import JMESPathError

from mapper.compiler.reads import DictReader, NotingReader, Reads, Shape, StructReader
from mapper.compiler.rule import Job, ReaderOf, write_function
from mapper.compiler.source import UnsupportedError
from mapper.engine.interpret import Destination, apply_to, build_expression, prepare
from mapper.expressions.code.writer import ModuleWriter, TooLargeError, compiled_anew
from mapper.records.result import Result

Numbered = list[tuple[int, Any]]
"""Calls, each with the index of its line."""
Handler = Callable[[Numbered, list[Result]], list[int] | None]
"""Appends the results of calls; gives the indexes of those that it leaves to others."""


class Functions:
    """The functions of one mapping set.

    Attributes:
        kinds: Call types that some mapping takes.
        refusals: Those of them that can't be compiled, and why.
    """

    def __init__(self, job: Job) -> None:
        self.id = job.spec.id
        self.kinds = tuple(job.kinds)
        self.refusals: dict[str, str] = {}
        self._job = job
        self._whole: dict[str, Handler] = {}
        self._reads: dict[tuple[str, bool], Reads] = {}

    def reads(self, kind: str, *, speculates: bool) -> Reads | None:
        """What calls of a type are read for, by code that speculates or does not; None where it can't be compiled."""
        if kind not in self.kinds or kind in self.refusals:
            return None
        key = (kind, speculates)
        if key not in self._reads:
            notes = Reads()
            if self._written(kind, _noting(notes, speculates=speculates), "", draft=True) is None:
                return None
            self._reads[key] = notes
        return self._reads[key]

    def whole(self, kind: str) -> Handler:
        """Maps calls that are dicts."""
        function = self._whole.get(kind)
        if function is None:
            if kind not in self.kinds:  # as many types may come as there are calls
                return self._interpreted
            made = self._compiled(kind, lambda: self._of_dicts(kind))
            function = self._whole[kind] = made or self._interpreted
        return function

    def typed(self, kind: str, shape: Shape, *, speculates: bool) -> Handler | None:
        """Maps calls of a decoder's struct; None where they have to be dicts."""
        return self._compiled(kind, lambda: self._of_structs(kind, shape, speculates=speculates))

    def code(self, kind: str, shape: Shape | None, *, speculates: bool) -> str | None:
        """The code as text, for calls of a decoder's struct; without a shape, for dicts. None where there is none."""
        module = self._of_structs(kind, shape, speculates=speculates) if shape else self._of_dicts(kind)
        return module.source if module else None

    def _of_structs(self, kind: str, shape: Shape, *, speculates: bool) -> ModuleWriter | None:
        reads = self.reads(kind, speculates=speculates)
        if reads is None:
            return None
        return self._written(
            kind,
            lambda writer, name: StructReader(writer, name, reads, shape, speculates=speculates),
            "_typed",
            speculates=speculates,
        )

    def _of_dicts(self, kind: str) -> ModuleWriter | None:
        reads = self.reads(kind, speculates=True)
        return self._written(kind, lambda writer, name: DictReader(writer, name, reads), "") if reads else None

    def _written(
        self, kind: str, reader_of: ReaderOf, suffix: str, *, speculates: bool = False, draft: bool = False
    ) -> ModuleWriter | None:
        """The module for calls of a type; None, and why, where it can't be compiled."""
        module = ModuleWriter(draft=draft)
        try:
            write_function(module, self._job, kind, reader_of, suffix, speculates=speculates)
        except (UnsupportedError, TooLargeError) as error:
            self.refusals[kind] = str(error)
            return None
        except (RecursionError, JMESPathError):  # the parser too makes an error of its own of a full stack
            self.refusals[kind] = "nested too deep"
            return None
        return module

    def _compiled(self, kind: str, write: Callable[[], ModuleWriter | None]) -> Handler | None:
        try:
            handler: Handler | None = compiled_anew(f"compiled mapping {self.id}/{kind}", write)
        except TooLargeError as error:
            self.refusals[kind] = str(error)
            return None
        return handler

    def _interpreted(self, calls: Numbered, results: list[Result]) -> None:
        for index, call in calls:
            apply_to(self._interpreter, call, index, results)

    @cached_property
    def _interpreter(self) -> Destination:
        return prepare(self._job.spec, self._job.settings, self._job.describe, build_expression)


def _noting(notes: Reads, *, speculates: bool) -> ReaderOf:
    return lambda writer, name: NotingReader(writer, name, notes, speculates=speculates)
