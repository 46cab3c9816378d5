"""``mapper sandbox``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mapper.cli.options import Mappings


def sandbox(
    destination: Annotated[
        str | None,
        typer.Option("--destination", "-d", metavar="NAME", help="Which mapping set's sandbox.", show_default=False),
    ] = None,
    mappings: Mappings = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 0,
    keep: Annotated[int, typer.Option(min=0, metavar="N", help="Keep the newest N events; all are counted.")] = 100_000,
    sink: Annotated[bool, typer.Option("--sink", help="Only count events, for measuring.")] = False,
    rate: Annotated[
        float | None, typer.Option(metavar="N", help="Answer 429 beyond N requests a second.", show_default=False)
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="A fault on demand, such as status=503,times=3 or JSON; may be repeated.",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log each request and its time, keys masked.")
    ] = False,
) -> None:
    """Run a pretend destination on this machine, to try mappings against.

    Its first line on stdout is JSON: address and keys. Stop it with Ctrl-C.
    """
    from mapper.app.project import ProjectError, load_project
    from mapper.cli.console import fail
    from mapper.cli.sound import require_sound
    from mapper.sandbox import SandboxError, SandboxOptions, load_spec, parse_fault_option, serve

    try:
        project = load_project(mappings)
        require_sound(project, "no sandbox was started")
        spec = project.choose([destination] if destination else [])[0]
        options = SandboxOptions(
            port=port, keep=keep, sink=sink, rate=rate, faults=tuple(map(parse_fault_option, fault or ()))
        )
        serve(load_spec(Path(spec.folder) / "sandbox.yaml", spec.id), options, log=_log if verbose else None)
    except (ProjectError, SandboxError) as error:
        fail(str(error), error.help)


def _log(line: str) -> None:
    from datetime import UTC, datetime

    from mapper.cli.console import say

    say(f"{datetime.now(UTC).isoformat(timespec='milliseconds').replace('+00:00', 'Z')} {line}")
