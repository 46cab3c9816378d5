"""MAP414: a text that is no expression, in an expression's quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mapper.authoring.document import Document
from mapper.authoring.rules.model import Rule
from mapper.authoring.scalars import plain_value
from mapper.authoring.subject import Subject
from mapper.records.diagnostic import Diagnostic, Route

_QUOTED: Final = re.compile(r"\s*(?P<quote>['\"`])(?P<text>[^'\"`]+)(?P=quote)\s*")
_PLAIN: Final = re.compile(r"[A-Za-z][\w .,;()/-]*(?<! )")
"""What YAML takes as it is, also between braces, but for commas."""


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for document in subject.documents.values():
        for route in document.values:
            if route[-1:] in (("because",), ("$required",), ("$const",)) and _is_text(route):
                yield from _found(document, route)


def _is_text(route: Route) -> bool:
    """Whether the key takes a text there: `because` of an outcome is an expression, and a field may have any name."""
    if route[-1] == "because":
        return route[0] in ("skip", "reject")
    return "$const" not in route[:-1]


def _found(document: Document, route: Route) -> Iterator[Diagnostic]:
    key, value = route[-1], document.at(route)
    match = _QUOTED.fullmatch(value) if isinstance(value, str) else None
    if match is None or (key == "$const" and match["quote"] == '"'):  # what is sent may need them, such as an ETag
        return
    text = match["text"]
    fits = _PLAIN.fullmatch(text) and "," not in text and plain_value(text) == text
    help_ = f"write `{key}: {text}`" if fits else "leave out the quotes within the quotes"
    message = f"`{key}` is taken as it stands, so that these quotes would be a part of it"
    yield RULE.at(document.place(route), message, help=help_)


def _mapping(*, because: str, event: str) -> str:
    return (
        f"mapper: 1\naccepts: track\nrequest: event\nskip:\n  - {{when: '!userId', because: {because}}}\n"
        f"body:\n  user_id: userId\n  event: {{$const: {event}}}\n"
    )


RULE: Final = Rule(
    code="MAP414",
    name="quoted-text",
    severity="warning",
    title="A text has an expression's quotes around it, which would be a part of it",
    doc=(
        "`because` of `skip` and `reject`, `$required` and `$const` take a text as it is, not an expression: quotes "
        "that YAML leaves in place are shown with the reason wherever it is counted, or sent with the constant. Only "
        "`because` of an outcome is an expression. Double quotes around a constant may be meant and are not reported; "
        "where others are, allow the finding with `# mapper: allow MAP414 because ...`."
    ),
    bad={"track.yaml": _mapping(because="\"'no user'\"", event="\"'Viewed'\"")},
    good={"track.yaml": _mapping(because="no user", event="Viewed")},
    check=_check,
)
