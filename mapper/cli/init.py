"""``mapper init``."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, or one without mappings, schemas and tests.")
    ],
) -> None:
    """Begin a project of your own: the shipped mappings and schemas, a snapshot test and an example to run."""
    from mapper.app.init import InitError, create
    from mapper.base.extras import pip_install
    from mapper.cli.console import fail

    try:
        made = create(folder)
    except InitError as error:
        fail(str(error), error.help)
    is_here = folder.resolve() == Path.cwd()
    print(f"made a project of {made} files {'here' if is_here else f'in {folder}'}. Next:")
    enter = [] if is_here else [f"cd {shlex.quote(str(folder))}"]
    lacking = [] if all(map(find_spec, ("pytest", "syrupy"))) else [f"{pip_install('test')}, and then"]
    for step in (*enter, "mapper validate", "mapper run events.ndjson --sandbox", *lacking, "pytest"):
        print(f"  {step}")
