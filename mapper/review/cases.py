"""Cases: a call each, in a file, with what makes it worth keeping."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mapper.base.json import JsonError, decode
from mapper.review.leaves import repeated

_KEYS: Final = frozenset({"about", "settings", "equal", "call"})
CONFLICT: Final = re.compile(rb"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)
"""What git leaves in a file where a merge is to be settled."""
MAX_BYTES: Final = 4_000_000
"""Largest case that is read: several times the largest call that a run takes."""


class CaseError(Exception):
    """A file that is no case; one line with file and cause.

    Attributes:
        meant: It holds a call where a case has it, and so is meant as one.
    """

    def __init__(self, message: str, *, meant: bool = False) -> None:
        super().__init__(message)
        self.meant = meant


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Where a case lies.

    Attributes:
        path: The file.
        set: Folder name of the mapping set.
        mapping: The mapping it is a case of.
        name: The file's name without ``.json``.
    """

    path: Path
    set: str
    mapping: str
    name: str

    @property
    def id(self) -> str:
        """What people call it: ``set/mapping/name``."""
        return f"{self.set}/{self.mapping}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a case file holds.

    Attributes:
        about: What the case shows, in one line.
        call: The Segment call.
        settings: Settings of the mapping set that differ from their defaults; no secrets.
        equal: Groups of paths in the call whose values are the same on purpose, as those of a real call may be.
    """

    about: str
    call: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    equal: tuple[tuple[str, ...], ...] = ()


def find_cases(folder: Path) -> list[CaseFile]:
    """The files ``SET/MAPPING/NAME.json`` in `folder`, by name."""
    return [case_file(path) for path in sorted(folder.glob("*/*/*.json"))]


def case_file(path: Path) -> CaseFile:
    """What the path of a case says of it."""
    return CaseFile(path=path, set=path.parent.parent.name, mapping=path.parent.name, name=path.stem)


def read_case(path: Path) -> Case:
    """Read a case.

    Raises:
        CaseError: it can't be read, or is no case.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaseError(f"{path}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise CaseError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; a case is one call")
    if CONFLICT.search(raw):
        raise CaseError(f"{path}: the marks of a merge conflict; settle it first")
    try:
        data = decode(raw)
    except JsonError as error:
        raise CaseError(f"{path}: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("call"), dict):
        raise CaseError(f'{path}: a case is an object with "about" and "call", and perhaps "settings"')
    if fault := _fault(data):
        raise CaseError(f"{path}: {fault}", meant="type" not in data)
    equal = tuple(tuple(map(str, group)) for group in data.get("equal", []))
    return Case(about=data["about"], call=data["call"], settings=data.get("settings", {}), equal=equal)


def _fault(data: dict[str, Any]) -> str | None:
    """What keeps an object with a call from being a case."""
    if strange := sorted(data.keys() - _KEYS):
        return f"`{strange[0]}` is no key of a case; there are about, settings, equal and call"
    about, equal = data.get("about"), data.get("equal", [])
    if not isinstance(about, str) or not about.strip() or "\n" in about:
        return '"about" is one line that says what the case shows'
    if not isinstance(data.get("settings", {}), dict):
        return '"settings" is an object'
    if not isinstance(equal, list) or not all(isinstance(group, list) for group in equal):
        return '"equal" is a list of lists of paths, such as [["userId", "traits.id"]]'
    return None


def repeated_leaves(case: Case) -> list[str]:
    """Values that stand more than once in a call, as JSON text: were two fields swapped, nobody would see it.

    Values that the case declares equal don't count.
    """
    return [text for text, paths in repeated(case.call).items() if not any(map(set(paths).issubset, case.equal))]
