"""Why a call becomes what it becomes, in each mapping set."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from mapper.app.places import describer
from mapper.app.project import Project, ProjectError
from mapper.app.settings import masked
from mapper.authoring.document import Document
from mapper.base.suggest import closest, did_you_mean
from mapper.engine.call import message_id, read_call
from mapper.engine.target import target
from mapper.engine.trace import Traced
from mapper.records.explanation import Explanation, Field
from mapper.records.spec import DestinationSpec
from mapper.review.explain.results import explain
from mapper.review.leaves import leaves, path_text

_INDEX: Final = re.compile(r"\[\d+\]")
_STEP: Final = re.compile(r"[.\[]")


def chosen_sets(project: Project, destinations: Sequence[str], mapping: str | None) -> list[DestinationSpec]:
    """The sets that are to explain a call: those named; else those enabled, or where none of these has the mapping, the
    others that have it.

    Args:
        project: Whose sets they are.
        destinations: Ids.
        mapping: ``set/mapping``, or a mapping's name, or None.

    Raises:
        ProjectError: as for :meth:`~mapper.app.project.Project.choose`.
    """
    if not destinations and mapping is not None:
        every = project.choose([loaded.spec.id for loaded in project.sets.values() if loaded.spec])
        having = [spec for spec in every if _named(mapping, [spec])]
        if having and not any(spec.enabled for spec in having):
            return having
    return project.choose(destinations)


def case_sets(project: Project, destinations: Sequence[str], folder: str | None) -> list[DestinationSpec]:
    """The sets that are to explain a case: those named; else the one that it is for.

    Raises:
        ProjectError: as for :meth:`~mapper.app.project.Project.choose`.
    """
    ids = [loaded.spec.id for path, loaded in project.sets.items() if loaded.spec and PurePath(path).name == folder]
    return project.choose(destinations or ids)


class Explainer:
    """Explains calls by these mapping sets.

    Args:
        documents: The files of the mappings.
        specs: The sets that run.
        settings: By id of the set; secrets masked.

    Raises:
        mapper.engine.target.TargetError: a URL or a header can't be made of the settings.
    """

    def __init__(
        self,
        documents: Mapping[str, Document],
        specs: Sequence[DestinationSpec],
        settings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        describe = describer(documents)
        self._sets = [(spec, Traced(spec, masked(spec, settings[spec.id]), describe=describe)) for spec in specs]
        self._targets = {
            (spec.id, name): target(spec, name, settings[spec.id]) for spec in specs for name in spec.requests
        }

    def explain(self, raw: bytes) -> list[Explanation]:
        """Every result of a call, as a run has it, each with why it is so; one alone where the bytes are no call."""
        call = read_call(raw, 0)
        found: list[Explanation] = []
        for spec, traced in self._sets:
            results, steps = traced.map(raw)
            found += explain(spec, self._targets, call if isinstance(call, dict) else {}, results, steps)
            if not isinstance(call, dict):
                break
        return found


def name_of(raw: bytes) -> tuple[str | None, str | None]:
    """A call's type and its ``messageId``, where it has them."""
    read = read_call(raw, 0)
    return (str(read["type"]), message_id(read)) if isinstance(read, dict) else (None, None)


def of_mapping(found: Sequence[Explanation], name: str, specs: Sequence[DestinationSpec]) -> list[Explanation]:
    """The explanations that concern a mapping: its own, and those of calls that came to no mapping of its set.

    Args:
        found: Of one call.
        name: ``set/mapping``, or a mapping's name.
        specs: The sets that run.

    Raises:
        ProjectError: there is no such mapping, or the call did not come to it.
    """
    known = {f"{spec.id}/{mapping.name}": mapping for spec in specs for mapping in spec.mappings}
    meant = _named(name, specs)
    if not meant:
        suggestion = did_you_mean(name, [*known, *(full.partition("/")[2] for full in known)])
        raise ProjectError(f"there is no mapping `{name}`", suggestion or f"there are: {', '.join(known)}")
    chosen = [each for each in found if f"{each.destination}/{each.mapping}" in meant]
    sets = {full.partition("/")[0] for full in meant}
    chosen = chosen or [each for each in found if each.mapping is None and each.destination in sets]
    if not chosen:
        takes = " and ".join(known[meant[0]].accepts)
        took = [f"{each.destination}/{each.mapping}" for each in found if each.mapping]
        raise ProjectError(
            f"this call does not come to {meant[0]}, which takes {takes} calls",
            f"it comes to {', '.join(took)}; or choose another call with --line" if took else "choose another call",
        )
    return chosen


def _named(name: str, specs: Sequence[DestinationSpec]) -> list[str]:
    """The mappings that a name means, as ``set/mapping``."""
    every = (f"{spec.id}/{mapping.name}" for spec in specs for mapping in spec.mappings)
    return [full for full in every if name in (full, full.partition("/")[2])]


def of_field(found: Sequence[Explanation], path: str) -> list[tuple[Explanation, list[Field]]]:
    """Each explanation with the fields at a path or below it, else those in whose value the path leads; without any of
    these an explanation is left out.

    Args:
        found: Of one call.
        path: As a field has it; ``[]`` stands for any item, as differences have it.

    Raises:
        ProjectError: none has any.
    """
    for fits in (_is_at, _leads_into):
        chosen = [(each, [field for field in each.fields if fits(field, path)]) for each in found]
        if chosen := [(each, fields) for each, fields in chosen if fields]:
            return chosen
    known = {field.path for each in found for field in each.fields}
    if not known:
        raise ProjectError(
            f"no request comes of this call, so it has no field `{path}`", "leave out --field to see why"
        )
    raise ProjectError(f"the request has no field `{path}`", _meant(path, known) or "leave out --field to see all")


def _is_at(field: Field, wanted: str) -> bool:
    return _within(field.path, wanted)


def _leads_into(field: Field, wanted: str) -> bool:
    inner = (path_text(path) for path, _ in leaves(field.value) if path)
    return any(_within(f"{field.path}{'' if text.startswith('[') else '.'}{text}", wanted) for text in inner)


def _within(path: str, wanted: str) -> bool:
    if "[]" in wanted:
        path, wanted = (_INDEX.sub("[]", each) for each in (path, wanted))
    return path == wanted or path.startswith((f"{wanted}.", f"{wanted}["))


def _meant(wanted: str, known: Collection[str]) -> str | None:
    """Help that names the nearest field, or what holds fields, by its path or by its last name alone."""
    named = {path.rpartition(".")[2]: path for path in known}
    holders = {path[: match.start()] for path in known for match in _STEP.finditer(path)}
    near = closest(wanted, {*named, *holders, *known})
    return near and f"did you mean `{near if near in known or near in holders else named[near]}`?"
