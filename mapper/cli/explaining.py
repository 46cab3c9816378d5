"""What ``mapper explain`` does: find the call, explain it, show it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapper.app.explain import Explainer, chosen_sets, name_of, of_field, of_mapping
from mapper.app.project import ProjectError, load_project
from mapper.cli.compiling import call_bytes, require_sound, settings_of
from mapper.cli.console import colored, fail, wrapping
from mapper.cli.diagnose import locator
from mapper.cli.onecall import call_at
from mapper.engine.target import TargetError
from mapper.records.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As given."""

    file: str | None
    line: int | None
    message_id: str | None
    field: str | None
    mapping: str | None
    output: str
    destinations: Sequence[str]
    mappings: Path | None
    settings_file: Path | None
    assignments: Sequence[str]
    max_call_size: str


def execute(options: Options) -> None:
    """Explain, or end the command with what is in the way."""
    if options.line is not None and options.message_id is not None:
        fail("--line and --message-id both name a call", "leave one of them out")
    longest = call_bytes(options.max_call_size)
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was explained")
        specs = chosen_sets(project, options.destinations, options.mapping)
        settings = settings_of(specs, options.settings_file, options.assignments)
        line = call_at(options.file, options.line, options.message_id, longest)
        found = Explainer(project.documents, specs, settings).explain(line.raw)
        if not found[0].destination:
            fail(f"line {line.number} of {_file(line)} is no call: {found[0].reason}", "choose another with --line N")
        if options.mapping is not None:
            found = of_mapping(found, options.mapping, specs)
        chosen = None if options.field is None else of_field(found, options.field)
    except (ProjectError, TargetError) as error:
        fail(str(error), getattr(error, "help", "look at the destination's settings, base and headers"))
    kind, identity = name_of(line.raw)
    locate = locator(project.documents)
    if options.output == "json":
        from mapper.render.explained_json import as_json

        head: dict[str, Any] = {"file": _file(line), "line": line.number, "message_id": identity, "type": kind}
        sys.stdout.write(as_json(head, chosen or [(each, each.fields) for each in found], locate=locate))
        return
    from mapper.render.explained import as_text

    title = f"{_file(line)}:{line.number}: {kind} call{f' {identity}' if identity else ''}"
    sys.stdout.write(
        as_text(title, found, chosen, locate=locate, color=colored(sys.stdout), width=wrapping(sys.stdout))
    )


def _file(line: Line) -> str:
    return "standard input" if line.file == "-" else line.file
