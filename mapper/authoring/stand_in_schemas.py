"""The JSON Schemas that stand in a sandbox.yaml: whether each is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

from mapper.authoring.document import Document
from mapper.authoring.rules.stand_in import NO_JSON_SCHEMA
from mapper.authoring.shape_words import path, word
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Diagnostic, Route

_DRAFT: Final = "schemas are of draft 2020-12"
_TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")
_DANGLING: Final = re.compile(r"(?:Pointer|Resource|Anchor) '([^']*)' (?:does not exist|is not present)")
_NO_URI: Final = re.compile(r"Invalid URI reference '(.*)': ")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$id", "$schema")
"""Keywords whose value is a URI reference."""


def unusable_schemas(document: Document) -> Iterator[Diagnostic]:
    """The first fault of each schema; those of the checks only where the `$defs` they point into are right.

    Args:
        document: A sandbox.yaml of the right shape.
    """
    definitions = document.data.get("$defs", {})
    fault = _fault(document, (), {"$defs": definitions})
    if fault is not None:
        yield fault
        return
    for route in _routes(document.data["endpoints"]):
        schema = document.at(route)
        fault = _fault(document, route, {**schema, "$defs": definitions}) if isinstance(schema, dict) else None
        if fault is not None:
            yield fault


def _routes(endpoints: Mapping[str, Any]) -> Iterator[Route]:
    for name, endpoint in endpoints.items():
        for at, check in enumerate(endpoint["checks"]):
            route: Route = ("endpoints", name, "checks", at)
            if "schema" in check:
                yield (*route, "schema")
            yield from ((*route, "cases", case) for case in check.get("cases", ()))


def _fault(document: Document, route: Route, schema: dict[str, Any]) -> Diagnostic | None:
    """Why a schema, which the file has at `route`, can't be compiled; None where it can."""
    try:
        jsonschema_rs.validator_for(schema, mask="the value", offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        why = str(error).splitlines()[0]
        if dangling := _DANGLING.match(why):
            return _dangling(document, route, schema, dangling[1])
        if no_uri := _NO_URI.match(why):
            return _no_uri(document, route, schema, no_uri[1])
        inside = (*route, *getattr(error, "instance_path", ()))
        if inside == route:
            whole = route or ("$defs",)
            return NO_JSON_SCHEMA.at(
                document.place(whole), f"`{path(whole)}` can't be used as a schema: {why}", help=_DRAFT
            )
        return _illegal(document, inside)
    return None


def _illegal(document: Document, route: Route) -> Diagnostic:
    value = document.at(route)
    help_ = _DRAFT
    if route[-1] == "type":
        near = did_you_mean(value, _TYPES) if isinstance(value, str) else None
        help_ = near or f"types are: {', '.join(_TYPES)}"
    return NO_JSON_SCHEMA.at(document.place(route), f"`{path(route)}` is not what JSON Schema has there", help=help_)


def _dangling(document: Document, route: Route, schema: Mapping[str, Any], ref: str) -> Diagnostic:
    """A ``$ref`` that leads nowhere, at its own place."""
    inside = _reference(schema, (ref, f"#{ref}"))
    shown = _at(schema, inside) if inside else ref
    return NO_JSON_SCHEMA.at(
        document.place(_in_file(route, inside)),
        f"`$ref` points to {word(shown)}, which is not in this file",
        help=_known(schema, shown),
    )


def _no_uri(document: Document, route: Route, schema: Mapping[str, Any], value: str) -> Diagnostic:
    """A ``$ref`` and the like that can lead nowhere at all, at its own place."""
    inside = _reference(schema, (value,))
    keyword = inside[-1] if inside else "$ref"
    return NO_JSON_SCHEMA.at(
        document.place(_in_file(route, inside)),
        f"`{keyword}` is {word(value)}, which is no URI reference",
        help=_known(schema, value) if keyword == "$ref" else "write a URI, or leave it out",
    )


def _known(schema: Mapping[str, Any], ref: str) -> str:
    """What a ``$ref`` may point to instead."""
    names = [f"#/$defs/{name}" for name in schema["$defs"]]
    return did_you_mean(ref, names) or (f"there are: {', '.join(names)}" if names else "define it under `$defs`")


def _in_file(route: Route, inside: Route) -> Route:
    """Where the file has what a schema, which it has at `route`, has `inside`; `$defs` are the file's own."""
    return inside if inside[:1] == ("$defs",) else (*route, *inside) or ("$defs",)


def _reference(root: Any, values: tuple[str, ...]) -> Route:
    """Where a reference with one of these values stands in a schema; () where none does."""
    todo: list[tuple[Route, Any]] = [((), root)]
    while todo:
        route, value = todo.pop()
        if route and route[-1] in _REFERENCES and value in values:
            return route
        if isinstance(value, dict):
            todo += [((*route, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [((*route, at), inner) for at, inner in enumerate(value)]
    return ()


def _at(root: Any, route: Route) -> Any:
    for step in route:
        root = root[step]
    return root
