"""Tries mutants on all cores."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

from mapper.base.garbage import collect_rarely
from tests.mistakes.judge import Judge, Outcome
from tests.mistakes.kinds import mutants
from tests.mistakes.source import Mutant, Source
from tests.mistakes.table import Tried

_judges: list[Judge] = []


def all_mutants() -> list[Mutant]:
    """Every mistake at every place, in the order of the files."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        sources = {file: Source(file, text, judge.expressions(file)) for file, text in judge.texts().items()}
        return list(mutants(sources))


def tried(chosen: list[Mutant], folder: Path) -> Iterator[Tried]:
    """Each mutant with what became of it, in their order."""
    cores = cpu_count() or 1
    with ProcessPoolExecutor(cores, get_context("spawn"), initializer=_begin, initargs=(folder,)) as pool:
        for mutant, outcome in zip(chosen, pool.map(_outcome, chosen, chunksize=8), strict=True):
            yield Tried(mutant, outcome)


def _begin(folder: Path) -> None:
    collect_rarely()
    _judges.append(Judge(Path(tempfile.mkdtemp(dir=folder))))


def _outcome(mutant: Mutant) -> Outcome:
    try:
        return _judges[0].outcome(mutant)
    except Exception as error:
        error.add_note(f"{mutant.file}: {mutant.kind}: {mutant.what} {sorted(mutant.lines)}")
        raise
