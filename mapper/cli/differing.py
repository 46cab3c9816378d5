"""What ``mapper diff`` does: load both versions, compare, show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mapper.app.compare import Comparer
from mapper.app.corpus import find_corpus
from mapper.app.project import ProjectError
from mapper.app.settings import read_assignments
from mapper.app.versions import Version, load_versions
from mapper.cli.console import FINDINGS, Exit, colored, fail, wrapping
from mapper.cli.counting import counting
from mapper.cli.diagnose import source_lines
from mapper.cli.sound import call_bytes, require_sound
from mapper.intake.sources import IntakeError
from mapper.records.difference import Comparison

_MOST: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As given."""

    versions: Sequence[str]
    events: Sequence[str]
    output: str
    exit_code: bool
    top: int
    limit: int | None
    destinations: Sequence[str]
    mappings: Path | None
    assignments: Sequence[str]
    max_call_size: str


def execute(options: Options) -> None:
    """Compare, and exit with the code that tells how it went."""
    if len(options.versions) > _MOST:
        fail(f"two versions are compared, and {len(options.versions)} are named", "`mapper diff OLD NEW`")
    longest = call_bytes(options.max_call_size)
    with TemporaryDirectory(prefix="mapper-diff-") as scratch:
        try:
            old, new = load_versions(options.versions, options.mappings, Path(scratch))
            for version in (old, new):
                which = f"the mappings ({version.name})"
                advice = "mend them, or name another version"
                require_sound(version.project, "nothing was compared", which=which, advice=advice)
            comparer = Comparer(old, new, options.destinations)
            corpus = find_corpus(options.events, longest)
            assignments = read_assignments(options.assignments)
            with counting("calls compared") as show:
                found = comparer.run(corpus, assignments=assignments, limit=options.limit, on_calls=show)
        except (ProjectError, IntakeError) as error:
            fail(str(error), error.help)
    _show(found, options, old, new)
    if options.exit_code and not found.empty:
        raise Exit(FINDINGS)


def _show(found: Comparison, options: Options, old: Version, new: Version) -> None:
    if found.fault and not found.calls:
        fail(f"there is no call in {found.corpus}: {found.fault}", "name a file of Segment calls with --events FILE")
    source = source_lines({**old.project.documents, **new.project.documents})
    if options.output == "json":
        from mapper.render.changes import as_json

        text = as_json(found)
    elif options.output == "markdown":
        from mapper.render.changes_markdown import as_markdown

        text = as_markdown(found, source=source, most=options.top)
    else:
        from mapper.render.changes import as_text

        text = as_text(found, source=source, most=options.top, color=colored(sys.stdout), width=wrapping(sys.stdout))
    sys.stdout.write(text)
