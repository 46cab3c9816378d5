"""What ``mapper coverage`` does: run the calls, count, show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mapper.app.corpus import Corpus, find_corpus
from mapper.app.coverage import Covering
from mapper.app.project import Project, ProjectError, load_project
from mapper.app.settings import read_assignments
from mapper.authoring.quantities import size
from mapper.cli.compiling import require_sound
from mapper.cli.console import FINDINGS, await_terminal, colored, fail, wrapping
from mapper.cli.counting import counting
from mapper.cli.diagnose import locator, source_lines
from mapper.intake.sources import IntakeError
from mapper.records.coverage import Coverage
from mapper.records.spec import DestinationSpec
from mapper.render.coverage import as_json, as_text, percent_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As given."""

    files: Sequence[str]
    fail_under: float | None
    everything: bool
    output: str
    limit: int | None
    destinations: Sequence[str]
    mappings: Path | None
    assignments: Sequence[str]
    max_call_size: str


def execute(options: Options) -> None:
    """Show what is reached, and exit with the code that tells whether that is enough."""
    longest = size(options.max_call_size)
    if longest is None:
        fail(f"--max-call-size: can't read `{options.max_call_size}`", "write 32KB or 1MB")
    try:
        project = load_project(options.mappings)
        require_sound(project, "nothing was run")
        corpus = find_corpus(options.files, longest, naming="`mapper coverage FILE`")
        await_terminal(options.files)
        covering = Covering(project.documents, _specs(options, project), read_assignments(options.assignments))
        with counting("calls run") as show:
            found = covering.run(corpus, limit=options.limit, on_calls=show)
    except (ProjectError, IntakeError) as error:
        fail(str(error), error.help)
    _show(found, corpus, options, project)


def _specs(options: Options, project: Project) -> list[DestinationSpec]:
    """The sets that are named; of a file those that are enabled, and all where cases say which set they are for."""
    if options.destinations or options.files:
        return project.choose(options.destinations)
    return project.choose([loaded.spec.id for loaded in project.sets.values() if loaded.spec])


def _show(found: Coverage, corpus: Corpus, options: Options, project: Project) -> None:
    if not found.calls:
        what = f": {found.faulty:,} lines are none" if found.faulty else ""
        fail(f"there is no call for these mappings in {corpus.name}{what}", "name a file of Segment calls")
    locate = locator(project.documents)
    if options.output == "json":
        text = as_json(found, locate=locate)
    else:
        text = as_text(
            found,
            every=options.everything,
            locate=locate,
            source=source_lines(project.documents),
            color=colored(sys.stdout),
            width=wrapping(sys.stdout),
        )
    sys.stdout.write(text)
    sys.stdout.flush()
    if options.fail_under is not None and found.percent < options.fail_under:
        fail(
            f"{percent_text(found)} is reached, and --fail-under asks for {options.fail_under:g} %",
            "add cases that reach the rest: `mapper snap new` makes one of a call",
            FINDINGS,
        )
