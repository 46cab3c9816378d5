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
_HEAD: Final = "mapper: 1\naccepts: track\nrequest: event\n"
_BODY: Final = "body:\n  user_id: userId\n"


def _check(subject: Subject) -> Iterator[Diagnostic]:
    for document in subject.documents.values():
        for route in document.values:
            if route[-1:] in (("because",), ("$required",)) and _is_text(route):
                yield from _found(document, route)


def _is_text(route: Route) -> bool:
    """Whether the key takes a text there: `because` of an outcome is an expression, and a field may have any name."""
    if route[-1] == "$required":
        return "$const" not in route
    return route[0] in ("skip", "reject")


def _found(document: Document, route: Route) -> Iterator[Diagnostic]:
    value = document.at(route)
    match = _QUOTED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return
    key, text = route[-1], match["text"]
    fits = _PLAIN.fullmatch(text) and "," not in text and plain_value(text) == text
    help_ = f"write `{key}: {text}`" if fits else "leave out the quotes within the quotes"
    message = f"`{key}` takes a text, of which these quotes would be a part"
    yield RULE.at(document.place(route), message, help=help_)


RULE: Final = Rule(
    code="MAP414",
    name="quoted-reason",
    severity="warning",
    title="A reason has quotes around it that would be shown",
    doc=(
        "`because` of `skip` and `reject`, and `$required`, take a text as it is, not an expression: quotes that YAML "
        "leaves in place are shown with the reason wherever it is counted. Only `because` of an outcome is an "
        "expression."
    ),
    bad={"track.yaml": _HEAD + "skip:\n  - {when: '!userId', because: \"'no user'\"}\n" + _BODY},
    good={"track.yaml": _HEAD + "skip:\n  - {when: '!userId', because: no user}\n" + _BODY},
    check=_check,
)
