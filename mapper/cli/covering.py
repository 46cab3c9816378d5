"""What ``mapper coverage`` does: run the calls, count, show."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapper.app.corpus import Corpus, find_corpus
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import read_assignments
from mapper.cli.console import FINDINGS, await_terminal, colored, fail, wrapping
from mapper.cli.counting import counting
from mapper.cli.diagnose import locator, source_lines
from mapper.cli.sound import call_bytes, require_sound
from mapper.intake.sources import IntakeError
from mapper.records.spec import DestinationSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As given."""

    files: Sequence[str]
    fail_under: float | None
    everything: bool
    output: str
    mutants: bool
    limit: int | None
    destinations: Sequence[str]
    mappings: Path | None
    assignments: Sequence[str]
    max_call_size: str


def execute(options: Options) -> None:
    """Show what is reached, and exit with the code that tells whether that is enough."""
    longest = call_bytes(options.max_call_size)
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was run")
        corpus = find_corpus(options.files, longest, naming="`mapper coverage FILE`")
        await_terminal(options.files)
        specs, assignments = _specs(options, project), read_assignments(options.assignments)
        if options.mutants:
            _try_changes(options, project, specs, corpus, assignments)
        else:
            _cover(options, project, specs, corpus, assignments)
    except (ProjectError, IntakeError) as error:
        fail(str(error), error.help)


def _specs(options: Options, project: Project) -> list[DestinationSpec]:
    """The sets that are named; of a file those that are enabled, and all where cases say which set they are for."""
    if options.destinations or options.files:
        return project.choose(options.destinations)
    return project.choose([loaded.spec.id for loaded in project.sets.values() if loaded.spec])


def _cover(
    options: Options,
    project: Project,
    specs: Sequence[DestinationSpec],
    corpus: Corpus,
    assignments: Mapping[str, str],
) -> None:
    from mapper.app.coverage import Covering
    from mapper.render.coverage import as_json, as_text, percent_text

    with counting("calls run") as show:
        found = Covering(project.documents, specs, assignments).run(corpus, limit=options.limit, on_calls=show)
    _require_calls(found.calls, corpus, found.fault)
    locate, source = locator(project.documents), source_lines(project.documents)
    if options.output == "json":
        text = as_json(found, locate=locate)
    else:
        color, width = colored(sys.stdout), wrapping(sys.stdout)
        text = as_text(found, every=options.everything, locate=locate, source=source, color=color, width=width)
    _end(options, text, found.percent, f"{percent_text(found)} is reached", "add cases that reach the rest")


def _try_changes(
    options: Options,
    project: Project,
    specs: Sequence[DestinationSpec],
    corpus: Corpus,
    assignments: Mapping[str, str],
) -> None:
    from mapper.app.mutants import Mutating
    from mapper.render.mutants import as_json, as_text, percent_text

    mutating = Mutating(project.documents, specs, corpus, assignments, options.limit)
    _require_calls(mutating.calls, corpus, mutating.fault)
    with counting("changes tried") as show:
        found = mutating.run(show)
    locate, source = locator(project.documents), source_lines(project.documents)
    if options.output == "json":
        text = as_json(found, locate=locate)
    else:
        color, width = colored(sys.stdout), wrapping(sys.stdout)
        text = as_text(found, locate=locate, source=source, color=color, width=width)
    _end(options, text, found.percent, f"{percent_text(found)} is noticed", "add cases that notice the rest")


def _require_calls(calls: int, corpus: Corpus, fault: str | None) -> None:
    if not calls:
        what = f": {fault}" if fault else ""
        help_ = "name a file of Segment calls; cases of snapshots are taken where no file is named"
        fail(f"there is no call for these mappings in {corpus.name}{what}", help_)


def _end(options: Options, text: str, percent: float, said: str, then: str) -> None:
    """Show, and end with 1 where it is less than was asked for."""
    sys.stdout.write(text)
    sys.stdout.flush()
    wanted = options.fail_under
    if wanted is not None and percent < wanted:
        help_ = f"{then}: `mapper snap new` makes one of a call"
        fail(f"{said}, and --fail-under asks for {wanted:g} %", help_, FINDINGS)
