"""What ``mapper explain`` does: find the call, explain it, show it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapper.app.explain import Explainer, case_sets, chosen_sets, name_of, of_field, of_mapping
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import read_assignments, settle
from mapper.base.json import encode
from mapper.cli.console import colored, fail, wrapping
from mapper.cli.diagnose import locator
from mapper.cli.onecall import call_at, case_at
from mapper.cli.sound import call_bytes, require_sound, settings_of
from mapper.engine.target import TargetError
from mapper.records.line import Line
from mapper.records.spec import DestinationSpec

Settings = dict[str, dict[str, Any]]
"""By id of the set."""


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
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was explained")
        specs, settings, line = _meant(options, project)
        found = Explainer(project.documents, specs, settings).explain(line.raw)
        if not found[0].destination:
            where = f"line {line.number} of {_file(line)}" if line.number else line.file
            fail(f"{where} is no call: {found[0].reason}", "choose another with --line N")
        if options.mapping is not None:
            found = of_mapping(found, options.mapping, specs)
        chosen = None if options.field is None else of_field(found, options.field)
    except (ProjectError, TargetError) as error:
        fail(str(error), getattr(error, "help", "look at the destination's settings, base and headers"))
    kind, identity = name_of(line.raw)
    locate = locator(project.documents)
    if options.output == "json":
        from mapper.render.explained_json import as_json

        head: dict[str, Any] = {"file": _file(line), "line": line.number or None, "message_id": identity, "type": kind}
        sys.stdout.write(as_json(head, chosen or [(each, each.fields) for each in found], locate=locate))
        return
    from mapper.render.explained import as_text

    place = f"{_file(line)}:{line.number}" if line.number else line.file
    title = f"{place}: {kind} call{f' {identity}' if identity else ''}"
    sys.stdout.write(
        as_text(title, found, chosen, locate=locate, color=colored(sys.stdout), width=wrapping(sys.stdout))
    )


def _meant(options: Options, project: Project) -> tuple[list[DestinationSpec], Settings, Line]:
    """The mapping sets, their settings and the call; a case brings those that it is for."""
    longest = call_bytes(options.max_call_size)
    found = None if options.line or options.message_id else case_at(options.file)
    if found is None:
        specs = chosen_sets(project, options.destinations, options.mapping)
        settings = settings_of(specs, options.settings_file, options.assignments)
        return specs, settings, call_at(options.file, options.line, options.message_id, longest)
    file, case = found
    specs = case_sets(project, options.destinations, file.set)
    settings = settle(specs, {**case.settings, **read_assignments(options.assignments)}, {})
    return specs, settings, Line(encode(case.call), 0, options.file or "")


def _file(line: Line) -> str:
    return "standard input" if line.file == "-" else line.file
