"""New mapping sets and mappings in a project: files, a first case, its snapshot. All of it, or nothing."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mapper.app.init import TEST
from mapper.app.locked import Locked, LockError
from mapper.app.locks import find_locks
from mapper.app.newcase import case_text
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import variable
from mapper.app.starting import DESTINATION, SANDBOX, header, mapping_text, sample_call, schema_text
from mapper.authoring.load import NOT_MAPPINGS, find_sets, load_set
from mapper.base.suggest import did_you_mean
from mapper.records.spec import CALL_TYPES, DestinationSpec
from mapper.review.cases import Case, CaseFile
from mapper.review.snapshots import snapshot_of

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
_NO_TEXT: Final = frozenset({"null", "true", "false"})
"""What YAML takes for something else than text."""
_FIRST: Final = "first"
"""Name of the first case."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made.

    Attributes:
        files: In the order made.
        mapping: The new mapping's file.
        notes: What else there is to know, a line each.
        next: What to do next, or None.
    """

    files: tuple[Path, ...]
    mapping: Path
    notes: tuple[str, ...]
    next: str | None = None


def new_destination(name: str, call_type: str, mappings: Path | None) -> Made:
    """Make a mapping set with one mapping, named after the type of calls it accepts.

    Raises:
        ProjectError: the name can't be used, or is taken; there is no project; the files can't be written.
    """
    project = _project(mappings, may_be_empty=True)
    _check_type(call_type)
    if not _NAME.fullmatch(name) or "_" in name or name in _NO_TEXT:
        legal = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        more = f"; write `{legal}`" if _NAME.fullmatch(legal) and legal not in _NO_TEXT else ""
        help_ = f"an id has lower-case letters, digits and hyphens, and starts with a letter{more}"
        raise ProjectError(f"`{name}` is no id", help_)
    ids = {loaded.spec.id for loaded in project.sets.values() if loaded.spec}
    folder = project.root / name
    if name in ids or os.path.lexists(folder):
        raise ProjectError(
            f"there is a destination `{name}` already", "choose another name, or `mapper new mapping` adds to it"
        )
    with _Files() as files:
        schema = project.root.parent / "schemas" / name / "event.schema.json"
        title = name.replace("-", " ").title()
        text = DESTINATION.format(
            id=name,
            name=title,
            types=call_type,
            variable=variable(name, "apiKey"),
            schema=Path(os.path.relpath(schema, folder)).as_posix(),
        )
        files.write(folder / "destination.yaml", _head(project.root, folder, "destination") + text)
        files.write(schema, schema_text())
        sandbox = _head(project.root, folder, "sandbox") + SANDBOX.format(id=name, name=title)
        files.write(folder / "sandbox.yaml", sandbox)
        spec = load_set(folder).spec
        assert spec is not None, "what is made here is valid"
        made = _add_mapping(files, project.root, folder, spec, call_type, call_type, "event")
    return replace(made, next=f"`mapper run FILE --destination {name} --sandbox` tries it on calls")


def new_mapping(name: str, destination: str, call_type: str, request: str | None, mappings: Path | None) -> Made:
    """Make a mapping in a set that is there.

    Raises:
        ProjectError: the name can't be used, or is taken; there is no such destination or request; the destination does
            not accept such calls; the files can't be written.
    """
    project = _project(mappings)
    _check_type(call_type)
    folder, spec = _find(project, destination)
    if not _NAME.fullmatch(name) or name in NOT_MAPPINGS:
        raise ProjectError(
            f"`{name}` is no name for a mapping", "it has lower-case letters, digits, _ and -, such as `track`"
        )
    if call_type not in spec.accepts:
        raise ProjectError(
            f"{destination} does not accept {call_type} calls", f"add `{call_type}` to `accepts` in {spec.file}"
        )
    request = request or next(iter(spec.requests))
    if request not in spec.requests:
        help_ = did_you_mean(request, spec.requests) or f"there are: {', '.join(spec.requests)}"
        raise ProjectError(f"{destination} has no request `{request}`", help_)
    with _Files() as files:
        return _add_mapping(files, project.root, folder, spec, name, call_type, request)


class _Files:
    """Writes new files; where the block fails, takes them away again, and the folders made for them."""

    def __init__(self) -> None:
        self._back = ExitStack()
        self.made: list[Path] = []

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._back.pop_all()
        self._back.close()

    def write(self, path: Path, text: str) -> None:
        """Write a file that is not there.

        Raises:
            ProjectError: it is there, or can't be written.
        """
        try:
            for folder in reversed([each for each in path.parents if not each.exists()]):
                folder.mkdir()
                self._back.callback(folder.rmdir)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                self._back.callback(path.unlink)
                file.write(text)
        except FileExistsError:
            raise ProjectError(f"there is a file {path} already", "choose another name; nothing was made") from None
        except OSError as error:
            raise ProjectError(
                f"can't write {path}: {error.strerror}", "make its folder writable; nothing was made"
            ) from None
        self.made.append(path)


def _add_mapping(
    files: _Files, root: Path, folder: Path, spec: DestinationSpec, name: str, call_type: str, request: str
) -> Made:
    path = folder / f"{name}.yaml"
    others = [mapping for mapping in spec.mappings if call_type in mapping.accepts]
    # Were it to take every call of which another makes the same request, all would be sent twice.
    sort = name if any(mapping.request == request for mapping in others) else None
    files.write(path, _head(root, folder, "mapping") + mapping_text(spec, call_type, request, sort))
    case = Case(about=f"A usual {sort or call_type} call.", call=sample_call(call_type, sort))
    notes = [note] if (note := _add_case(files, root, folder.name, name, case)) else []
    if others:
        verb = "take" if len(others) > 1 else "takes"
        notes.append(
            f"{', '.join(mapping.name for mapping in others)} {verb} {call_type} calls too: their cases have one more "
            "result now, which `mapper snap review` shows"
        )
    return Made(tuple(files.made), path, tuple(notes))


def _add_case(files: _Files, root: Path, folder: str, name: str, case: Case) -> str | None:
    """The first case and its snapshot; why there is none, where that can't be."""
    locked = _lock(files, root)
    if locked is None:
        return f"no case was made: no test here locks the mappings in {root}"
    path = locked.folder / folder / name / f"{_FIRST}.json"
    file = CaseFile(path=path, set=folder, mapping=name, name=_FIRST)
    try:
        snapshot = locked.run(file, case)
    except LockError as error:
        return f"no case was made: {error}"
    files.write(path, case_text(case))
    files.write(snapshot_of(file, locked.snapshots), snapshot)
    return None


