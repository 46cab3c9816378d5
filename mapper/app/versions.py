"""The two mapping folders that are compared: folders as they are, or as a git revision has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from mapper.app.git import Repository
from mapper.app.project import Project, ProjectError, load_project
from mapper.authoring.load import find_sets, load_set
from mapper.records.spec import DestinationSpec

_RANGE: Final = re.compile(r"(.*?)(\.\.\.?)(.*)")
_USAGE: Final = "OLD and NEW are folders of mappings or git revisions: `mapper diff main`, `mapper diff main..HEAD`"


@dataclass(frozen=True, slots=True)
class Version:
    """Mapping sets as they are at one time or place.

    Attributes:
        name: For people: ``main``, ``./mappings``.
        project: The sets.
    """

    name: str
    project: Project

    @property
    def specs(self) -> Mapping[str, DestinationSpec]:
        """The sets that can run, by id."""
        return {loaded.spec.id: loaded.spec for loaded in self.project.sets.values() if loaded.spec}


def load_versions(given: Sequence[str], mappings: Path | None, scratch: Path) -> tuple[Version, Version]:
    """The old and the new version.

    Args:
        given: At most two folders or revisions, or a range of these; what is missing is HEAD, and the folder as it is.
        mappings: The folder of mappings in force, and its name in every revision; None: ./mappings.
        scratch: An empty folder for what is read from git.

    The old one may hold no mapping set: a revision from before there were any, or HEAD before the first commit.

    Raises:
        ProjectError: a version can't be found, or else holds no mapping set.
    """
    versions = _Versions(mappings, scratch)
    if len(given) == 2:
        old, new = given
        return versions.find(old, may_lack=True), versions.find(new)
    one = given[0] if given else "HEAD"
    parts = None if Path(one).is_dir() else _RANGE.fullmatch(one)
    if parts is None or one.startswith((".", "/")):
        return versions.find(one, may_lack=True), versions.current(strict=not Path(one).is_dir())
    first, dots, second = parts[1], parts[2], parts[3] or "HEAD"
    return versions.revision(first, second if dots == "..." else None, may_lack=True), versions.revision(second)


class _Versions:
    def __init__(self, mappings: Path | None, scratch: Path) -> None:
        self._mappings = mappings
        self._scratch = scratch

    def find(self, given: str, *, may_lack: bool = False) -> Version:
        """A folder where there is one of this name, else a revision."""
        path = Path(given)
        if path.is_dir():
            inner = path / "mappings"
            root = inner if not find_sets(path) and inner.is_dir() else path
            return Version(str(root), load_project(root))
        if path.exists():
            raise ProjectError(f"{given} is a file", _USAGE)
        if given.startswith((".", "/")):
            raise ProjectError(f"there is no folder {given}", _USAGE)
        return self.revision(given, may_lack=may_lack)

    def current(self, *, strict: bool) -> Version:
        """The folder as it is; `strict`: not the mappings that ship, where there is none."""
        project = load_project(self._folder if strict else self._mappings)
        return Version(project.origin if not strict else str(self._folder), project)

    def revision(self, name: str, since: str | None = None, *, may_lack: bool = False) -> Version:
        """The folder as a commit has it.

        Args:
            name: Of the commit.
            since: Another; then it is the last commit that both grew from.
            may_lack: It may be from before there were mappings.
        """
        repository = Repository(Path.cwd(), f"`{name}`")
        if may_lack and name == "HEAD" and not repository.born:
            return Version(name, Project(root=repository.top, origin=name, sets={}))
        commit = repository.base(name, since) if since else repository.commit(name)
        shown = f"{name}...{since}" if since else name
        folder = self._in(repository)
        scratch = self._scratch / commit
        if not repository.extract(commit, folder, scratch) and not may_lack:
            raise ProjectError(f"there are no mappings in {folder}/ at {shown}", "--mappings DIR names another folder")
        root = scratch.joinpath(*folder.parts)
        before = f"{commit[:9] if since else name}:"
        sets = {
            str(path): load_set(path, shown=f"{before}{path.relative_to(scratch).as_posix()}")
            for path in find_sets(root)
        }
        if not sets and not may_lack:
            help_ = "a mapping set is a folder with a destination.yaml; --mappings DIR names another folder"
            raise ProjectError(f"there is no mapping set in {folder}/ at {shown}", help_)
        return Version(shown, Project(root=root, origin=shown, sets=sets))

    @property
    def _folder(self) -> Path:
        return self._mappings or Path("mappings")

    def _in(self, repository: Repository) -> PurePosixPath:
        """The folder of mappings as seen from the top of the repository."""
        path = self._folder.resolve()
        if path.is_relative_to(repository.top):
            return PurePosixPath(path.relative_to(repository.top).as_posix())
        raise ProjectError(
            f"{self._folder} is not in the repository {repository.top}", "--mappings DIR names a folder in it"
        )
