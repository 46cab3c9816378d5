"""What ``mapper compile`` needs before it can compile."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from mapper.app.project import Project
from mapper.app.settings import Sources, resolve_all
from mapper.cli.console import USAGE, Exit, complain, say
from mapper.cli.diagnose import print_text
from mapper.records.spec import DestinationSpec


def require_sound(project: Project) -> None:
    """End the command where the mappings have errors."""
    errors = [found for found in project.diagnostics if found.severity == "error"]
    if errors:
        print_text(errors, project.documents, sys.stderr)
        say("")
        complain("the mappings have errors and can't be compiled", f"`mapper validate {project.root}` shows them all")
        raise Exit(USAGE)


def settings_of(specs: Sequence[DestinationSpec]) -> dict[str, dict[str, Any]]:
    """The settings that code is made for: the environment's, else the defaults; secrets as ``***``."""
    values, problems = resolve_all(specs, Sources(options={}, file={}, environment=os.environ), secrets=False)
    for problem in problems:
        complain(problem.message, problem.help)
    if problems:
        raise Exit(USAGE)
    return values
