"""``mapper validate``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mapper.authoring.document import Document
    from mapper.records.diagnostic import Diagnostic


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def validate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            help="Folders of mapping sets, or files in them. Default: ./mappings, else those that ship with mapper.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How findings are written.")] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Count every warning as an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing where nothing is wrong.")] = False,
) -> None:
    """Check mapping files and report every problem with its place and its remedy.

    Exits with 0 where all is well, 1 with findings, 2 where there is nothing to check.
    """
    from mapper.app.project import ProjectError
    from mapper.app.validate import examine, strictly
    from mapper.cli.console import FINDINGS, Exit, fail, note
    from mapper.render.summary import summary

    try:
        found = examine(paths or [])
    except ProjectError as error:
        fail(str(error), error.help)
    if found.elsewhere is not None and not quiet:
        note(f"there is no ./mappings here: checked are {found.elsewhere}")
    diagnostics = strictly(found.diagnostics) if strict else list(found.diagnostics)
    if output is not Format.TEXT:
        print(_for_programs(diagnostics, output, found.documents), end="")
    elif diagnostics:
        from mapper.cli.diagnose import print_text  # where nothing is wrong, nobody waits for it

        print_text(diagnostics, found.documents, sys.stdout)
        print(f"\n{summary(diagnostics, files=found.files)}")
    elif not quiet:
        print(summary(diagnostics, files=found.files))
    if any(diagnostic.is_error for diagnostic in diagnostics):
        raise Exit(FINDINGS)


def _for_programs(diagnostics: Sequence[Diagnostic], output: Format, documents: Mapping[str, Document]) -> str:
    from mapper.cli.diagnose import locator
    from mapper.render.machine import as_github, as_json, as_sarif  # most runs are for people

    locate = locator(documents)
    if output is Format.JSON:
        return as_json(diagnostics, locate=locate)
    if output is Format.GITHUB:
        return as_github(diagnostics, locate=locate)
    from mapper import __version__
    from mapper.authoring.rules import RULES

    titles = {rule.code: rule.title for rule in RULES}
    return as_sarif(diagnostics, locate=locate, titles=titles, version=__version__)
