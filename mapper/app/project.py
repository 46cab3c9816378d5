"""Which mapping sets are in force, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapper.authoring.document import Document
from mapper.authoring.load import Loaded, find_sets, load_set
from mapper.authoring.shipped import shipped
from mapper.base.stamp import Stamp
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Diagnostic
from mapper.records.spec import DestinationSpec


class ProjectError(Exception):
    """There is nothing usable where mappings were looked for; the message is one line.

    Attributes:
        help: What to do about it.
    """

    def __init__(self, message: str, help: str) -> None:  # noqa: A002 - the word that diagnostics use
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Mapping sets, loaded.

    Attributes:
        root: The folder they lie in.
        origin: Which folder that is, for people: ``./mappings`` or ``the mappings that ship with mapper``.
        sets: Each set with its diagnostics, by folder name.
    """

    root: Path
    origin: str
    sets: Mapping[str, Loaded]

    @property
    def documents(self) -> dict[str, Document]:
        """Every document of every set, by file."""
        return {file: document for loaded in self.sets.values() for file, document in loaded.documents.items()}

    @property
    def files(self) -> dict[Path, Stamp | None]:
        """Every file that was read for them or missed, each as it was before it was read first."""
        return {file: was for loaded in reversed([*self.sets.values()]) for file, was in loaded.files.items()}

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Every problem of every set, each once though two sets may use one file."""
        return list(dict.fromkeys(found for loaded in self.sets.values() for found in loaded.diagnostics))

    @property
    def errors(self) -> list[Diagnostic]:
        """Those problems for which nothing may run."""
        return [found for found in self.diagnostics if found.is_error]

    def choose(self, names: Sequence[str] = ()) -> list[DestinationSpec]:
        """The destinations to run: those named by id, whether enabled or not; without names all that are enabled.

        Raises:
            ProjectError: no destination of that name, or none enabled.
        """
        specs = {loaded.spec.id: loaded.spec for loaded in self.sets.values() if loaded.spec}
        for name in names:
            if name not in specs:
                suggestion = did_you_mean(name, specs) or f"there are: {', '.join(sorted(specs)) or 'none'}"
                raise ProjectError(f"there is no destination `{name}` in {self.origin}", suggestion)
        chosen = [specs[name] for name in dict.fromkeys(names)] or [spec for spec in specs.values() if spec.enabled]
        if not chosen:
            raise ProjectError(f"no destination in {self.origin} is enabled", "name one with --destination")
        return chosen


def find_root(mappings: Path | None, current: Path) -> tuple[Path, str]:
    """The folder of mappings in force and its name for people: the one given, else ./mappings, else the shipped one.

    Raises:
        ProjectError: it is no folder. A ./mappings that is a file or a dangling link is a mishap: the shipped
            mappings in its place would send somebody else's requests.
    """
    root = Path("mappings") if mappings is None else mappings
    if mappings is None and not os.path.lexists(current / root):
        return shipped("mappings"), "the mappings that ship with mapper"
    if not (current / root).is_dir():
        linked = "is a link that leads nowhere" if (current / root).is_symlink() else "does not exist"
        what = "is a file" if (current / root).exists() else linked
        raise ProjectError(f"the mappings folder {root} {what}", "name a folder, or run `mapper init DIR` to make one")
    return root, str(root) if mappings is not None else "./mappings"


def load_project(mappings: Path | None, *, current: Path | None = None) -> Project:
    """Load every mapping set in force.

    Raises:
        ProjectError: the folder is missing or holds no mapping set.
    """
    root, origin = find_root(mappings, current or Path.cwd())
    return Project(root=root, origin=origin, sets=load_sets(find_sets(root), origin))


def load_sets(folders: Iterable[Path], origin: str, *, sandboxes: bool = False) -> dict[str, Loaded]:
    """Load mapping sets by folder; with `sandboxes`, check the sandbox.yaml of each too.

    Raises:
        ProjectError: there are none.
    """
    sets = {str(folder): load_set(folder, shown=_shown(folder), sandbox=sandboxes) for folder in folders}
    if not sets:
        raise ProjectError(
            f"there is no mapping set in {origin}",
            "a mapping set is a folder with a destination.yaml; `mapper init DIR` makes one",
        )
    return sets


def _shown(folder: Path) -> str:
    """Relative where it lies below the current folder, so that messages stay short and snapshots stable."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