def _lock(files: _Files, root: Path) -> Locked | None:
    """The lock of these mappings; where there are no tests beside them at all, one as `mapper init` makes it."""
    try:
        locks = find_locks(Path())
    except ProjectError:
        locks = []
    for locked in locks:
        if locked.mappings is not None and locked.mappings.resolve() == root.resolve():
            return locked
    tests = root.resolve().parent / "tests"
    if locks or root.name != "mappings" or tests.exists():
        return None
    files.write(tests / "test_mappings.py", TEST)
    return Locked(folder=tests / "cases", mappings=root, minimum=1)


def _project(mappings: Path | None, *, may_be_empty: bool = False) -> Project:
    root = mappings or Path("mappings")
    if mappings is None and not root.is_dir():
        raise ProjectError(
            "there is no folder `mappings` here",
            "`mapper init DIR` makes a project, `mkdir mappings` an empty one; --mappings DIR names a folder",
        )
    if may_be_empty and root.is_dir() and not find_sets(root):
        return Project(root=root, origin=str(root), sets={})
    return load_project(root)


def _find(project: Project, destination: str) -> tuple[Path, DestinationSpec]:
    specs = {loaded.spec.id: (Path(path), loaded.spec) for path, loaded in project.sets.items() if loaded.spec}
    if destination in specs:
        return specs[destination]
    broken = [Path(path).name for path, loaded in project.sets.items() if loaded.spec is None]
    if broken:
        raise ProjectError(f"the mappings of {', '.join(broken)} have errors", "`mapper validate` shows them")
    help_ = did_you_mean(destination, specs) or f"there are: {', '.join(sorted(specs))}"
    raise ProjectError(f"there is no destination `{destination}` in {project.origin}", help_)


def _check_type(call_type: str) -> None:
    if call_type not in CALL_TYPES:
        help_ = did_you_mean(call_type, CALL_TYPES) or f"there are: {', '.join(CALL_TYPES)}"
        raise ProjectError(f"there is no call type `{call_type}`", help_)


def _head(root: Path, folder: Path, kind: str) -> str:
    """The line for editors, where the schemas of the language are beside the mappings."""
    schema = root.parent / "schemas" / f"{kind}.schema.json"
    return header(Path(os.path.relpath(schema, folder)).as_posix()) if schema.is_file() else ""
