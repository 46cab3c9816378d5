"""MAP301: a request that is not defined."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mapper.authoring.document import Document
from mapper.authoring.rules.model import Rule
from mapper.authoring.shape_words import word, words
from mapper.authoring.subject import Subject
from mapper.base.suggest import closest, did_you_mean
from mapper.records.diagnostic import Diagnostic, Place, Related, Route

_BODY: Final = "body:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    destination = subject.documents[subject.spec.file]
    requests = destination.data.get("requests", {})
    if not isinstance(requests, dict):
        return
    known = [str(name) for name in requests]
    for mapping in subject.spec.mappings:
        yield from _finding(subject.documents[mapping.file], ("request",), known, subject.spec.file)
    for at in range(len(subject.spec.ordered_requests)):
        yield from _finding(destination, ("order", "requests", at), known, subject.spec.file)


def _finding(document: Document, route: Route, known: list[str], file: str) -> Iterator[Diagnostic]:
    try:
        name = document.at(route)
    except (KeyError, IndexError, TypeError):
        return
    if isinstance(name, str) and name not in known:
        help_ = did_you_mean(name, known) or (f"there is {words(known)}" if known else "define it under `requests`")
        near = closest(name, known)
        defined = Place(file=file, route=("requests", near or ""), on="key")
        related = (Related(place=defined, message="this one is defined"),) if near else ()
        message = f"destination.yaml has no request {word(name)}"
        yield RULE.at(document.place(route), message, help=help_, related=related)


RULE: Final = Rule(
    code="MAP301",
    name="unknown-request",
    severity="error",
    title="A request is named that destination.yaml does not define",
    doc=(
        "`request` in a mapping, and each name in `order.requests`, is a key under `requests` in destination.yaml. "
        "There stands where the request goes and what it may hold."
    ),
    bad={"track.yaml": "mapper: 1\naccepts: track\nrequest: evnet\n" + _BODY},
    good={"track.yaml": "mapper: 1\naccepts: track\nrequest: event\n" + _BODY},
    check=_check,
)
