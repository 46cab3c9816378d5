"""Which small changes of mappings some call of a corpus shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Any, Final

from msgspec import structs

from mapper.app.corpus import Corpus
from mapper.app.coverage import settings_for
from mapper.app.places import describer
from mapper.app.project import ProjectError
from mapper.app.settings import masked
from mapper.authoring.document import Document
from mapper.engine.call import call_in
from mapper.engine.interpret import Interpreter
from mapper.records.line import Line
from mapper.records.mutants import Mutant, Trials, Tried
from mapper.records.result import Invalid, Result
from mapper.records.spec import DestinationSpec
from mapper.review.mutants.sets import mutants

MOST: Final = 5_000
"""Calls: each runs for every change that none before it shows."""


class Mutating:
    """Tries changes of mapping sets.

    Args:
        documents: The files of the mappings.
        specs: The sets.
        corpus: The calls.
        assignments: Settings by name, as ``--set`` gives them.
        limit: Most calls; None: all, if they are not too many.

    Attributes:
        calls: How many there are.
        faulty: Lines that are no calls.
        fault: Why the first of these is none, with its place.

    Raises:
        ProjectError: settings do not fit, or there are too many calls.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        specs: Sequence[DestinationSpec],
        corpus: Corpus,
        assignments: Mapping[str, str],
        limit: int | None = None,
    ) -> None:
        describe = describer(documents)
        self._corpus = corpus.name
        self._specs = specs
        self.calls = self.faulty = 0
        self.fault: str | None = None
        self._samples: dict[str, list[_Sample]] = {spec.id: [] for spec in specs}
        for group in corpus.groups:
            own = [spec for spec in specs if group.set in (None, PurePath(spec.folder).name)]
            settings = settings_for(own, group, assignments)
            left = None if limit is None else limit - self.calls - self.faulty
            lines = list(self._taken(islice(group.lines, left))) if own else []
            for spec in own:
                values = masked(spec, settings[spec.id])
                self._samples[spec.id].append(_Sample(spec, values, lines, describe))

    def _taken(self, lines: Iterable[Line]) -> Iterator[bytes]:
        for line in lines:
            if isinstance(call := call_in(line), str):
                self.faulty += 1
                self.fault = self.fault or f"{line.spot}: {call}"
                continue
            self.calls += 1
            if self.calls > MOST:
                raise ProjectError(f"--mutants takes {MOST:,} calls at most", f"--limit {MOST} takes the first of them")
            yield line.raw

    def run(self, on_changes: Callable[[int], None] = lambda _: None) -> Trials:
        """Try every change.

        Args:
            on_changes: Told how many were tried so far.
        """
        tried: list[Tried] = []
        for spec in self._specs:
            for mutant in mutants(spec):
                tried.append(self._tried(mutant))
                on_changes(len(tried))
        return Trials(corpus=self._corpus, calls=self.calls, faulty=self.faulty, fault=self.fault, tried=tuple(tried))

    def _tried(self, mutant: Mutant) -> Tried:
        samples = self._samples[mutant.spec.id]
        noticed = any(sample.shows(mutant) for sample in samples)
        return Tried(
            destination=mutant.spec.id,
            mapping=mutant.mapping,
            change=mutant.change,
            place=mutant.place,
            noticed=noticed,
        )


class _Sample:
    """Calls with one choice of settings, and what the set as it is makes of them."""

    def __init__(
        self, spec: DestinationSpec, values: Mapping[str, Any], lines: Sequence[bytes], describe: Callable[[Any], str]
    ) -> None:
        self._values, self._describe = values, describe
        as_it_is = Interpreter([spec], {spec.id: values}, describe=describe)
        self._known = [(raw, as_it_is.apply([raw])) for raw in lines]

    def shows(self, mutant: Mutant) -> bool:
        """Whether some call has another result under a change. The one that has is tried first for the next."""
        spec = _narrowed(mutant)
        concerned = [at for at, (_, results) in enumerate(self._known) if _concerns(results, mutant.mapping)]
        if not concerned:
            return False
        changed = Interpreter([spec], {spec.id: self._values}, describe=self._describe)
        for at in concerned:
            raw, results = self._known[at]
            if [*_own(changed.apply([raw]), mutant.mapping)] != [*_own(results, mutant.mapping)]:
                self._known.insert(0, self._known.pop(at))
                return True
        return False


def _narrowed(mutant: Mutant) -> DestinationSpec:
    """The set with just the mapping that changed, and those it waits for: the others take time, and show nothing."""
    if mutant.mapping is None:
        return mutant.spec
    by_name = {mapping.name: mapping for mapping in mutant.spec.mappings}
    kept: list[str] = []
    name: str | None = mutant.mapping
    while name is not None and name in by_name and name not in kept:
        kept.append(name)
        name = by_name[name].after
    return structs.replace(mutant.spec, mappings=tuple(each for each in mutant.spec.mappings if each.name in kept))


def _concerns(results: Sequence[Result], mapping: str | None) -> bool:
    return any(True for _ in _own(results, mapping))


def _own(results: Sequence[Result], mapping: str | None) -> Iterator[Result]:
    """The results of a mapping; of all where what they share has changed."""
    for result in results:
        if mapping is None or (not isinstance(result, Invalid) and result.mapping == mapping):
            yield result
