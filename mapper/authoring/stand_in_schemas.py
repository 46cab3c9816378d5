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

_TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")
_DANGLING: Final = re.compile(r"(?:Pointer|Resource) '([^']*)' (?:does not exist|is not present)")


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
        dangling = _DANGLING.match(why)
        if dangling:
            return _dangling(document, route, schema, dangling[1])
        inside = (*route, *getattr(error, "instance_path", ()))
        if inside == route:
            return NO_JSON_SCHEMA.at(document.place(route), f"`{path(route)}` can't be used as a schema: {why}")
        return _illegal(document, inside)
    return None


def _illegal(document: Document, route: Route) -> Diagnostic:
    value = document.at(route)
    help_ = "schemas are of draft 2020-12"
    if route[-1] == "type":
        near = did_you_mean(value, _TYPES) if isinstance(value, str) else None
        help_ = near or f"types are: {', '.join(_TYPES)}"
    return NO_JSON_SCHEMA.at(document.place(route), f"`{path(route)}` is not what JSON Schema has there", help=help_)


def _dangling(document: Document, route: Route, schema: Mapping[str, Any], ref: str) -> Diagnostic:
    """A ``$ref`` that leads nowhere, at its own place."""
    inside = next((found for found in _refs(schema) if _at(schema, found) in (ref, f"#{ref}")), ())
    found = inside if inside[:1] == ("$defs",) else (*route, *inside)
    shown = ref if "://" in ref else f"#{ref}"
    names = [f"#/$defs/{name}" for name in schema["$defs"]]
    help_ = did_you_mean(shown, names) or (f"there are: {', '.join(names)}" if names else "define it under `$defs`")
    return NO_JSON_SCHEMA.at(
        document.place(found), f"`$ref` points to {word(shown)}, which is not in this file", help=help_
    )


def _refs(root: Any) -> Iterator[Route]:
    todo: list[tuple[Route, Any]] = [((), root)]
    while todo:
        route, value = todo.pop()
        if route[-1:] == ("$ref",):
            yield route
        if isinstance(value, dict):
            todo += [((*route, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            todo += [((*route, at), inner) for at, inner in enumerate(value)]


def _at(root: Any, route: Route) -> Any:
    for step in route:
        root = root[step]
    return root
