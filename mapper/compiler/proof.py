"""Whether a body is known to fit its request's schema, and which parts of it must be looked at where it is not.

A body is looked at at run time only where something in it is not known; what is looked at then is that part alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mapper.compiler.convert import fits
from mapper.expressions.code.value import (
    ARRAY,
    BOOLEAN,
    FILLED,
    MOMENT,
    NOT_EMPTY,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Kinds,
    Known,
    same,
)

Schema = Mapping[str, Any]
_SAYS_NOTHING: Final = frozenset(
    {"$schema", "$id", "$comment", "$defs", "title", "description", "examples", "default", "deprecated", "format"}
)
_KINDS: Final[Mapping[str, Kinds]] = {
    "string": STRING,
    "number": NUMBER,
    "boolean": BOOLEAN,
    "array": ARRAY,
    "object": OBJECT,
    "null": NULL,
}
_EARLIEST: Final = -62_135_596_800_000
_LATEST: Final = 253_402_300_799_999


@dataclass(frozen=True, slots=True)
class Unproven:
    """A part of a body that may break the schema: the keys that lead to it, and its part of the schema."""

    path: tuple[str, ...]
    schema: Schema


def unproven(known: Known, schema: Schema, path: tuple[str, ...] = ()) -> list[Unproven]:
    """The parts of a value that may break a schema; empty where it can't.

    Args:
        known: What holds of the value. It is there, and not null.
        schema: JSON Schema without references.
        path: The keys that lead to the value.
    """
    if fits(known, schema):
        return []
    found: list[Unproven] = []
    for keyword, wanted in schema.items():
        if keyword in _SAYS_NOTHING or keyword in ("then", "else"):
            continue
        inside = list(_inside(keyword, wanted, known, schema, path))
        if Unproven(path, schema) in inside:
            return [Unproven(path, schema)]
        found += inside
    return found


def _inside(keyword: str, wanted: Any, known: Known, schema: Schema, path: tuple[str, ...]) -> Iterator[Unproven]:
    """What one keyword leaves unproven; the whole value with its whole schema where that can't be told in part."""
    if keyword == "properties" and known.kinds == OBJECT and known.fields is not None:
        for name, field in known.fields:
            if name in wanted:
                yield from unproven(field, wanted[name], (*path, name))
    elif keyword == "allOf":
        for each in wanted:
            yield from unproven(known, each, path)
    elif keyword == "if":
        holds = decide(known, wanted)
        branch = {True: schema.get("then", {}), False: schema.get("else", {})}.get(holds) if holds is not None else None
        if branch is None:
            yield Unproven(path, schema)
        else:
            yield from unproven(known, branch, path)
    elif not _proven(keyword, wanted, known, schema):
        yield Unproven(path, schema)


def _proven(keyword: str, wanted: Any, known: Known, schema: Schema) -> bool:
    """Whether a value is known to keep what a keyword asks."""
    kinds = known.kinds
    match keyword:
        case "type":
            return _has_type(known, wanted)
        case "const":
            return kinds <= STRING | NUMBER | BOOLEAN and known.only == frozenset({same(wanted)})
        case "enum":
            allowed = {same(each) for each in wanted if not isinstance(each, dict | list)}
            return kinds <= STRING | NUMBER | BOOLEAN and known.only is not None and known.only <= allowed
        case "required":
            return kinds == OBJECT and known.sure >= set(wanted)
        case "additionalProperties":
            allowed = set(schema.get("properties", {}))
            return wanted is True or (known.fields is not None and {name for name, _ in known.fields} <= allowed)
        case "properties":
            return not kinds & OBJECT
        case "minProperties":
            return not kinds & OBJECT or len(known.sure) >= wanted or (wanted == 1 and NOT_EMPTY in known.facts)
        case "minItems":
            return not kinds & ARRAY or wanted == 0 or (wanted == 1 and NOT_EMPTY in known.facts)
        case "minLength":
            return not kinds & STRING or wanted == 0 or (wanted == 1 and bool({FILLED, NOT_EMPTY} & known.facts))
        case "minimum" | "maximum":
            bound = wanted <= _EARLIEST if keyword == "minimum" else wanted >= _LATEST
            return not kinds & NUMBER or (bound and MOMENT in known.facts)
        case "items":
            return not kinds & ARRAY or (
                known.items is not None and not known.items.kinds & NULL and not unproven(known.items, wanted)
            )
    return False


def _has_type(known: Known, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    allowed: Kinds = frozenset().union(*(_KINDS.get(name, frozenset()) for name in names))
    if known.kinds <= allowed:
        return True
    return "integer" in names and known.kinds <= allowed | NUMBER and (MOMENT in known.facts or _whole(known))


def _whole(known: Known) -> bool:
    return known.only is not None and all(isinstance(value, int) for _, value in known.only)


def decide(known: Known, schema: Schema) -> bool | None:
    """Whether a value keeps a schema: always, never, or None where it depends."""
    if not unproven(known, schema):
        return True
    for name, field in schema.get("properties", {}).items():
        only = dict(known.fields or ()).get(name, Known()).only
        settled = known.kinds == OBJECT and name in known.sure and only is not None and "const" in field
        if settled and only is not None and same(field["const"]) not in only:
            return False
    return None
