"""Small mapping sets as text, laid on disk, loaded as the product loads them, and run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from mapper.app.places import describer
from mapper.authoring.load import Loaded, load_set
from mapper.engine.interpret import Interpreter
from mapper.engine.nodes import BuildExpression
from mapper.records.result import Invalid, Mapped, Result, Skipped
from mapper.records.spec import DestinationSpec
from tests.support.engines import Engines

DESTINATION = """\
mapper: 1
id: acme
destination: Acme
accepts: [track, page, identify, group, alias]
"""
SHORT = ("a", "b", "c", "d", "m")
REQUESTS = """\
requests:
  event:
    base: "'https://acme.example'"
    path: "'/v1/events'"
    body: ndjson
"""


def mapping(body: str, *, before: str = "", accepts: str = "track", request: str = "event") -> str:
    """A mapping file: `body` is YAML, `before` are further keys of the file."""
    head = f"mapper: 1\naccepts: {accepts}\nrequest: {request}\n"
    return f"{head}{dedent(before)}body:\n{indent(dedent(body).strip(), '  ')}\n"


def dealt(*fields: str) -> str:
    """The body of a mapping that deals out traits, to these further fields too: code is written for their layouts."""
    taken = [f"{name}: {{$take: {name}, $as: string}}" for name in ("name", "title", "phone", "role")]
    return "\n  ".join(["details:", "$share: traits", *taken, *fields, "$rest: rest"]) + "\n"


def destination(more: str = "", *, requests: str = REQUESTS) -> str:
    """A destination file with further keys."""
    return DESTINATION + dedent(more) + dedent(requests)


def lay(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files; a path may lead out of the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> Loaded:
    """The set in a folder, shown as ``set``. It has no error, but may have warnings."""
    loaded = load_set(folder, shown="set")
    errors = [found.message for found in loaded.diagnostics if found.severity == "error"]
    assert not errors, errors
    return loaded


def load_spec(folder: Path) -> DestinationSpec:
    """The set in a folder."""
    spec = load(folder).spec
    assert spec is not None
    return spec


def interpreter(
    folder: Path,
    files: Mapping[str, str],
    *,
    settings: Mapping[str, Any] | None = None,
    build_expression: BuildExpression | None = None,
) -> Interpreter | Engines:
    """The set of these files, ready to map; without a destination.yaml among them a plain one is laid beside."""
    lay(folder, {"destination.yaml": destination(), **files})
    loaded = load(folder)
    assert loaded.spec is not None
    spec = loaded.spec
    describe = describer(loaded.documents)
    values = {spec.id: dict(settings or {})}
    if build_expression is None:
        return Engines([spec], values, describe=describe)
    return Interpreter([spec], values, describe=describe, build_expression=build_expression)


def apply(mapper: Interpreter | Engines, *calls: Mapping[str, Any]) -> list[Result]:
    """The results of calls; those without a type are track calls."""
    return mapper.apply([json.dumps({"type": "track", **call}).encode() for call in calls])


def said(result: Result) -> Any:
    """A body, decoded, or what became of the call in words."""
    if isinstance(result, Mapped):
        return json.loads(result.request.body)
    kind = "invalid" if isinstance(result, Invalid) else "skipped" if isinstance(result, Skipped) else "unmappable"
    return f"{kind}: {result.reason}"


def by_mapping(results: list[Result]) -> dict[str | None, Any]:
    """What each mapping made of a single call; None: what the destination said of it as a whole."""
    return {None if isinstance(result, Invalid) else result.mapping: said(result) for result in results}


def body_of(folder: Path, body: str, properties: Mapping[str, Any], *, let: str = "") -> Any:
    """What a mapping with this body makes of a track call with these properties; ``a`` is short for ``properties.a``.

    Args:
        folder: Where it is laid.
        body: YAML.
        properties: By names out of :data:`SHORT`.
        let: Further names, as YAML.
    """
    short = "".join(f"{name}: properties.{name}\n" for name in SHORT)
    before = f"let:\n{indent(short + dedent(let), '  ')}\n"
    (result,) = apply(interpreter(folder, {"track.yaml": mapping(body, before=before)}), {"properties": properties})
    return said(result)
