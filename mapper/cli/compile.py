"""``mapper compile``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mapper.cli.options import Destination, Mappings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mapper.compiler.compiled import Compiled
    from mapper.records.spec import DestinationSpec, MappingSpec


def compile_(
    mapping: Annotated[
        str | None,
        typer.Argument(
            metavar="MAPPING", help="A mapping such as track or acme/track. Default: all.", show_default=False
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the Python that is made of it.")] = False,
    destination: Destination = None,
    mappings: Mappings = None,
) -> None:
    """Compile mappings to Python, as a long run does, and say what came of it."""
    from mapper.app.explain import chosen_sets
    from mapper.app.places import describer
    from mapper.app.project import ProjectError, load_project
    from mapper.cli.console import fail
    from mapper.cli.sound import require_sound, settings_of
    from mapper.compiler.compiled import Compiled

    try:
        project = load_project(mappings)
        require_sound(project, "can't be compiled")
        specs = chosen_sets(project, destination or [], mapping)
    except ProjectError as error:
        fail(str(error), error.help)
    chosen = _chosen(specs, mapping)
    compiled = Compiled(specs, settings_of(specs), describe=describer(project.documents))
    for spec, each in chosen:
        for kind in each.accepts:
            if kind in spec.accepts:
                _print(compiled, spec, each, kind, show=show)


def _chosen(specs: Sequence[DestinationSpec], name: str | None) -> list[tuple[DestinationSpec, MappingSpec]]:
    """The mappings of that name, each with its set, or the end of the command."""
    from mapper.base.suggest import did_you_mean
    from mapper.cli.console import fail

    known = {f"{spec.id}/{each.name}": (spec, each) for spec in specs for each in spec.mappings}
    if name is None:
        return list(known.values())
    found = [pair for full, pair in known.items() if name in (full, full.partition("/")[2])]
    if not found:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
        fail(f"there is no mapping `{name}` among {', '.join(spec.id for spec in specs)}", hint)
    return found


def _print(compiled: Compiled, spec: DestinationSpec, mapping: MappingSpec, kind: str, *, show: bool) -> None:
    source, name = compiled.source(spec.id, kind), f"{spec.id}/{mapping.name}"
    if source is None:
        print(f"{'# ' if show else ''}{name}: {kind} calls are interpreted: {compiled.refusal(spec.id, kind)}")
    elif show:
        print(f"# {name}: {kind} calls\n{source}")
    else:
        print(f"{name}: {kind} calls are compiled, {len(source.splitlines())} lines")
