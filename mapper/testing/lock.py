"""The test that locks mappings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from mapper.app.project import Project, ProjectError, describer, load_project
from mapper.app.settings import Sources, resolve_all
from mapper.app.wiring import Wired, wire
from mapper.base.json import encode
from mapper.base.suggest import did_you_mean
from mapper.records.spec import DestinationSpec
from mapper.review.cases import Case, CaseError, CaseFile, find_cases, read_case, repeated_leaves
from mapper.review.plugin import PROPERTY
from mapper.review.snapshots import FOLDER, orphans, snapshot_of, write_results

Check = Callable[["Locked", pytest.FixtureRequest], None]


def lock(cases: str = "cases", *, mappings: str | None = None, minimum: int = 1) -> Callable[..., None]:
    """A test function that holds every mapping to its cases; assign it to a name that begins with ``test_``.

    A case is a file ``SET/MAPPING/NAME.json``: ``{"about": "one line", "settings": {...}, "call": {...}}``. Its
    snapshot, the results of that mapping set for the call, lies under ``__snapshots__`` beside the folder of cases.
    Only ``pytest --snapshot-update`` writes or deletes snapshots.

    Args:
        cases: Folder of cases, relative to the test file.
        mappings: Folder of mapping sets, relative to the test file; by default the ``mappings`` folder of the nearest
            folder above it that has one, else the mappings that ship with the package.
        minimum: Least number of cases of each mapping.
    """
    here = Path(sys._getframe(1).f_globals["__file__"]).resolve().parent
    locked = Locked(folder=here / cases, mappings=_mappings(here, mappings), minimum=minimum)
    checks = [pytest.param(check, id=name) for name, check in _checks(locked)]

    @pytest.mark.parametrize("check", checks)
    def check_mappings(check: Check, request: pytest.FixtureRequest) -> None:
        __tracebackhide__ = True
        check(locked, request)

    return check_mappings


@dataclass
class Locked:
    """Cases, and the mapping sets they are for, loaded when first asked for.

    Attributes:
        folder: Of the cases.
        mappings: Of the mapping sets; None: those that ship with the package.
        minimum: Least number of cases of each mapping.
    """

    folder: Path
    mappings: Path | None
    minimum: int
    wired: dict[tuple[str, bytes], Wired] = field(default_factory=dict)

    @property
    def snapshots(self) -> Path:
        """The folder of the snapshots."""
        return self.folder.parent / FOLDER

    @cached_property
    def cases(self) -> list[CaseFile]:
        """The case files."""
        return find_cases(self.folder)

    @cached_property
    def project(self) -> Project:
        """The mapping sets."""
        try:
            project = load_project(self.mappings)
        except ProjectError as error:
            pytest.fail(f"{error}; {error.help}", pytrace=False)
        if any(found.severity == "error" for found in project.diagnostics):
            pytest.fail(f"the mappings in {project.origin} have errors; see `mapper validate`", pytrace=False)
        return project

    @cached_property
    def sets(self) -> dict[str, DestinationSpec]:
        """Each mapping set by the name of its folder, whether enabled or not."""
        return {Path(folder).name: loaded.spec for folder, loaded in self.project.sets.items() if loaded.spec}

    def run(self, file: CaseFile, case: Case) -> str:
        """The text of a case's snapshot as the mappings have it now."""
        spec = self._spec(file)
        key = (file.set, encode(case.settings))
        if key not in self.wired:
            sources = Sources(options=case.settings, file={}, environment={})
            settings, problems = resolve_all([spec], sources, secrets=False)
            if problems:
                pytest.fail(f"{file.path}: {problems[0].message}; {problems[0].help}", pytrace=False)
            self.wired[key] = wire([spec], settings, describe=describer(self.project.documents))
        wired = self.wired[key]
        results = wired.interpreter.apply([encode(case.call)])
        if not any(getattr(result, "mapping", None) in {file.mapping, None} for result in results):
            pytest.fail(f"{file.path}: no result of {file.set}/{file.mapping} comes of this call", pytrace=False)
        return write_results(results, wired.targets)

    def _spec(self, file: CaseFile) -> DestinationSpec:
        spec = self.sets.get(file.set)
        if spec is None:
            fix = did_you_mean(file.set, self.sets) or f"there are {', '.join(self.sets)}"
            pytest.fail(f"{file.path}: there is no mapping set {file.set}; {fix}", pytrace=False)
        names = [mapping.name for mapping in spec.mappings]
        if file.mapping not in names:
            fix = did_you_mean(file.mapping, names) or f"there are {', '.join(names)}"
            pytest.fail(f"{file.path}: {file.set} has no mapping {file.mapping}; {fix}", pytrace=False)
        return spec


def _mappings(here: Path, given: str | None) -> Path | None:
    if given is not None:
        return here / given
    return next((above / "mappings" for above in (here, *here.parents) if (above / "mappings").is_dir()), None)


def _checks(locked: Locked) -> Iterator[tuple[str, Check]]:
    for file in locked.cases:
        yield file.id, _case(file)
    yield "every mapping has cases", _enough
    yield "every snapshot has a case", _no_orphans


def _case(file: CaseFile) -> Check:
    def check(locked: Locked, request: pytest.FixtureRequest) -> None:
        __tracebackhide__ = True
        try:
            case = read_case(file.path)
        except CaseError as error:
            pytest.fail(str(error), pytrace=False)
        if repeated := repeated_leaves(case.call):
            pytest.fail(f"{file.path}: give each field a value of its own; repeated: {', '.join(repeated)}", False)
        _compare(locked.run(file, case), snapshot_of(file, locked.snapshots), file.id, request)

    return check


def _compare(text: str, path: Path, name: str, request: pytest.FixtureRequest) -> None:
    __tracebackhide__ = True
    from mapper.testing.storage import stored_at

    snapshot: Any = request.getfixturevalue("snapshot")
    known = path.read_text(encoding="utf-8") if path.is_file() else None
    if known != text:
        request.node.user_properties.append((PROPERTY, f"{'missing' if known is None else 'changed'}  {name}"))
    assert text == snapshot.use_extension(stored_at(path))


def _enough(locked: Locked, _: pytest.FixtureRequest) -> None:
    __tracebackhide__ = True
    counted: dict[tuple[str, str], int] = {}
    for file in locked.cases:
        counted[file.set, file.mapping] = counted.get((file.set, file.mapping), 0) + 1
    wanting = [
        f"{folder}/{mapping.name} has {counted.get((folder, mapping.name), 0)}"
        for folder, spec in locked.sets.items()
        for mapping in spec.mappings
        if counted.get((folder, mapping.name), 0) < locked.minimum
    ]
    if wanting:
        pytest.fail(f"each mapping needs {locked.minimum} or more cases: {', '.join(wanting)}", pytrace=False)


def _no_orphans(locked: Locked, request: pytest.FixtureRequest) -> None:
    __tracebackhide__ = True
    found = orphans(locked.cases, locked.snapshots)
    if request.config.getoption("update_snapshots", False):
        for path in found:
            path.unlink()
        return
    names = [path.relative_to(locked.snapshots).with_suffix("").as_posix() for path in found]
    request.node.user_properties.extend((PROPERTY, f"orphaned {name}") for name in names)
    if names:
        pytest.fail(f"snapshots without a case: {', '.join(names)}", pytrace=False)
