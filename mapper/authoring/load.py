"""A folder to a mapping set: read, shape-checked, built and checked, with every problem found on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os.path import normpath
from pathlib import Path
from typing import Final

import msgspec
from jmespath import exceptions

from mapper.authoring.allow import without_allowed
from mapper.authoring.build import build_destination
from mapper.authoring.document import Document
from mapper.authoring.narrow import with_field_schemas
from mapper.authoring.read import read_document
from mapper.authoring.rules import CHECKS
from mapper.authoring.rules.loading import NO_DESTINATION, UNREADABLE_SCHEMA, UNREADABLE_USE
from mapper.authoring.schemas import Schema, SchemaError, load_schema
from mapper.authoring.shape import Kind, check_shape
from mapper.authoring.subject import Subject, Use
from mapper.base.stamp import Stamp, stamp
from mapper.expressions.parse import Node, parse
from mapper.records.diagnostic import Diagnostic, Place
from mapper.records.spec import DestinationSpec

NOT_MAPPINGS = frozenset({"destination", "sandbox"})
"""Stems of YAML files in a mapping set's folder that are no mappings."""
_OF_THE_DISK: Final = "lost+found"
"""A folder at the top of many a volume, into which nobody may look, and that holds no mappings."""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping set and what is wrong with it.

    Attributes:
        spec: The set; None where any diagnostic is an error, or there is no destination.yaml that can be read.
        documents: By file as shown: all that could be read.
        diagnostics: Every problem, in the order found.
        files: All that were read or missed, those that schemas refer to too, each as it was just before.
    """

    spec: DestinationSpec | None
    documents: Mapping[str, Document] = msgspec.field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    files: Mapping[Path, Stamp | None] = msgspec.field(default_factory=dict)

    @property
    def broken(self) -> bool:
        """Whether there is an error, so that the set can't run."""
        return self.spec is None or any(found.is_error for found in self.diagnostics)


def find_sets(root: Path) -> list[Path]:
    """The mapping sets in a folder: the folder itself, or those right below it that hold a destination.yaml.

    A folder that may not be looked into counts as one: what it holds would be missing otherwise, and nobody the wiser.
    """
    if _holds_set(root):
        return [root]
    try:
        below = sorted(root.iterdir())
    except OSError:  # no folder, or one that may not be listed
        return []
    return [folder for folder in below if folder.name != _OF_THE_DISK and _holds_set(folder)]


def load_set(folder: Path, *, shown: str | None = None, sandbox: bool = False) -> Loaded:
    """Load the mapping set in `folder`; never raises for what files hold.

    Args:
        folder: Holds destination.yaml and the mapping files.
        shown: The folder as people should see it.
        sandbox: Check the sandbox.yaml beside them too. Mappings run without it, whatever is wrong with it.
    """
    return _Loading(folder, str(folder) if shown is None else shown).run(sandbox=sandbox)


