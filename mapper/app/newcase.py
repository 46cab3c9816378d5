"""A case made of a real call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mapper.app.locked import Locked
from mapper.app.project import ProjectError
from mapper.base.json import JsonError, decode
from mapper.base.suggest import did_you_mean
from mapper.records.result import Mapped, Skipped, Unmappable
from mapper.review.anonymous import Anonymous, anonymous
from mapper.review.cases import Case, CaseError, CaseFile, read_case
from mapper.review.changes import changes
from mapper.review.leaves import leaves, path_text

_MOST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case that is not written yet.

    Attributes:
        file: Where it goes.
        case: What it holds.
        anonymous: What was replaced in its call.
        otherwise: Fields of the result that the real call has and this one lacks, or the other way round.
    """

    file: CaseFile
    case: Case
    anonymous: Anonymous
    otherwise: tuple[str, ...]


def new_case(
    locked: Locked,
    call: dict[str, Any],
    *,
    mapping: str | None = None,
    name: str | None = None,
    about: str | None = None,
    keep: frozenset[str] = frozenset(),
) -> NewCase:
    """Make a case of a call, with stand-ins for what identifies somebody.

    Args:
        locked: Where the case is to lie, and the mappings it is for.
        call: The real call.
        mapping: As ``set/mapping``; by default the one that makes a request of the call.
        name: Of the case; by default made of the event's name, or the call's type.
        about: What it shows, in one line.
        keep: Paths in the call whose values stay.

    Raises:
        ProjectError: no mapping, or more than one, makes a request of the call; a name can't be used; there is a
            case of this call already.
        LockError: there is no such mapping, or it has no result for this call.
    """
    _check_kept(call, keep)
    made = anonymous(call, keep)
    folder, of = _split(mapping) if mapping else _only_mapping(locked, call)
    if about is not None and (not about.strip() or "\n" in about):
        raise ProjectError("--about is more than one line, or none", "say what the case shows")
    label = _label(made.call)
    file = _file(locked, folder, of, name or _free_name(locked, folder, of, _slug(label), made.call))
    case = Case(about=about or f"{label}, as it came but for who it is of.", call=made.call, equal=made.equal)
    real = locked.run(file, Case(about=case.about, call=dict(call)))
    otherwise = tuple(
        path_text(change.path[1:])
        for change in changes(real, locked.run(file, case))
        if change.kind != "changed" or type(change.old) is not type(change.new)
    )
    return NewCase(file=file, case=case, anonymous=made, otherwise=otherwise)


def case_text(case: Case) -> str:
    """A case as its file holds it."""
    held: dict[str, Any] = {"about": case.about}
    if case.settings:
        held["settings"] = case.settings
    if case.equal:
        held["equal"] = case.equal
    return json.dumps({**held, "call": case.call}, indent=2, ensure_ascii=False) + "\n"


def write_case(new: NewCase) -> None:
    """Write the file of a new case, folders included.

    Raises:
        OSError: there is one, or it can't be written.
    """
    new.file.path.parent.mkdir(parents=True, exist_ok=True)
    with new.file.path.open("x", encoding="utf-8") as file:
        file.write(case_text(new.case))


def read_call(raw: bytes) -> dict[str, Any]:
    """A call from the bytes of its line.

    Raises:
        JsonError: they are no JSON, or no object.
    """
    call = decode(raw)
    if not isinstance(call, dict):
        raise JsonError("it is no object")
    return call


def _check_kept(call: dict[str, Any], keep: Iterable[str]) -> None:
    paths = {path_text(path) for path, _ in leaves(call)}
    for wanted in keep:
        if wanted not in paths:
            help_ = did_you_mean(wanted, paths) or "name a value, such as properties.format or traits.tags[0]"
            raise ProjectError(f"the call has no {wanted} to keep", help_)


def _split(mapping: str) -> tuple[str, str]:
    folder, slash, name = mapping.partition("/")
    if not slash or "/" in name:
        raise ProjectError(f"--mapping {mapping} is no SET/MAPPING", "such as --mapping acme/track")
    return folder, name


def _only_mapping(locked: Locked, call: dict[str, Any]) -> tuple[str, str]:
    enabled = {folder: spec.enabled for folder, spec in locked.sets.items()}
    found = {folder: results for folder, results in locked.results(call).items() if enabled[folder]}
    taking = [(folder, made.mapping) for folder, all_ in found.items() for made in all_ if isinstance(made, Mapped)]
    if len(taking) == 1:
        return taking[0]
    if taking:
        names = [f"{folder}/{name}" for folder, name in taking]
        raise ProjectError(f"several mappings take this call: {', '.join(names)}", f"name one: --mapping {names[0]}")
    reasons = [
        f"{folder}: {made.reason}"
        for folder, results in found.items()
        for made in results
        if isinstance(made, Skipped | Unmappable)
    ]
    kind = str(call.get("type")).strip().lower()
    may = [
        f"{folder}/{mapping.name}"
        for folder, spec in locked.sets.items()
        for mapping in spec.mappings
        if kind in mapping.accepts and folder in found
    ]
    help_ = f"to lock that, name the mapping: --mapping {may[0]}" if may else "no mapping takes calls of this type"
    raise ProjectError(f"no request comes of this call ({'; '.join(dict.fromkeys(reasons)) or 'it is no call'})", help_)


def _label(call: Mapping[str, Any]) -> str:
    """What a call is, in a few words without control characters."""
    for key in ("event", "name", "type"):
        if isinstance(text := call.get(key), str) and text.strip() and (key != "name" or call.get("type") != "track"):
            return " ".join("".join(part if part.isprintable() else " " for part in text).split())[:_MOST_NAME].strip()
    return "A call"


def _slug(label: str) -> str:
    return re.sub(r"[\W_]+", "-", label.lower()).strip("-")[:_MOST_NAME].strip("-") or "call"


def _free_name(locked: Locked, folder: str, mapping: str, wanted: str, call: dict[str, Any]) -> str:
    """The name, with a number behind it where it is taken by a case of another call."""
    name, number = wanted, 1
    while (path := locked.folder / folder / mapping / f"{name}.json").exists():
        with suppress(CaseError):
            if read_case(path).call == call:
                raise ProjectError(
                    f"there is a case of this call already: {folder}/{mapping}/{name}", "--name makes another one of it"
                )
        number += 1
        name = f"{wanted}-{number}"
    return name


def _file(locked: Locked, folder: str, mapping: str, name: str) -> CaseFile:
    here: Path = locked.folder / folder / mapping
    if not re.fullmatch(r"\w[\w.-]*", name) or len(name) > _MOST_NAME * 2:
        raise ProjectError(f"--name {name} can't be the name of a case", "letters, digits, `-`, `_` and `.` will do")
    if (here / f"{name}.json").exists():
        raise ProjectError(f"there is a case {folder}/{mapping}/{name} already", "give another name with --name")
    return CaseFile(path=here / f"{name}.json", set=folder, mapping=mapping, name=name)
