"""Which files to check, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mapper.app.project import Project, ProjectError, find_root, load_sets
from mapper.authoring.document import Document
from mapper.authoring.load import Loaded, find_sets
from mapper.records.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check of some paths found.

    Attributes:
        diagnostics: In the order found.
        documents: By file, what could be read.
        looked_at: The files that were checked.
        elsewhere: Which mappings those are, where none were named and none are here.
    """

    diagnostics: Sequence[Diagnostic]
    documents: Mapping[str, Document]
    looked_at: frozenset[str]
    elsewhere: str | None = None

    @property
    def files(self) -> int:
        """Number of files looked at."""
        return len(self.looked_at)


def examine(paths: Sequence[Path], *, current: Path | None = None) -> Findings:
    """Check the mapping sets at `paths`; without any, those in force.

    A file stands for the mapping set it belongs to, of which only findings in that file are given.

    Raises:
        ProjectError: a path is missing or belongs to no mapping set.
    """
    if not paths:
        root, origin = find_root(None, current or Path.cwd())
        project = Project(root=root, origin=origin, sets=_load(find_sets(root), origin))
        return replace(_of_project(project, None), elsewhere=None if root == Path("mappings") else origin)
    found = [_examine(path) for path in paths]
    return Findings(
        diagnostics=list(dict.fromkeys(one for each in found for one in each.diagnostics)),
        documents={file: document for each in found for file, document in each.documents.items()},
        looked_at=frozenset().union(*(each.looked_at for each in found)),
    )


def strictly(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Every warning as an error."""
    return [replace(diagnostic, severity="error") for diagnostic in diagnostics]


def _examine(path: Path) -> Findings:
    if not path.exists():
        raise ProjectError(f"{path} does not exist", "name a folder of mapping sets, or a file in one")
    folder = path if path.is_dir() else path.parent
    sets = _load(find_sets(folder), str(folder)) if path.is_dir() or find_sets(folder) else _using(path)
    return _of_project(Project(root=folder, origin=str(folder), sets=sets), None if path.is_dir() else path)


def _using(path: Path) -> dict[str, Loaded]:
    """The mapping sets beside a file's folder that use the file.

    Raises:
        ProjectError: there are none.
    """
    near = path.resolve().parent.parent
    folders = find_sets(near)
    sets = _load(folders, str(near)) if folders else {}
    found = {folder: loaded for folder, loaded in sets.items() if _holds(loaded, path)}
    if not found:
        help_ = "name it under `use` in a destination.yaml, or name a set's folder"
        if path.name == "sandbox.yaml":
            help_ = "it stands beside the destination.yaml of the mapping set it is for"
        raise ProjectError(f"{path} belongs to no mapping set", help_)
    return found


def _load(folders: Sequence[Path], origin: str) -> dict[str, Loaded]:
    return load_sets(folders, origin, sandboxes=True)


def _holds(loaded: Loaded, path: Path) -> bool:
    return any(Path(file).resolve() == path.resolve() for file in loaded.documents)


def _of_project(project: Project, only: Path | None) -> Findings:
    diagnostics, documents = project.diagnostics, project.documents
    if only is not None:
        wanted = only.resolve()
        diagnostics = [found for found in diagnostics if Path(found.primary.file).resolve() == wanted]
    files = {found.primary.file for found in diagnostics} | (set() if only else set(documents))
    return Findings(diagnostics=diagnostics, documents=documents, looked_at=frozenset(files or {str(only)}))
