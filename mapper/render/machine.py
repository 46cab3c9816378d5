"""Diagnostics for programs: JSON, GitHub's workflow commands and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

import msgspec

from mapper.records.diagnostic import Diagnostic, Location
from mapper.render.located import Locate, Located, located

_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(diagnostics: Iterable[Diagnostic], *, locate: Locate) -> str:
    """``{"errors": 1, "warnings": 0, "diagnostics": [...]}``, indented, with a line end.

    A diagnostic has code, severity, message, help (or null), file, line, column, length and related: a list of message,
    file, line, column, length.
    """
    items = located(diagnostics, locate)
    severities = [item.diagnostic.severity for item in items]
    report = {
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "diagnostics": [_plain(item) for item in items],
    }
    return _pretty(report)


def as_github(diagnostics: Iterable[Diagnostic], *, locate: Locate) -> str:
    """One workflow command a line, which GitHub shows beside the changed lines of a pull request."""
    return "".join(_command(item) for item in located(diagnostics, locate))


def as_sarif(
    diagnostics: Iterable[Diagnostic],
    *,
    locate: Locate,
    titles: Mapping[str, str],
    version: str,
) -> str:
    """A SARIF log with one run, indented, with a line end.

    Args:
        diagnostics: What was found.
        locate: Finds a place.
        titles: Every rule's title by its code; a code without one is listed by itself.
        version: Of this program.
    """
    items = located(diagnostics, locate)
    codes = sorted({*titles, *(item.diagnostic.code for item in items)})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": titles.get(code, code)},
            "help": {"text": f"`mapper rules {code}` explains it."},
        }
        for code in codes
    ]
    driver = {"name": "mapper", "version": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes.index(item.diagnostic.code)) for item in items],
    }
    return _pretty({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _plain(item: Located) -> dict[str, Any]:
    diagnostic = item.diagnostic
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        **_spot(item.primary),
        "related": [
            {"message": related.message, **_spot(location)}
            for related, location in zip(diagnostic.related, item.related, strict=True)
        ],
    }


def _spot(location: Location) -> dict[str, Any]:
    return {
        "file": location.file,
        "line": location.line,
        "column": location.column,
        "length": location.length,
    }


def _command(item: Located) -> str:
    diagnostic, at = item.diagnostic, item.primary
    properties = {
        "file": at.file,
        "line": at.line,
        "col": at.column,
        "endColumn": at.column + at.length,
        "title": diagnostic.code,
    }
    shown = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{diagnostic.severity} {shown}::{_data(_with_help(diagnostic))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _with_help(diagnostic: Diagnostic) -> str:
    return diagnostic.message if diagnostic.help is None else f"{diagnostic.message}\nhelp: {diagnostic.help}"


def _result(item: Located, index: int) -> dict[str, Any]:
    diagnostic = item.diagnostic
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": _with_help(diagnostic)},
        "locations": [{"physicalLocation": _physical(item.primary)}],
    }
    if item.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(location), "message": {"text": related.message}}
            for number, (related, location) in enumerate(zip(diagnostic.related, item.related, strict=True), start=1)
        ]
    return result


def _physical(location: Location) -> dict[str, Any]:
    region = {
        "startLine": location.line,
        "startColumn": location.column,
        "endColumn": location.column + location.length,
    }
    return {"artifactLocation": {"uri": _uri(location.file)}, "region": region}


def _uri(file: str) -> str:
    path = PurePosixPath(file)
    return path.as_uri() if path.is_absolute() else quote(file, errors="replace")
