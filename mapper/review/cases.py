"""Cases: a call each, in a file, with what makes it worth keeping."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mapper.base.json import JsonError, decode, encode

_KEYS: Final = frozenset({"about", "settings", "call"})


class CaseError(Exception):
    """A file that is no case; one line with file and cause."""


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
    """

    about: str
    call: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)


def find_cases(folder: Path) -> list[CaseFile]:
    """The files ``SET/MAPPING/NAME.json`` in `folder`, by name."""
    return [
        CaseFile(path=path, set=path.parent.parent.name, mapping=path.parent.name, name=path.stem)
        for path in sorted(folder.glob("*/*/*.json"))
    ]


def read_case(path: Path) -> Case:
    """Read a case.

    Raises:
        CaseError: it can't be read, or is no case.
    """
    try:
        data = decode(path.read_bytes())
    except OSError as error:
        raise CaseError(f"{path}: {error.strerror}") from None
    except JsonError as error:
        raise CaseError(f"{path}: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("call"), dict):
        raise CaseError(f'{path}: a case is an object with "about" and "call", and perhaps "settings"')
    if strange := sorted(data.keys() - _KEYS):
        raise CaseError(f"{path}: `{strange[0]}` is no key of a case; there are about, settings and call")
    about, settings = data.get("about"), data.get("settings", {})
    if not isinstance(about, str) or not about.strip() or "\n" in about:
        raise CaseError(f'{path}: "about" is one line that says what the case shows')
    if not isinstance(settings, dict):
        raise CaseError(f'{path}: "settings" is an object')
    return Case(about=about, call=data["call"], settings=settings)


def repeated_leaves(call: Any) -> list[str]:
    """Values that stand more than once in a call, as JSON text: were two fields swapped, nobody would see it.

    Booleans and null have too few values to differ, and don't count. ``7`` and ``"7"`` differ.
    """
    counted = Counter(_leaves(call))
    return [text for text, times in counted.items() if times > 1]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield encode(value).decode()
