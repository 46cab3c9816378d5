"""What commands that map without sending need: sound mappings, settings without secrets, the size of a call."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mapper.app.project import Project
from mapper.app.settings import gather, resolve_all
from mapper.authoring.quantities import size
from mapper.cli.console import USAGE, Exit, complain, fail, say
from mapper.cli.diagnose import print_text
from mapper.records.spec import DestinationSpec


def require_sound(
    project: Project, consequence: str, *, which: str = "the mappings", advice: str | None = None
) -> None:
    """End the command where the mappings have errors; `consequence`: what was not done for that."""
    errors = project.errors
    if errors:
        print_text(errors, project.documents, sys.stderr)
        say("")
        complain(f"{which} have errors and {consequence}", advice or f"`mapper validate {project.root}` shows them all")
        raise Exit(USAGE)


def call_bytes(given: str) -> int:
    """Most bytes of a call, as ``--max-call-size`` gives them; or the end of the command."""
    found = size(given)
    if found is None:
        fail(f"--max-call-size: can't read `{given}`", "write 32KB or 1MB")
    return found


def settings_of(
    specs: Sequence[DestinationSpec], file: Path | None = None, assignments: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """The settings of each destination: as given, else the environment's, else the defaults; secrets as ``***``.

    Raises:
        ProjectError: what was given can't be read.
    """
    values, problems = resolve_all(specs, gather(assignments, file, os.environ), secrets=False)
    for problem in problems:
        complain(problem.message, problem.help)
    if problems:
        raise Exit(USAGE)
    return values
