"""The calls that mappings are tried on: files of events, or the cases of the snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

from mapper.app.locked import Locked, shown
from mapper.app.locks import find_locks
from mapper.app.project import ProjectError
from mapper.app.warming import is_long
from mapper.base.json import encode
from mapper.intake.read import read_lines
from mapper.intake.sources import find_sources
from mapper.records.line import Line
from mapper.review.cases import CaseError, read_case

_EVENTS: Final = Path("events.ndjson")
"""Where ``mapper init`` puts them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Calls that run with the same settings.

    Attributes:
        lines: Their lines; for cases without a number.
        set: Folder name of the mapping set they are for; None: for all.
        settings: That differ from what holds otherwise.
    """

    lines: Iterable[Line]
    set: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Calls.

    Attributes:
        name: For people.
        groups: Read once.
        long: So many that compiling mappings at once pays.
        of_cases: They are cases, each for one mapping set.
    """

    name: str
    groups: Iterable[Group]
    long: bool = False
    of_cases: bool = False


def find_corpus(events: Sequence[str], max_line_bytes: int, *, naming: str = "--events FILE") -> Corpus:
    """Files of calls; without any, the cases that the tests here lock, else ./events.ndjson.

    Args:
        events: The files.
        max_line_bytes: Most bytes of one call.
        naming: How the command is told a file, for its messages.

    Raises:
        ProjectError: there are none.
        mapper.intake.sources.IntakeError: a file can't be read.
    """
    if events:
        return _of_files(events, max_line_bytes)
    cases = _cases(naming)
    if cases:
        return cases
    if _EVENTS.is_file():
        return _of_files([str(_EVENTS)], max_line_bytes)
    raise ProjectError("there are no calls to try the mappings on", f"name a file of calls with {naming}")


def _of_files(paths: Sequence[str], max_line_bytes: int) -> Corpus:
    sources = find_sources(paths)
    lines = chain.from_iterable(read_lines(source, max_line_bytes=max_line_bytes) for source in sources)
    name = sources[0].name if len(sources) == 1 else f"{len(sources)} files"
    return Corpus(name=name, groups=[Group(lines=lines)], long=is_long(sources))


def _cases(naming: str) -> Corpus | None:
    try:
        locks = find_locks(Path())
    except ProjectError:  # no test here locks mappings
        return None
    count = sum(len(locked.cases) for locked in locks)
    name = f"the cases in {', '.join(shown(locked.folder) for locked in locks)}"
    return Corpus(name=name, groups=_grouped(locks, naming), of_cases=True) if count else None


def _grouped(locks: Sequence[Locked], naming: str) -> Iterator[Group]:
    found: dict[tuple[str, bytes], tuple[Mapping[str, Any], list[Line]]] = {}
    for file in (file for locked in locks for file in locked.cases):
        try:
            case = read_case(Path(shown(file.path)))
        except CaseError as error:
            raise ProjectError(str(error), f"mend the case, or name a file of calls with {naming}") from None
        lines = found.setdefault((file.set, encode(case.settings)), (case.settings, []))[1]
        lines.append(Line(encode(case.call), 0, shown(file.path)))
    return (Group(lines=lines, set=key[0], settings=settings) for key, (settings, lines) in found.items())