class _Loading:
    """One pass over a folder; collects documents and diagnostics as it goes."""

    def __init__(self, folder: Path, shown: str) -> None:
        self.folder = folder
        self.shown = shown
        self.documents: dict[str, Document] = {}
        self.diagnostics: list[Diagnostic] = []
        self.broken: set[str] = set()
        self.files: dict[Path, Stamp | None] = {}

    def run(self, *, sandbox: bool) -> Loaded:
        destination = self._read(self.folder / "destination.yaml", "destination")
        if destination is None:
            if not self.diagnostics:
                self.diagnostics.append(
                    NO_DESTINATION.at(
                        Place(file=self.shown),
                        "there is no destination.yaml here",
                        help="name a folder that holds one; `mapper init DIR` makes one to begin with",
                    )
                )
            return self._loaded(None, self.diagnostics)
        used = self._use(destination)
        shared = {normpath(path) for path in _use_paths(self.folder, destination)}
        others = (path for path in self.folder.glob("*.yaml") if path.stem not in NOT_MAPPINGS)
        paths = sorted(path for path in others if normpath(path) not in shared)
        mappings = [document for path in paths if (document := self._read(path, "mapping")) is not None]
        schemas = self._schemas(destination)
        spec = with_field_schemas(build_destination(destination, used, mappings, schemas))
        subject = Subject(
            spec=spec,
            documents=self.documents,
            trees={},
            broken=frozenset(self.broken),
            files=tuple(path.stem for path in paths),
            complete=not self.broken & {self._name(path) for path in _use_paths(self.folder, destination)},
        )
        subject = self._with_trees(subject)
        for check in CHECKS:
            self.diagnostics.extend(check(subject))
        if sandbox:
            self._check_sandbox(spec)
        found = tuple(without_allowed(dict.fromkeys(self.diagnostics), self.documents))
        failed = any(diagnostic.is_error for diagnostic in found)
        return self._loaded(None if failed else spec, found)

    def _loaded(self, spec: DestinationSpec | None, found: Iterable[Diagnostic]) -> Loaded:
        return Loaded(spec=spec, documents=self.documents, diagnostics=tuple(found), files=self.files)

    def _name(self, path: Path) -> str:
        """A file as people should see it: relative to the folder they named."""
        below = str(path).removeprefix(str(self.folder / "x")[:-1])
        return normpath(Path(self.shown) / below)

    def _note(self, path: Path) -> None:
        """A file is about to be read, or looked for."""
        self.files.setdefault(path, stamp(path))

    def _read(self, path: Path, kind: Kind) -> Document | None:
        self._note(path)
        if kind == "destination" and not _unless_denied(path.exists):
            return None
        name = self._name(path)
        document, problems = read_document(path, shown=name)
        if document is not None:
            self.documents[name] = document
            problems = [*problems, *check_shape(document, kind)]
        self.diagnostics.extend(problems)
        if document is None or any(problem.is_error for problem in problems):
            self.broken.add(name)
        return document if document is not None and isinstance(document.data, dict) else None

    def _check_sandbox(self, spec: DestinationSpec) -> None:
        from mapper.authoring.stand_in import FILE, FIRST, check_stand_in  # no run needs it

        path = self.folder / FILE
        self._note(path)
        if not _unless_denied(path.exists):
            return
        name = self._name(path)
        document, problems = read_document(path, shown=name, first=FIRST)
        if document is not None:
            self.documents[name] = document
            settings = None if spec.file in self.broken else [setting.name for setting in spec.settings]
            problems = [*problems, *check_stand_in(document, spec.id or None, settings)]
        self.diagnostics.extend(problems)

    def _use(self, destination: Document) -> list[Document]:
        used = []
        for at, path in enumerate(_use_paths(self.folder, destination)):
            self._note(path)
            if not _unless_denied(path.is_file):
                self.broken.add(self._name(path))
                self.diagnostics.append(
                    UNREADABLE_USE.at(
                        destination.place(("use", at)),
                        f"there is no file {self._name(path)}",
                        help="paths in `use` are relative to the file that holds them",
                    )
                )
                continue
            document = self._read(path, "let")
            if document is not None:
                used.append(document)
        return used

    def _schemas(self, destination: Document) -> dict[str, Schema]:
        schemas: dict[str, Schema] = {}
        requests = destination.data.get("requests")
        for name, request in (requests if isinstance(requests, dict) else {}).items():
            path = request.get("schema") if isinstance(request, dict) else None
            if not isinstance(path, str):
                continue
            try:
                schemas[name] = load_schema(self.folder / path, self._note)
            except SchemaError as error:
                place = destination.place(("requests", name, "schema"))
                self.diagnostics.append(
                    UNREADABLE_SCHEMA.at(place, f"the schema can't be used: {error}", help=error.help)
                )
        return schemas

    def _with_trees(self, subject: Subject) -> Subject:
        """Parse every expression once; those that can't be parsed are reported by a check of their own."""
        trees: dict[str, Node] = {}
        for use in subject.uses():
            _parse_into(trees, use)
        return Subject(
            spec=subject.spec,
            documents=subject.documents,
            trees=trees,
            broken=subject.broken,
            files=subject.files,
            complete=subject.complete,
        )


def _holds_set(folder: Path) -> bool:
    return _unless_denied((folder / "destination.yaml").exists)


def _unless_denied(question: Callable[[], bool]) -> bool:
    """The answer; yes where we may not know, for who reads the file then says so."""
    try:
        return question()
    except PermissionError:
        return True
    except OSError:  # a name that is too long
        return False


def _parse_into(trees: dict[str, Node], use: Use) -> None:
    if use.expression.text not in trees:
        try:
            trees[use.expression.text] = parse(use.expression.text)
        except exceptions.JMESPathError:
            return


def _use_paths(folder: Path, destination: Document) -> list[Path]:
    named = destination.data.get("use")
    return [folder / path for path in (named if isinstance(named, list) else ()) if isinstance(path, str)]
