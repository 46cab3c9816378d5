"""JSON Schema files, made self-contained, and narrowed to what one mapping's constants choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from mapper.base.json import JsonError, decode

Schema = Mapping[str, Any]
_WHERE: Final = "the path is relative to destination.yaml"
_LONGEST: Final = 200
"""Characters of what is told of a fault."""


class SchemaError(Exception):
    """A schema file that can't be used; the message is one line.

    Attributes:
        help: What to do about it.
    """

    def __init__(
        self,
        message: str,
        help: str = "mend it, or a file it names",  # noqa: A002 - the word that diagnostics use
    ) -> None:
        super().__init__(message)
        self.help = help


def load_schema(path: Path, note: Callable[[Path], object] = lambda _: None) -> dict[str, Any]:
    """Read a JSON Schema with every ``$ref``, to places in it or to files beside it, replaced by what it names.

    Args:
        path: The file.
        note: Told of each file before it is read or missed, under the name that leads to it.

    Raises:
        SchemaError: missing, unreadable, no JSON object, a reference that leads nowhere or in a circle, no JSON Schema.
    """
    schema = SchemaReader(note).load(path)
    try:
        jsonschema_rs.validator_for(schema, offline=True)
    except jsonschema_rs.ValidationError as error:
        place = ".".join(map(str, error.instance_path))
        reason = error.message.splitlines()[0][:_LONGEST]
        raise SchemaError(f"{path.name}: no JSON Schema{f', at {place}' if place else ''}: {reason}") from None
    return schema


class SchemaReader:
    """Reads schemas; what several of them refer to is read once, and they share it."""

    def __init__(self, note: Callable[[Path], object] = lambda _: None) -> None:
        self._note = note
        self._paths: dict[tuple[Path, str], Path] = {}
        self._files: dict[Path, Any] = {}
        self._followed: dict[tuple[Path, str], dict[str, Any]] = {}

    def load(self, path: Path) -> dict[str, Any]:
        """As :func:`load_schema`."""
        path = self._resolved(path)
        schema = self._inline(self._read(path), path, ())
        if not isinstance(schema, dict):
            raise SchemaError(f"{path.name}: a schema is an object")
        schema.pop("$defs", None)
        return schema

    def _read(self, path: Path) -> Any:
        if path not in self._files:
            try:
                self._files[path] = decode(path.read_bytes())
            except PermissionError as error:
                raise SchemaError(f"{path.name}: {error.strerror}", "give yourself the right to read it") from None
            except OSError as error:
                raise SchemaError(f"{path.name}: {error.strerror}", _WHERE) from None
            except JsonError as error:
                raise SchemaError(f"{path.name}: {error}") from None
        return self._files[path]

    def _inline(self, schema: Any, path: Path, through: tuple[str, ...]) -> Any:
        if isinstance(schema, list):
            return [self._inline(item, path, through) for item in schema]
        if not isinstance(schema, dict):
            return schema
        made = {
            key: value if key in {"examples", "const", "enum", "default"} else self._inline(value, path, through)
            for key, value in schema.items()
            if key not in {"$ref", "$id", "$schema", "$defs"}
        }
        if "$ref" not in schema:
            return made
        reference = str(schema["$ref"])
        if (path, reference) not in self._followed:
            self._followed[path, reference] = self._follow(reference, path, through)
        target = self._followed[path, reference]
        if target.keys() & made.keys() - _ANNOTATIONS:
            return {"allOf": [target], **made}
        return {**target, **made}

    def _follow(self, reference: str, path: Path, through: tuple[str, ...]) -> dict[str, Any]:
        file, _, pointer = reference.partition("#")
        target_path = self._beside(path, file) if file else path
        name = f"{target_path}#{pointer}"
        if name in through:
            raise SchemaError(f"{path.name}: the reference {reference} leads in a circle")
        target = self._read(target_path)
        for step in filter(None, pointer.split("/")):
            if not isinstance(target, dict) or step not in target:
                raise SchemaError(f"{path.name}: the reference {reference} leads nowhere")
            target = target[step]
        inlined = self._inline(target, target_path, (*through, name))
        return inlined if isinstance(inlined, dict) else {}

    def _beside(self, path: Path, file: str) -> Path:
        if (path, file) not in self._paths:
            self._paths[path, file] = self._resolved(path.parent / file)
        return self._paths[path, file]

    def _resolved(self, path: Path) -> Path:
        self._note(path)  # not where it leads to, for a link may come to lead elsewhere
        try:
            return path.resolve()
        except (OSError, RuntimeError, ValueError):  # links in a circle, a NUL
            raise SchemaError("no file can have this name", _WHERE) from None


_ANNOTATIONS = {"title", "description", "examples", "default"}


def narrowed(schema: Schema, constants: Mapping[str, Any]) -> dict[str, Any]:
    """One flat object schema: ``allOf`` merged, and of ``if``/``then`` and ``oneOf`` the branch the constants choose.

    Beside ``properties`` and ``required`` it has ``closed``: whether other fields are refused.

    Args:
        schema: Self-contained.
        constants: Top-level fields of the body whose value is known beforehand.
    """
    flat: dict[str, Any] = {"properties": {}, "required": [], "closed": False, "sealed": False, "undecided": False}
    _gather(schema, constants, flat)
    sealed, undecided = flat.pop("sealed"), flat.pop("undecided")
    flat["closed"] |= sealed and not undecided  # a branch that is not known yet may have more fields
    return flat


def _gather(schema: Schema | bool, constants: Mapping[str, Any], flat: dict[str, Any]) -> None:
    if isinstance(schema, bool):  # it says nothing of any field
        return
    for name, field in schema.get("properties", {}).items():
        known = flat["properties"].get(name)
        flat["properties"][name] = field if known is None else _both(known, field)
    flat["required"] += [name for name in schema.get("required", ()) if name not in flat["required"]]
    if "patternProperties" not in schema:
        flat["closed"] |= schema.get("additionalProperties") is False
        flat["sealed"] |= schema.get("unevaluatedProperties") is False
    for part in schema.get("allOf", ()):
        _gather(part, constants, flat)
    if "if" in schema:
        chosen = _holds(schema["if"], constants)
        flat["undecided"] |= chosen is None
        if chosen is not None:
            _gather(schema.get("then" if chosen else "else", {}), constants, flat)
    branches = [part for part in schema.get("oneOf", schema.get("anyOf", ())) if _holds(part, constants) is not False]
    flat["undecided"] |= len(branches) > 1
    if len(branches) == 1:
        _gather(branches[0], constants, flat)


def _both(known: Any, field: Any) -> Any:
    """Two schemas for one field: the more telling one, or both where each says something."""
    if known is True or known == {}:
        return field
    if field is True or field == {} or field == known:
        return known
    return {"allOf": [known, field]}


def _holds(schema: Schema | bool, constants: Mapping[str, Any]) -> bool | None:
    """Whether the constants fit a condition on top-level fields; None where they don't decide it."""
    if isinstance(schema, bool):
        return schema
    decided: bool | None = None
    for name, field in schema.get("properties", {}).items():
        if isinstance(field, bool):
            continue
        allowed = [field["const"]] if "const" in field else field.get("enum")
        if allowed is None:
            continue
        if name not in constants:
            return None
        if constants[name] not in allowed:
            return False
        decided = True
    return decided
