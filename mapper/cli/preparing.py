"""What commands that run mappings begin with: sound mappings, settings, and both wired."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from mapper.app.places import describer
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import (
    SettingProblem,
    Sources,
    gather,
    read_assignments,
    resolve_all,
    secret_variables,
)
from mapper.app.warming import is_long
from mapper.app.wiring import Wired, wire
from mapper.cli.console import USAGE, Exit, complain, fail, say
from mapper.cli.run_options import Options
from mapper.cli.sound import require_sound
from mapper.engine.target import TargetError
from mapper.intake.sources import Source
from mapper.records.spec import DestinationSpec


def prepare(options: Options) -> tuple[Project, list[DestinationSpec]]:
    """The mappings and the destinations that run, or the end of the command."""
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was run")
        return project, project.choose(options.destinations)
    except ProjectError as error:
        fail(str(error), error.help)


def say_mappings(options: Options, project: Project, specs: Sequence[DestinationSpec]) -> None:
    """Say which are in force."""
    if not options.quiet:
        say(f"mappings: {', '.join(spec.id for spec in specs)} from {project.origin}")


def settings_of(
    options: Options, specs: Sequence[DestinationSpec], brought: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """The settings of each destination, or the end of the command with all that is wrong with them."""
    return resolved(specs, sources_of(options, brought), secrets=not options.dry_run)


def sources_of(options: Options, brought: Mapping[str, Any] | None = None) -> Sources:
    """Where settings come from, or the end of the command."""
    try:
        if brought is not None:
            return Sources(options=read_assignments(options.assignments), file=brought, environment={})
        return gather(options.assignments, options.settings_file, os.environ)
    except ProjectError as error:
        fail(str(error), error.help)


def resolved(specs: Sequence[DestinationSpec], sources: Sources, *, secrets: bool) -> dict[str, dict[str, Any]]:
    """Settings out of these sources, or the end of the command with all that is wrong with them."""
    values, problems = resolve_all(specs, sources, secrets=secrets)
    if problems:
        _complain_all(problems)
    return values


def _complain_all(problems: Sequence[SettingProblem]) -> None:
    for problem in problems:
        complain(problem.message, problem.help)
    raise Exit(USAGE)


def wired_for(
    project: Project,
    specs: Sequence[DestinationSpec],
    values: Mapping[str, Mapping[str, Any]],
    bases: Mapping[str, str],
    *,
    long: bool,
) -> Wired:
    """Put a run together, and take its secrets out of the environment; or the end of the command."""
    for name in secret_variables(loaded.spec for loaded in project.sets.values() if loaded.spec):
        os.environ.pop(name, None)  # known by now, and workers inherit what is left
    try:
        return wire(specs, values, describe=describer(project.documents), base_urls=bases, long=long)
    except TargetError as error:
        fail(str(error), "look at the destination's settings, base and headers")


def bases_of(options: Options, specs: Sequence[DestinationSpec]) -> dict[str, str]:
    """What replaces the base of each destination's requests, by its id."""
    return {spec.id: options.base_url for spec in specs} if options.base_url else {}


def wired_dry(
    options: Options, project: Project, specs: Sequence[DestinationSpec], sources: Sequence[Source] = ()
) -> Wired:
    """What maps and sends nothing."""
    values = settings_of(options, specs, None)
    return wired_for(project, specs, values, bases_of(options, specs), long=is_long(sources))
