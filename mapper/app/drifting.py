"""Which paths of real calls no mapping reads, and which that mappings read no call has."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence

from mapper.app.project import Project
from mapper.app.settings import settle
from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.authoring.subject import Subject, tree_nodes
from mapper.compiler.compiled import Compiled
from mapper.compiler.reads import Path
from mapper.engine.call import call_in
from mapper.expressions.parse import parse, path_of
from mapper.records.diagnostic import Location, Place
from mapper.records.drift import Drift
from mapper.records.line import Line
from mapper.records.spec import DestinationSpec
from mapper.review.drifting import Drifting

_PACE = 500
"""Calls between two signs of life."""


def drift_of(
    project: Project,
    specs: Sequence[DestinationSpec],
    lines: Iterable[Line],
    *,
    on_calls: Callable[[int], None] = lambda _: None,
) -> Drift:
    """Hold calls against what mapping sets read, with the settings that the environment gives.

    Args:
        project: Whose sets they are.
        specs: Without errors.
        lines: The calls; read once.
        on_calls: Told now and then how many were read.

    Raises:
        ProjectError: the settings do not fit.
    """
    drifting = Drifting(Compiled(specs, settle(specs, {}, os.environ)).reads())
    for count, line in enumerate(lines, 1):
        if isinstance(call := call_in(line), str):
            drifting.refuse(f"{line.spot}: {call}")
        else:
            drifting.add(call)
        if count % _PACE == 0:
            on_calls(count)
    places = _places(specs)
    return drifting.result(lambda path: _location(places, path, project.documents))


def _places(specs: Iterable[DestinationSpec]) -> dict[Path, Place]:
    """Where each path stands first in an expression over the call."""
    found: dict[Path, Place] = {}
    for spec in specs:
        for expression in (
            use.expression for use in Subject(spec=spec, documents={}, trees={}).uses() if use.sees == "call"
        ):
            for tree in tree_nodes(parse(expression.text)):
                path = path_of(tree)
                if path is not None:
                    found.setdefault(path, expression.place)
    return found


def _location(places: Mapping[Path, Place], path: Path, documents: Mapping[str, Document]) -> Location | None:
    place = places.get(path)
    return locate(place, documents) if place else None
