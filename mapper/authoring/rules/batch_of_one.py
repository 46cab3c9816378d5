"""MAP412: batches that the form of the body rules out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from mapper.authoring.document import Document
from mapper.authoring.rules.minimal import MINIMAL
from mapper.authoring.rules.model import Rule
from mapper.authoring.shape_words import word
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Route


def _check(subject: Subject) -> Iterator[Diagnostic]:
    document = subject.documents[subject.spec.file]
    defaults: Route = ("request_defaults", "batch", "max_events")
    requests = subject.spec.requests
    single = [name for name in requests if _body(document, name) == "json"]
    own: list[Route] = [("requests", name, "batch", "max_events") for name in single]
    shared = [defaults] if own and len(own) == len(requests) else []  # else it is for the others
    for route in (*shared, *own):
        most = document.get(route)
        if isinstance(most, int) and most > 1:
            of = f"of {word(str(route[1]))} " if route[0] == "requests" else ""
            message = f"`max_events: {most}` has no effect: the body {of}is `json`, which is one event"
            yield RULE.at(document.place(route), message, help=_HELP)


def _body(document: Document, name: str) -> Any:
    return document.get(("requests", name, "body")) or document.get(("request_defaults", "body")) or "json"


_HELP: Final = "delete it; where the destination takes several at once, write `body: ndjson` or `body: {records: KEY}`"
_LIMIT: Final = "    batch: {max_events: 500}\n"

RULE: Final = Rule(
    code="MAP412",
    name="batch-of-one",
    severity="warning",
    title="Several events in a request whose body is one event",
    doc=(
        "A request with the body form `json`, which is the one it has where none is given, holds one event, whatever "
        "`max_events` says. Most often the `body` was forgotten: `ndjson` puts one event on each line, "
        "`{records: KEY}` puts them into an array under this key."
    ),
    bad={"destination.yaml": MINIMAL["destination.yaml"].replace("    body: ndjson\n", _LIMIT)},
    good={"destination.yaml": MINIMAL["destination.yaml"] + _LIMIT},
    check=_check,
)
