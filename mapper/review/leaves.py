"""The values in a piece of JSON that hold no others, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from mapper.base.json import encode

Path = tuple[str | int, ...]
"""Keys and indexes from the root to a value."""

MISSING: Final = object()
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text, number, boolean and null, and every empty list and object, with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for at, inner in enumerate(value):
            yield from leaves(inner, (*path, at))
    else:
        yield path, value


def repeated(value: Any) -> dict[str, list[str]]:
    """The paths of each text and number that stands more than once, by the JSON text of the value.

    Booleans, null, and what is empty have too few values to differ, and don't count. ``7`` and ``"7"`` differ.
    """
    found: dict[str, list[str]] = {}
    for path, leaf in leaves(value):
        if isinstance(leaf, str | int | float) and not isinstance(leaf, bool) and leaf != "":
            found.setdefault(encode(leaf).decode(), []).append(path_text(path))
    return {text: paths for text, paths in found.items() if len(paths) > 1}


def at(value: Any, path: Path) -> Any:
    """The value at a path, or MISSING."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else MISSING
        else:
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return value


def without(value: Any, path: Path) -> Any:
    """A copy that lacks what stands at the path; where that is an item of a list, null takes its place."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [(without(item, rest) if rest else None) if at == step else item for at, item in enumerate(value)]
    if rest:
        return {key: without(item, rest) if key == step else item for key, item in value.items()}
    return {key: item for key, item in value.items() if key != step}


def path_text(path: Path) -> str:
    """A path as an expression writes it: ``properties.items[0]."first name"``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += "." * bool(text) + (step if _PLAIN.fullmatch(step) else encode(step).decode())
    return text
