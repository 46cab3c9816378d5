"""What a file's schema refuses, said in its author's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mapper.authoring.document import Document
from mapper.authoring.language import KINDS, Kind, Violation, resolved, schema_of
from mapper.authoring.rules.shape import (
    CLASH,
    ILLEGAL_NAME,
    LONE_OPERATOR,
    MISSING_KEY,
    SECRET_DEFAULT,
    UNKNOWN_KEY,
    UNKNOWN_VERSION,
    WRONG_VALUE,
)
from mapper.authoring.shape_operators import COMPANIONS, misplaced
from mapper.authoring.shape_quantities import in_form
from mapper.authoring.shape_words import expected, kind, number, path, word, words
from mapper.base.suggest import closest, did_you_mean
from mapper.records.diagnostic import Diagnostic, Place, Route

_HOMES: Final[Mapping[Kind, str]] = {
    "destination": "destination.yaml",
    "mapping": "a mapping file",
    "let": "a file of shared names",
}
_VERSIONS: Final[Mapping[Route, str]] = {("mapper",): "language version 1", ("sandbox",): "version 1 of sandbox.yaml"}
_TRUTHS: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_NOTHING: Final = re.compile(r"\s*(-|0+(\.0*)?\s*(/|[a-zA-Z]|$))")
_ALIASES: Final = {"jsonl": "ndjson", "jsonlines": "ndjson"}


@dataclass(frozen=True, slots=True)
class _Case:
    """A violation and the file it is in."""

    document: Document
    file: Kind
    found: Violation

    @property
    def route(self) -> Route:
        return self.found.route

    @property
    def limit(self) -> Any:
        return self.found.limit

    @property
    def data(self) -> Any:
        return self.found.data

    @property
    def schema(self) -> Mapping[str, Any]:
        return self.found.schema


def explain(document: Document, file: Kind, found: Violation) -> Iterator[Diagnostic]:
    """The diagnostics of one violation; none where another violation of the same keys says it better."""
    case = _Case(document, file, found)
    if found.on_name:
        yield _illegal_name(case)
    else:
        yield from _EXPLAIN[found.keyword](case)


def _illegal_name(case: _Case) -> Diagnostic:
    name = str(case.data)
    legal = re.sub(r"\W+", "_", name.strip(), flags=re.ASCII).strip("_" if not name.startswith("_") else "")
    fits = isinstance(case.limit, str) and re.search(case.limit, legal)
    help_ = f"write `{legal}`" if legal != name and fits else None
    message = f"{word(name)} is no legal name: {case.schema['patternErrorMessage']}"
    return ILLEGAL_NAME.at(case.document.place(case.route, on="key"), message, help=help_)


def _unknown_keys(case: _Case) -> Iterator[Diagnostic]:
    known = case.schema["properties"]
    if case.file != "sandbox" and any(key.startswith("$") for key in known):
        yield from misplaced(case.document, case.route, case.data, known)
        return
    where = f" in `{path(case.route)}`" if case.route else ""
    for key in case.data:
        if key not in known:
            home = _home(key, case.file) if not case.route else None
            help_ = (
                f"`{key}` belongs in {home}" if home else did_you_mean(key, known) or f"known here: {', '.join(known)}"
            )
            place = case.document.place((*case.route, key), on="key")
            yield UNKNOWN_KEY.at(place, f"unknown key {word(key)}{where}", help=help_)


def _home(key: str, kind_: Kind) -> str | None:
    """The kind of file whose outermost keys have this one."""
    return next((_HOMES[other] for other in KINDS if other != kind_ and key in schema_of(other)["properties"]), None)


def _missing_keys(case: _Case) -> Iterator[Diagnostic]:
    known = case.schema.get("properties", {})
    strange = [key for key in case.data if key not in known] if known else []
    for key in case.limit:
        if key in case.data or any(closest(other, [key]) for other in strange):
            continue  # a misspelled key is reported as such
        if key == "$then":
            place = case.document.place((*case.route, "$if"), on="key")
            yield LONE_OPERATOR.at(place, "`$if` needs `$then` beside it", help=COMPANIONS[key])
            continue
        where = f"`{path(case.route)}`" if case.route else "the file"
        help_ = _example(case.file, key, known.get(key, {}))
        yield MISSING_KEY.at(_owner(case), f"{where} lacks {word(key)}", help=help_)


def _example(kind_: Kind, key: str, schema: Mapping[str, Any]) -> str | None:
    """How the key might look, where one line can show it."""
    if (key,) in _VERSIONS:
        return f"begin the file with `{key}: 1`"
    example = next(iter(resolved(kind_, schema).get("examples", ())), None)
    if isinstance(example, str):
        text = f'"{example}"' if example.startswith(("'", "!")) else example
    elif isinstance(example, list) and all(isinstance(item, str) for item in example):
        text = f"[{', '.join(example)}]"
    else:
        return None
    return f"add it, such as `{key}: {text}`"


def _owner(case: _Case) -> Place:
    """The key whose value lacks something: the one above it, or else the first within."""
    route = case.route
    if route and isinstance(route[-1], str):
        return case.document.place(route, on="key")
    first = next(iter(case.data), None)
    return case.document.place(route) if first is None else case.document.place((*route, first), on="key")


def _value(case: _Case) -> Place:
    """The value; where nothing is written, the key."""
    blank = case.data is None and bool(case.route) and isinstance(case.route[-1], str)
    return case.document.place(case.route, on="key" if blank else "value")


def _wrong(case: _Case, message: str, help_: str | None = None) -> Diagnostic:
    prefix = f"`{path(case.route)}`: " if case.route else ""
    return WRONG_VALUE.at(_value(case), prefix + message, help=help_)


def _wrong_type(case: _Case) -> Iterator[Diagnostic]:
    message = f"{expected(case.schema)}, found {kind(case.data)}"
    yield _wrong(case, message, _retype(case))


def _retype(case: _Case) -> str | None:
    """What to type instead of a value of the wrong type; values of settings are not repeated."""
    data, text = case.data, expected(case.schema)
    if data is None:
        return "give it a value, or delete the key"
    if "expression" in text:
        if isinstance(data, bool | int | float):
            return f"write the constant as an expression: '`{number(data).lower()}`'"
        return "name the value with `let` and use its name here" if isinstance(data, dict | list) else None
    if "text" in text and isinstance(data, int | float) and not isinstance(data, bool) and "such as" in text:
        return "give it a unit"
    if "text" in text and isinstance(data, bool | int | float):
        return "put it in quotes to make it text"
    if "true or false" in text and isinstance(data, str):
        meant = _TRUTHS.get(data.lower(), data.lower())
        return f"write `{meant}`, without quotes" if meant in ("true", "false") else None
    if "number" in text and isinstance(data, str) and re.fullmatch(r"-?\d+(\.\d+)?", data):
        return "write the number without quotes"
    if "list" in text and isinstance(data, str) and case.route[:1] != ("settings",) and word(data) == f"`{data}`":
        return f"write it as a list: `[{data}]`"
    return _object(case) if "keys and values" in text else None


def _object(case: _Case) -> str | None:
    """How to write keys and values: around what stands there, where that is the value of one of the keys."""
    inner = case.schema.get("properties", {}) if isinstance(case.data, str) else {}
    fit = [key for key, schema in inner.items() if "pattern" in schema and re.search(schema["pattern"], case.data)]
    if fit:
        return f"write {' or '.join(f'`{{{key}: {case.data}}}`' for key in fit)}"
    return f"such as {_flow(case)}" if _flow(case) else None


def _flow(case: _Case) -> str | None:
    """The first example of an object, in one line."""
    example = next(iter(case.schema.get("examples", ())), None)
    if not isinstance(example, dict) or not all(isinstance(value, str | int) for value in example.values()):
        return None
    return f"`{{{', '.join(f'{key}: {value}' for key, value in example.items())}}}`"


def _not_allowed(case: _Case) -> Iterator[Diagnostic]:
    allowed = [str(value) for value in case.limit]
    if not isinstance(case.data, str):
        shown, near = kind(case.data), None
    else:
        shown, near = word(case.data), did_you_mean(case.data, allowed)
        if (alias := _ALIASES.get(case.data.lower())) in allowed:
            near = f"did you mean `{alias}`?"
    options = f"allowed: {', '.join(allowed)}" if len(allowed) > 1 else f"write `{allowed[0]}`"
    help_ = f"{near} {options}" if near and len(allowed) > 1 else options
    yield _wrong(case, f"{expected(case.schema)}, found {shown}", help_)


def _no_match(case: _Case) -> Iterator[Diagnostic]:
    reason = case.schema.get("patternErrorMessage")
    if not case.data.strip() or reason is None:
        yield _wrong(case, f"{expected(case.schema)}, found {kind(case.data)}")
        return
    yield _wrong(case, reason, _rewritten(case))


def _rewritten(case: _Case) -> str | None:
    """A text of the wrong form as it should be, where that can be told."""
    if case.route == ("id",):
        legal: str | None = re.sub(r"[^a-z0-9]+", "-", case.data.lower()).strip("-")
        return f"write `{legal}`" if re.search(case.limit, str(legal)) else None
    legal = in_form(case.data, case.limit)
    if legal is not None:
        return f"write `{legal}`"
    if _NOTHING.match(case.data) and case.schema.get("examples"):
        return f"write a number above 0, such as `{case.schema['examples'][0]}`"
    return "give it a unit" if re.fullmatch(r"\d+(\.\d+)?", case.data) else None


def _too_few(case: _Case) -> Iterator[Diagnostic]:
    yield _wrong(case, f"{expected(case.schema)}, found an empty list")


def _out_of_bounds(case: _Case) -> Iterator[Diagnostic]:
    bounds = {"minimum": "of at least", "maximum": "of at most", "exclusiveMinimum": "above"}
    limit = f"{bounds[case.found.keyword]} {case.limit}"
    yield _wrong(case, f"{expected(case.schema)} {limit}, found {number(case.data)}")


def _repeated(case: _Case) -> Iterator[Diagnostic]:
    items = case.data
    at = next((at for at, item in enumerate(items) if item in items[:at]), 0)
    shown = word(items[at]) if isinstance(items[at], str) and case.route[:1] != ("settings",) else "a value"
    message = f"`{path(case.route)}`: {shown} stands there twice"
    yield WRONG_VALUE.at(case.document.place((*case.route, at)), message, help="delete one of them")


def _one_of_each(case: _Case) -> Iterator[Diagnostic]:
    known = case.schema.get("properties", {})
    if not known:  # any keys will do, but not none or so many
        yield _wrong(case, f"{expected(case.schema)}, found {len(case.data) or 'none'}")
        return
    both = [key for key in case.data if key in known]
    if not case.data:
        message = f"`{path(case.route)}` lacks {words(known, 'or')}"
        yield MISSING_KEY.at(_owner(case), message, help=f"such as {_flow(case)}" if _flow(case) else None)
    elif len(both) > 1:
        place = case.document.place((*case.route, both[1]), on="key")
        yield CLASH.at(place, f"{words(both)} exclude each other", help="keep one of them")


def _lone(case: _Case) -> Iterator[Diagnostic]:
    strange = [key for key in case.data if key not in case.schema["properties"]]
    for key, needed in case.limit.items():
        for other in needed:
            if key in case.data and other not in case.data and not any(closest(it, [other]) for it in strange):
                place = case.document.place((*case.route, key), on="key")
                yield LONE_OPERATOR.at(place, f"{word(key)} needs {word(other)} beside it", help=COMPANIONS[other])


def _one_of_groups(case: _Case) -> Iterator[Diagnostic]:
    """A choice between groups of keys, of which none is there or more than one."""
    groups = [branch.get("required") for branch in case.limit]
    if not isinstance(case.data, dict) or not all(groups):
        yield from _wrong_type(case)
        return
    present = [group for group in groups if all(key in case.data for key in group)]
    if len(present) > 1:
        place = case.document.place((*case.route, present[1][0]), on="key")
        yield CLASH.at(place, f"{words(group[0] for group in present)} exclude each other", help="keep one of them")
        return
    single = all(len(group) == 1 for group in groups)
    choices = words((group[0] for group in groups), "or") if single else " or ".join(map(words, groups))
    yield MISSING_KEY.at(
        _owner(case), f"`{path(case.route)}` lacks {choices}", help="docs/sandbox.md shows each of them"
    )


def _excluded(case: _Case) -> Iterator[Diagnostic]:
    place = case.document.place(case.route, on="key")
    message = f"`{path(case.route)}` cannot stand beside the other keys here"
    yield CLASH.at(place, message, help="docs/sandbox.md says which keys go together")


def _const(case: _Case) -> Iterator[Diagnostic]:
    if case.route in _VERSIONS:
        yield from _version(case)
    else:
        yield _wrong(case, expected(case.schema), f"write `{case.limit}`")


def _version(case: _Case) -> Iterator[Diagnostic]:
    key = str(case.route[-1])
    newer = isinstance(case.data, int) and not isinstance(case.data, bool)
    shown = f"version {case.data}" if newer and abs(case.data) < 10**6 else kind(case.data)
    message = f"`{key}`: this is {_VERSIONS[case.route]}, found {shown}"
    help_ = f"a file for a later version needs a newer mapper; otherwise write `{key}: 1`"
    help_ = help_ if newer else f"write `{key}: 1`"
    yield UNKNOWN_VERSION.at(_value(case), message, help=help_)


def _secret_default(case: _Case) -> Iterator[Diagnostic]:
    message = f"the secret {word(str(case.route[-2]))} has a default in the file"
    help_ = "delete the default; the value comes from the environment or a settings file"
    yield SECRET_DEFAULT.at(case.document.place(case.route, on="key"), message, help=help_)


_EXPLAIN: Final[Mapping[str, Callable[[_Case], Iterator[Diagnostic]]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _wrong_type,
    "oneOf": _one_of_groups,
    "anyOf": _one_of_groups,
    "enum": _not_allowed,
    "const": _const,
    "pattern": _no_match,
    "minItems": _too_few,
    "minimum": _out_of_bounds,
    "maximum": _out_of_bounds,
    "exclusiveMinimum": _out_of_bounds,
    "uniqueItems": _repeated,
    "minProperties": _one_of_each,
    "maxProperties": _one_of_each,
    "dependentRequired": _lone,
    "not": _secret_default,
    "false": _excluded,
}
