"""What somebody needs to see of a change to judge it: the input that matters, and the rules that give what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mapper.app.locked import Locked, shown
from mapper.app.matters import matters
from mapper.app.snap import Checked
from mapper.authoring.document import Document
from mapper.authoring.offsets import locate
from mapper.authoring.read import read_document
from mapper.authoring.source import split_lines
from mapper.base.json import decode
from mapper.records.diagnostic import Location
from mapper.records.spec import MappingSpec
from mapper.review.cases import Case, read_case
from mapper.review.changes import Change, changes, damage, mapping_of
from mapper.review.leaves import Path as Route
from mapper.review.leaves import leaves, path_text
from mapper.review.origin import origin


@dataclass(frozen=True, slots=True)
class Source:
    """A rule that gives a changed field: where it stands, the field, and the line of the file."""

    place: Location
    field: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is behind a change.

    Attributes:
        case: The case.
        place: ``file:line`` of the case, where the first value that matters stands.
        values: Of the call, those that matter, with their paths; all of them where nothing is known of the change.
        sources: The rules that give the changed fields, each once, in the order of the fields.
        damage: What is wrong with the snapshot, or None.
    """

    case: Case
    place: str
    values: Sequence[tuple[Route, Any]]
    sources: Sequence[Source]
    damage: str | None


def evidence(checked: Checked) -> Evidence:
    """Look into a case that changed or has no snapshot yet.

    Raises:
        mapper.review.cases.CaseError: the case has become unreadable meanwhile.
    """
    locked, file = checked.kept.locked, checked.kept.file
    case, now = read_case(file.path), checked.now or ""
    wrong = damage(checked.known) if checked.known is not None else None
    changed = [] if checked.known is None or wrong else changes(checked.known, now)
    values = matters(locked, file, case, now, changed) if changed else []
    return Evidence(
        case=case,
        place=_case_place(file.path, values),
        values=values or list(leaves(case.call)),
        sources=_sources(locked, file.set, file.mapping, now, changed),
        damage=wrong,
    )


def _case_place(path: Path, values: Sequence[tuple[Route, Any]]) -> str:
    """JSON is YAML as well, whose values have places."""
    document, _ = read_document(path, shown=shown(path))
    if document is None:
        return shown(path)
    route: Route = ("call", *values[0][0]) if values else ("call",)
    return f"{shown(path)}:{locate(document.place(route, on='key'), {document.file: document}).line}"


def _sources(locked: Locked, folder: str, mapping: str, now: str, changed: Sequence[Change]) -> list[Source]:
    spec, documents = locked.sets[folder], locked.documents
    by_name: dict[str, MappingSpec] = {each.name: each for each in spec.mappings}
    results = decode(now.encode())
    found: dict[tuple[str, int], Source] = {}
    for change in changed:
        inner, given = _within(change)
        of = by_name.get(mapping_of(change, results) or mapping)
        if of is None:
            continue
        place = locate(origin(spec, of, inner, given), documents)
        found.setdefault((place.file, place.line), Source(place, _named(inner), _line(documents, place)))
    return list(found.values())


def _within(change: Change) -> tuple[Route, Any]:
    """Where in its result the change is, and its value; of a whole result the reason that it gives, or its body."""
    inner, given = change.path[1:], change.new
    if inner or not isinstance(result := change.old if given is None else given, dict):
        return inner, given
    reason = next((key for key in ("skipped", "unmappable") if key in result), None)
    return (("request", "body"), None) if reason is None else ((reason,), result[reason])


def _named(path: Route) -> str:
    """What people call a field: without the head that all of them share."""
    for head in (("request", "body"), ("request",)):
        if path[: len(head)] == head and len(path) > len(head):
            return path_text(path[len(head) :])
    return path_text(path)


def _line(documents: dict[str, Document], place: Location) -> str:
    lines = split_lines(documents[place.file].text) if place.file in documents else []
    return lines[place.line - 1] if place.line <= len(lines) else ""
