"""The configuration's file: its text as data, and all that is wrong with it, each with its place.

Keys stand in it, so nothing of it is quoted but what can be none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from ipaddress import ip_network
from operator import getitem
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, TypeVar

import jsonschema_rs

from mapper.authoring.discreet import discreet
from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.authoring.rules.reading import EMPTY
from mapper.authoring.shape_words import expected, kind, number, path, word
from mapper.authoring.shipped import shipped
from mapper.base.json import decode
from mapper.base.suggest import did_you_mean
from mapper.records.diagnostic import Place, Route
from mapper.server.fault import Fault
from mapper.server.values import is_address, is_network, is_queue

At = TypeVar("At")

_HELP: Final = "docs/serving.md lists what it may hold"
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
_FORMATS: Final = {"listen-address": is_address, "queue": is_queue, "network": is_network}
_SECRET: Final = "queue"
"""The format of a text that may hold a password."""
_WORD: Final = re.compile(r"[A-Za-z_-]{1,20}")
_NAME: Final = re.compile(r"[\w .:/-]{1,40}")
"""A key or the name of a source; where a quote or bracket is lost, a key of a sender may become part of one."""


class _Finding(NamedTuple):
    """What is wrong with the value, or the key, at a route."""

    route: Route
    message: str
    help: str
    on: Literal["key", "value"] = "value"


def read_config(file: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    """The data of a file, values ``$NAME`` replaced, and all that is wrong with it; no data can be used then."""
    document, problems = read_document(file)
    faults = [
        (_position(problem.primary, document), Fault(*discreet(problem, _HELP)))
        for problem in problems
        if problem.code != EMPTY.code
    ]
    data = {} if document is None else _replaced(document.data, environment)
    if document is not None:
        faults += [_placed(each, document) for each in _wrong(document.data, data, environment)]
    return data, [fault for _, fault in sorted(faults)]


def _position(place: Place, document: Document | None) -> tuple[int, int]:
    """Line and column."""
    found = locate(place, {} if document is None else {document.file: document})
    return found.line, found.column


def _placed(found: _Finding, document: Document) -> tuple[tuple[int, int], Fault]:
    line, column = at = _position(document.place(found.route, on=found.on), document)
    return at, Fault(f"{document.file}:{line}:{column}: {found.message}", found.help)


def _wrong(written: Any, data: Any, environment: Mapping[str, str]) -> Iterator[_Finding]:
    """All of it, of the data as it is written and with the values of variables."""
    missing = list(_missing(written, environment))
    unset = {each.route for each in missing}
    yield from missing
    yield from (each for each in _unfit(data) if each.route not in unset)
    yield from _shared(data)


# -- values from the environment --------------------------------------------------------------------------------------


def _replaced(value: Any, environment: Mapping[str, str]) -> Any:
    """The same, with the values of variables; one that is not set stays as it is."""
    if isinstance(value, dict):
        return {key: _replaced(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, environment) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        return environment.get(value[1:]) or value
    return value


def _missing(data: Any, environment: Mapping[str, str]) -> Iterator[_Finding]:
    for route, value in _leaves(data):
        if isinstance(value, str) and value.startswith("$") and not environment.get(value[1:]):
            name = value[1:] if _VARIABLE.fullmatch(value[1:]) else ""  # it may be a key that begins with a dollar
            message = f"the environment variable {name} is not set" if name else "no environment variable has this name"
            yield _Finding(route, message, "set it; what begins with `$` is always taken from there")


def _leaves(value: Any, route: Route = ()) -> Iterator[tuple[Route, Any]]:
    if not isinstance(value, dict | list):
        yield route, value
        return
    for step, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(item, (*route, step))


# -- what the schema says ---------------------------------------------------------------------------------------------


def _unfit(data: Any) -> Iterator[_Finding]:
    schema = decode((shipped("schemas") / "serve.schema.json").read_bytes())
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=_FORMATS)
    for error in validator.iter_errors(data):
        route: Route = tuple(error.instance_path)
        *steps, keyword = error.schema_path
        value = reduce(getitem, route, data)
        explain = _EXPLAIN.get(str(keyword), _unexpected)
        yield from explain(route, value, reduce(getitem, steps, schema))


def _unknown(route: Route, value: Any, schema: Any) -> Iterator[_Finding]:
    known = schema["properties"]
    where = f" in `{_path(route)}`" if route else ""
    for key in value.keys() - known.keys():
        lone = value[key] is None  # a word in braces: it may be a sender's key
        shown = f" {word(key)}" if _WORD.fullmatch(key) and not lone else ""
        help_ = did_you_mean(key, known) or f"known here: {', '.join(known)}"
        yield _Finding((*route, key), f"unknown key{shown}{where}", help_, "key")


def _lacking(route: Route, value: Any, schema: Any) -> Iterator[_Finding]:
    for key in schema["required"]:
        if key not in value and not any(did_you_mean(other, [key]) for other in value):
            example = _example(schema["properties"][key], key)
            yield _Finding(route, f"`{_path(route)}` lacks `{key}`", f"add it, {example}", "key")


def _twice(route: Route, value: Any, _schema: Any) -> Iterator[_Finding]:
    at = next(at for at, item in enumerate(value) if item in value[:at])
    yield _Finding((*route, at), f"`{_path(route)}`: this stands there twice", "delete one of them")


def _unexpected(route: Route, value: Any, schema: Any) -> Iterator[_Finding]:
    help_ = _near(value, schema) or _retyped(value, schema) or _example(schema, route[-1])
    blank = value is None and isinstance(route[-1], str)
    message = f"`{_path(route)}`: {expected(schema)}, found {_shown(value, schema)}"
    yield _Finding(route, message, help_, "key" if blank else "value")


_EXPLAIN: Final[Mapping[str, Callable[[Route, Any, Any], Iterator[_Finding]]]] = {
    "additionalProperties": _unknown,
    "required": _lacking,
    "uniqueItems": _twice,
}


def _shown(value: Any, schema: Any) -> str:
    """A value that can be no key; else what it is."""
    match value:
        case bool():
            return kind(value)
        case int() if "minimum" in schema:
            return number(value)
        case str() if schema.get("format", _SECRET) != _SECRET:
            return word(value)
    return kind(value)


def _near(value: Any, schema: Any) -> str | None:
    """The network that an address in it stands for."""
    if schema.get("format") != "network" or not isinstance(value, str):
        return None
    try:
        return f"did you mean `{ip_network(value, strict=False)}`?"
    except ValueError:
        return None


def _retyped(value: Any, schema: Any) -> str | None:
    if value is None:
        return "give it a value, or delete the key"
    if schema.get("type") == "string" and "format" not in schema and isinstance(value, bool | int | float):
        return "put it in quotes to make it text"
    if schema.get("type") == "array" and isinstance(value, str):
        return "write it as a list, in brackets"
    return None


def _example(schema: Any, key: str | int) -> str:
    shown = _flow(schema["examples"][0])
    return f"such as `{key}: {shown}`" if isinstance(key, str) and _NAME.fullmatch(key) else f"such as `{shown}`"


def _path(route: Route) -> str:
    return path(tuple(step if isinstance(step, int) or _NAME.fullmatch(step) else "…" for step in route))


def _flow(value: Any) -> str:
    """A value as YAML has it in a line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- what it can't say ------------------------------------------------------------------------------------------------


def _shared(data: Any) -> Iterator[_Finding]:
    for route, fault in same_keys(_write_keys(data)):
        yield _Finding(route, *fault)


def _write_keys(data: Any) -> Iterator[tuple[Route, str, str]]:
    for route, key in _leaves(data):
        match route:
            case ("sources", str(name), "write_keys", int()):
                yield route, name, str(key)


def same_keys(owned: Iterable[tuple[At, str, str]]) -> Iterator[tuple[At, Fault]]:
    """Write keys that several sources have: where they stand again.

    Args:
        owned: Of each key where it stands, whose it is, and the key.
    """
    owners: dict[str, str] = {}
    for at, name, key in owned:
        if owners.setdefault(key, name) != name:
            message = f"{word(name)} has the same write key as {word(owners[key])}"
            yield at, Fault(message, "give each source its own")
