"""``mapper drift``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mapper.cli.options import Destination, Format, Limit, Mappings, MaxCallSize
from mapper.cli.run_options import MAX_CALL_SIZE


def drift(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Segment calls, as `mapper run` takes them.", show_default=False),
    ],
    output: Annotated[Format, typer.Option("--format", "-f", help="How paths are written.")] = Format.TEXT,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="Show N paths of each kind; JSON has all.")] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Also show what Segment itself fills in, such as context.library.")
    ] = False,
    limit: Limit = None,
    destination: Destination = None,
    mappings: Mappings = None,
    max_call_size: MaxCallSize = MAX_CALL_SIZE,
) -> None:
    """List paths in real calls that no mapping reads, and paths that mappings read and no call has."""
    from itertools import chain, islice

    from mapper.app.drifting import drift_of
    from mapper.app.project import ProjectError, load_project
    from mapper.cli.console import await_terminal, colored, fail, wrapping
    from mapper.cli.counting import counting
    from mapper.cli.sound import call_bytes, require_sound
    from mapper.intake.read import read_lines
    from mapper.intake.sources import IntakeError, find_sources
    from mapper.render.drift import as_json, as_text

    longest = call_bytes(max_call_size)
    try:
        project = load_project(mappings)
        require_sound(project, "nothing was looked at")
        specs = project.choose(destination or [])
        sources = find_sources(files)
        await_terminal(files)
        lines = chain.from_iterable(read_lines(source, max_line_bytes=longest) for source in sources)
        with counting("calls read") as show:
            found = drift_of(project, specs, islice(lines, limit), on_calls=show)
    except (ProjectError, IntakeError) as error:
        fail(str(error), error.help)
    if found.fault and not found.calls and not found.untaken:
        fail(f"there is no call in {', '.join(files)}: {found.fault}", "name a file of Segment calls")
    if output is Format.JSON:
        text = as_json(found)
    else:
        text = as_text(found, most=top, everything=everything, color=colored(sys.stdout), width=wrapping(sys.stdout))
    sys.stdout.write(text)
