"""The shape check: are all keys and values of a file what the language says?

Expressions stay unread here; that is the next stage's work.
"""

from __future__ import annotations

from collections.abc import Iterator

from mapper.authoring.document import Document
from mapper.authoring.language import Kind, fits, violations
from mapper.authoring.rules.shape import UNKNOWN_VERSION
from mapper.authoring.shape_operators import homeless_takes
from mapper.authoring.shape_settings import unfit_settings
from mapper.records.diagnostic import Diagnostic

__all__ = ["Kind", "check_shape"]


def check_shape(document: Document, kind: Kind) -> list[Diagnostic]:
    """All problems of a file's keys and values, in the order they stand in it.

    A file of another version of the language gives that one diagnostic only: nothing else in it can be judged.
    What schemas cannot say is checked beside them: `$take` without `$share`, and settings that contradict themselves.
    """
    found = [] if fits(kind, document.data) else list(_explained(document, kind))
    version = [diagnostic for diagnostic in found if diagnostic.code == UNKNOWN_VERSION.code]
    if version and isinstance(document.at(version[0].primary.route), int):
        return version
    if kind != "sandbox" and isinstance(document.data, dict):
        found += homeless_takes(document)
    if kind == "destination" and isinstance(document.data, dict):
        broken = {diagnostic.primary.route[:2] for diagnostic in found}
        found += unfit_settings(document, broken)
    return sorted(dict.fromkeys(found), key=lambda diagnostic: _offset(document, diagnostic))


def _explained(document: Document, kind: Kind) -> Iterator[Diagnostic]:
    from mapper.authoring.shape_messages import explain  # only a file with a problem needs it

    for violation in violations(kind, document.data):
        yield from explain(document, kind, violation)


def _offset(document: Document, diagnostic: Diagnostic) -> int:
    place = diagnostic.primary
    span = (document.keys if place.on == "key" else document.values).get(place.route)
    return 0 if span is None else span.start
