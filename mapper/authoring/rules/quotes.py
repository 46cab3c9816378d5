"""Text that was meant as text and is read as an expression, because YAML takes the quotes away."""

from __future__ import annotations

import re
from typing import Final

from mapper.authoring.rules.names import Unknown, visible
from mapper.authoring.subject import Subject, Use
from mapper.records.diagnostic import Place

_SYNTAX: Final = re.compile(r"[()\[\]{}`|&=<>\"]")
_INNER_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=\w)")
_PLAIN_IN_FLOW: Final = re.compile(r"[A-Za-z][\w ./-]*(?<! )")
_NOT_TEXT_IN_YAML: Final = frozenset({"true", "false", "null"})
_EXPRESSION_KEYS: Final = frozenset({"base", "path", "order_by", "when", "because", "except"})


def is_quoted(subject: Subject, place: Place) -> bool:
    """Whether the whole YAML value stands in quotes."""
    document = subject.documents.get(place.file)
    span = document.values.get(place.route) if document else None
    return span is not None and span.style in ("single", "double")


def is_eaten(subject: Subject, found: Unknown) -> bool:
    """Whether an unknown name is one word in YAML's quotes: most likely a text, not a name."""
    expression = found.use.expression
    return expression.text == found.name and is_quoted(subject, expression.place)


def reads_as_text(subject: Subject, use: Use) -> bool:
    """Whether an expression that can't be parsed looks like words, a path or an address, and uses no known name."""
    text = _INNER_APOSTROPHE.sub("", use.expression.text)
    if not text.strip() or _SYNTAX.search(text) or "'" in text or text.rstrip().endswith((".", ",")):
        return False
    return not set(re.split(r"\W+", text)) & visible(subject, use)


def as_constant(place: Place, text: str) -> str:
    """How to write a text as a constant where the expression `place` stands."""
    inside = text.replace("\\", "\\\\").replace("'", "\\'").replace("\\", "\\\\").replace('"', '\\"')
    literal = f"\"'{inside}'\""
    if not _takes_nodes(place):
        return f"write `{literal}`"
    return f"write `{{$const: {_yaml(text)}}}`, or `{literal}`"


def _takes_nodes(place: Place) -> bool:
    """Whether a `$const` may stand there."""
    route = place.route
    if not route or route[-1] in ("$if", "$share") or route[0] in ("skip", "reject", "order"):
        return False
    return route[0] not in ("requests", "request_defaults") or route[-1] not in _EXPRESSION_KEYS


def _yaml(text: str) -> str:
    if _PLAIN_IN_FLOW.fullmatch(text) and text.lower() not in _NOT_TEXT_IN_YAML:
        return text
    return "'" + text.replace("'", "''") + "'"
