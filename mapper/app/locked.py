"""Cases and the mapping sets they are for, loaded when first asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import Sources, resolve_all
from mapper.app.wiring import Wired, wire
from mapper.authoring.document import Document
from mapper.base.json import encode
from mapper.base.suggest import did_you_mean
from mapper.engine.target import TargetError
from mapper.records.result import Result
from mapper.records.spec import DestinationSpec, MappingSpec
from mapper.review.cases import Case, CaseError, CaseFile, find_cases, read_case, repeated_leaves
from mapper.review.snapshots import FOLDER, orphans, write_results

_NOTES: Final = ".md"


class LockError(Exception):
    """Why a case has no results to compare; one line with cause and help."""


class BrokenError(LockError):
    """The mappings can't be loaded, or have errors.

    Attributes:
        told: Whether a test has failed for this reason before: once is enough.
    """

    def __init__(self, message: str, *, told: bool) -> None:
        super().__init__(message)
        self.told = told


@dataclass
class Locked:
    """What one test function holds to its snapshots.

    Attributes:
        folder: Of the cases.
        mappings: Of the mapping sets; None: those that ship with the package.
        minimum: Least number of cases of each mapping.
    """

    folder: Path
    mappings: Path | None
    minimum: int
    _wired: dict[tuple[str, bytes], Wired] = field(default_factory=dict)
    _told: bool = False

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.folder.parent / FOLDER

    @cached_property
    def cases(self) -> list[CaseFile]:
        """The case files."""
        return find_cases(self.folder)

    @property
    def misplaced(self) -> list[Path]:
        """Files in the folder of cases that no test reads; hidden files and notes in Markdown may lie there."""
        read = {case.path for case in self.cases}
        files = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and path not in read)
        return [path for path in files if not path.name.startswith(".") and path.suffix != _NOTES]

    @property
    def sets(self) -> dict[str, DestinationSpec]:
        """Each mapping set by the name of its folder, whether enabled or not.

        Raises:
            BrokenError: the mappings can't be loaded, or have errors.
        """
        return {Path(folder).name: found.spec for folder, found in self._project.sets.items() if found.spec}

    @property
    def orphans(self) -> list[Path]:
        """Snapshots without a case."""
        return orphans(self.cases, self.snapshots)

    @property
    def orphan_names(self) -> list[str]:
        """Snapshots without a case, as ``set/mapping/name``."""
        return [path.relative_to(self.snapshots).with_suffix("").as_posix() for path in self.orphans]

    @property
    def wanting(self) -> list[str]:
        """Mappings with too few cases, and how many they have: ``acme/track has 0``.

        Raises:
            BrokenError: the mappings can't be loaded, or have errors.
        """
        counted = Counter((file.set, file.mapping) for file in self.cases)
        every = ((folder, mapping.name) for folder, spec in self.sets.items() for mapping in spec.mappings)
        return [f"{'/'.join(name)} has {counted[name]}" for name in every if counted[name] < self.minimum]

    @property
    def documents(self) -> dict[str, Document]:
        """The files of the mapping sets, by name as shown.

        Raises:
            BrokenError: the mappings can't be loaded, or have errors.
        """
        return self._project.documents

    def result(self, file: CaseFile) -> str:
        """The text of a case's snapshot as the mappings have it now: what both pytest and ``mapper snap`` compare.

        Raises:
            BrokenError: the mappings can't be loaded, or have errors.
            LockError: the file is no case, or there is no result to compare; the message names the file.
        """
        try:
            case = read_case(file.path)
            if repeated := repeated_leaves(case):
                raise LockError(f"give each field a value of its own; repeated: {', '.join(repeated)}")
            return self.run(file, case)
        except BrokenError:
            raise
        except CaseError as error:
            raise LockError(str(error).replace(str(file.path), shown(file.path))) from None
        except LockError as error:
            raise LockError(f"{shown(file.path)}: {error}") from None

    def run(self, file: CaseFile, case: Case) -> str:
        """The text of a case's snapshot as the mappings have it now.

        Raises:
            LockError: there is no such mapping, the settings are wrong, or no result of the mapping comes of the call.
        """
        spec = self._spec(file)
        mapping = _mapping(file, spec)
        wired = self._wired_for(file.set, spec, case.settings)
        results = wired.apply([encode(case.call)])
        if not _concerns(results, mapping, spec, case.call):
            raise LockError(
                f"no result of {file.set}/{file.mapping} comes of this call; the mapping accepts "
                f"{', '.join(mapping.accepts)}, and this is {_kind(case.call)}"
            )
        return write_results(results, wired.targets)

    def results(self, call: dict[str, Any]) -> dict[str, list[Result]]:
        """What every mapping set makes of a call with the defaults of its settings, by the name of its folder.

        Raises:
            BrokenError: the mappings can't be loaded, or have errors.
        """
        raw = [encode(call)]
        return {folder: self._wired_for(folder, spec, {}).apply(raw) for folder, spec in self.sets.items()}

    def _wired_for(self, folder: str, spec: DestinationSpec, settings: dict[str, Any]) -> Wired:
        key = (folder, encode(settings))
        if key not in self._wired:
            self._wired[key] = self._wire(spec, settings)
        return self._wired[key]

    @property
    def _project(self) -> Project:
        if isinstance(self._loaded, str):
            told, self._told = self._told, True
            raise BrokenError(self._loaded, told=told)
        return self._loaded

    @cached_property
    def _loaded(self) -> Project | str:
        """The mapping sets, or why there are none: kept too, for each of many cases asks again."""
        try:
            project = load_project(self.mappings)
        except ProjectError as error:
            return f"{error}; {error.help}"
        errors = project.errors
        if not errors:
            return project
        first = f"{describer(project.documents)(errors[0].primary)}: {errors[0].message}"
        return f"the mappings have errors, see `mapper validate {shown(project.root)}`; the first: {first}"

    def _wire(self, spec: DestinationSpec, given: dict[str, Any]) -> Wired:
        for setting in spec.settings:
            if setting.secret and setting.name in given:
                raise LockError(f"`{setting.name}` is a secret; a case needs none, for snapshots show it as ***")
        settings, problems = resolve_all([spec], Sources(options=given, file={}, environment={}), secrets=False)
        if problems:
            raise LockError(problems[0].line)
        try:
            return wire([spec], settings, describe=describer(self._project.documents))
        except TargetError as error:
            raise LockError(str(error)) from None

    def _spec(self, file: CaseFile) -> DestinationSpec:
        sets = self.sets
        if file.set in sets:
            return sets[file.set]
        raise LockError(f"there is no mapping set `{file.set}`; {_instead(file.set, list(sets))}")


def mappings_above(folder: Path) -> Path | None:
    """The ``mappings`` folder of the nearest folder that has one, from `folder` upwards."""
    return next((above / "mappings" for above in (folder, *folder.parents) if (above / "mappings").is_dir()), None)


def _mapping(file: CaseFile, spec: DestinationSpec) -> MappingSpec:
    for mapping in spec.mappings:
        if mapping.name == file.mapping:
            return mapping
    names = [mapping.name for mapping in spec.mappings]
    raise LockError(f"{file.set} has no mapping `{file.mapping}`; {_instead(file.mapping, names)}")


def _instead(name: str, names: Sequence[str]) -> str:
    return did_you_mean(name, names) or f"there are {', '.join(names)}"


def _concerns(results: Sequence[Result], mapping: MappingSpec, spec: DestinationSpec, call: dict[str, Any]) -> bool:
    """Whether the results say something of the mapping: its own, or that the call came to no mapping at all.

    Calls that no mapping accepts must lie somewhere; those that another mapping accepts lie with that one.
    """
    named = {getattr(result, "mapping", None) for result in results}
    if mapping.name in named:
        return True
    kind = _kind(call)
    return named == {None} and (kind in mapping.accepts or not any(kind in other.accepts for other in spec.mappings))


def _kind(call: dict[str, Any]) -> str:
    kind = call.get("type")
    return kind.strip().lower() if isinstance(kind, str) else "a call without type"


def shown(path: Path) -> str:
    """A path relative to the current folder, where it lies below it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
