"""The documented fields of Segment's calls, read from the schemas under schemas/segment/."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

_FOLDER: Final = Path(__file__).parents[2] / "schemas" / "segment"
_DEPTH: Final = 4


class Field(NamedTuple):
    """One documented field: the keys that lead to it from the call, and the JSON types it may have."""

    path: tuple[str, ...]
    types: tuple[str, ...]


@lru_cache
def documented_fields(call_type: str) -> tuple[Field, ...]:
    """Every field the schema of a call type names, in its order; none for a type without a schema."""
    file = next(iter(sorted(_FOLDER.glob(f"{call_type}*.json"))), None)
    if file is None:
        return ()
    found: dict[tuple[str, ...], Field] = {}
    _walk(_read(file), file, (), found)
    return tuple(field for field in found.values() if field.path and field.path != ("type",))


@lru_cache
def _read(file: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema


def _walk(schema: Any, file: Path, path: tuple[str, ...], found: dict[tuple[str, ...], Field]) -> None:
    if not isinstance(schema, dict) or len(path) > _DEPTH:
        return
    if reference := schema.get("$ref"):
        target, target_file = _follow(reference, file)
        _walk(target, target_file, path, found)
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            _walk(part, file, path, found)
    if types := schema.get("type"):
        known = found[path].types if path in found else ()
        named = (types,) if isinstance(types, str) else tuple(types)
        found[path] = Field(path, tuple(dict.fromkeys((*known, *named))))
    for name, part in schema.get("properties", {}).items():
        _walk(part, file, (*path, name), found)


def _follow(reference: str, file: Path) -> tuple[Any, Path]:
    """What a reference such as ``common.schema.json#/$defs/context`` stands for, and the file it is in."""
    name, _, pointer = reference.partition("#")
    target_file = file.parent / name if name else file
    target: Any = _read(target_file)
    for key in pointer.strip("/").split("/") if pointer else ():
        target = target[key]
    return target, target_file
